"""An hourglass model file as a PyTorch module."""

import json

import torch

import safetensors_file

ACTIVATIONS = {"none": torch.nn.Identity, "relu": torch.nn.ReLU, "sigmoid": torch.nn.Sigmoid, "tanh": torch.nn.Tanh}


class Autoencoder(torch.nn.Module):
    """Layers under their own names, so that state_dict() has the names of the file."""

    def __init__(self, architecture):
        super().__init__()
        self.activations = {}
        self.encoder_names = [layer["name"] for layer in architecture["encoder"]]
        self.decoder_names = [layer["name"] for layer in architecture["decoder"]]
        for layer in architecture["encoder"] + architecture["decoder"]:
            config = layer["config"]
            assert config["kind"] == "dense", config
            self.add_module(layer["name"], torch.nn.Linear(config["inputs"], config["outputs"]))
            self.activations[layer["name"]] = ACTIVATIONS[config["activation"]]()

    def run(self, names, x):
        for name in names:
            x = self.activations[name](getattr(self, name)(x))
        return x

    def encode(self, images):
        return self.run(self.encoder_names, images.flatten(1))

    def forward(self, images):
        return self.run(self.decoder_names, self.encode(images)).reshape(images.shape)


def load(path):
    """The module, and all tensors of the file by name."""
    tensors, metadata = safetensors_file.read(path)
    model = Autoencoder(json.loads(metadata["architecture"]))
    model.load_state_dict({name: torch.tensor(tensors[name]) for name in model.state_dict()})
    return model, tensors
