"""An hourglass model file as a PyTorch module."""

import json

import torch

import safetensors_file

ACTIVATIONS = {
    "none": torch.nn.Identity,
    "relu": torch.nn.ReLU,
    "leaky_relu": torch.nn.LeakyReLU,
    "sigmoid": torch.nn.Sigmoid,
    "tanh": torch.nn.Tanh,
}


class Residual(torch.nn.Module):
    def __init__(self, config):
        super().__init__()
        channels, width, kernel = config["channels"], config["width"], config["kernel"]
        self.conv1 = torch.nn.Conv2d(channels, width, kernel, padding=kernel // 2)
        self.conv2 = torch.nn.Conv2d(width, channels, kernel, padding=kernel // 2)
        self.inner = ACTIVATIONS[config["activation"]]()

    def forward(self, x):
        return x + self.conv2(self.inner(self.conv1(x)))


def module_of(config):
    """The PyTorch layer of a layer's configuration, without its activation."""
    kind = config["kind"]
    if kind == "dense":
        return torch.nn.Linear(config["inputs"], config["outputs"])
    if kind == "flatten":
        return torch.nn.Flatten()
    if kind == "unflatten":
        return torch.nn.Unflatten(1, config["shape"])
    if kind == "dropout":
        return torch.nn.Dropout(config["probability"])
    if kind == "gelu":
        return torch.nn.GELU()
    if kind == "residual":
        return Residual(config)
    sizes = [config[key] for key in ("inputs", "outputs", "kernel", "stride", "padding")]
    if kind == "conv":
        return torch.nn.Conv2d(*sizes)
    assert kind == "conv_transpose", config
    return torch.nn.ConvTranspose2d(*sizes, config["output_padding"])


class Autoencoder(torch.nn.Module):
    """Keeps each layer under its name, so that state_dict() has the names of the file."""

    def __init__(self, architecture):
        super().__init__()
        self.configs = {}
        self.encoder_names = [layer["name"] for layer in architecture["encoder"]]
        self.decoder_names = [layer["name"] for layer in architecture["decoder"]]
        for layer in architecture["encoder"] + architecture["decoder"]:
            self.add_module(layer["name"], module_of(layer["config"]))
            self.configs[layer["name"]] = layer["config"]

    def run(self, names, x):
        for name in names:
            config = self.configs[name]
            if config["kind"] == "dense":
                x = x.flatten(1)
            x = getattr(self, name)(x)
            if config["kind"] != "residual":  # its activation is inside
                x = ACTIVATIONS[config.get("activation", "none")]()(x)
        return x

    def encode(self, images):
        return self.run(self.encoder_names, images)

    def decode(self, codes):
        return self.run(self.decoder_names, codes)

    def forward(self, images):
        return self.decode(self.encode(images)).reshape(images.shape)


def load(path):
    """The module, and all tensors of the file by name."""
    tensors, metadata = safetensors_file.read(path)
    model = Autoencoder(json.loads(metadata["architecture"]))
    model.load_state_dict({name: torch.tensor(tensors[name]) for name in model.state_dict()})
    return model.eval(), tensors
