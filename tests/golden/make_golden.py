#!/usr/bin/env python3
"""Writes the golden values of this folder with PyTorch: make_golden.py [FOLDER].

training_*.safetensors: a model file with the initial weights, and PyTorch's results for them in f64:
  golden.input, golden.target [N, C, H, W]; golden.code, golden.output and golden.grad.<parameter> for all N rows;
  golden.after.<run>.<parameter> after STEPS steps of an optimizer, step s on BATCH rows from row s * BATCH % N;
  metadata "golden": the seed, the loss for all N rows, and for each run its settings and the loss before each step.
variational.safetensors: likewise a model with a gaussian bottleneck; golden.<case>.<step>.<parameter>: gradients before each of
  VARIATIONAL_STEPS steps of Adam on all rows, in f64, with hourglass's random numbers (row i has id i, step s is epoch s + 1);
  metadata "golden": the seed of these numbers, and for each case its settings and the loss before each step.
convolutions.safetensors: <case>.y, .dx, .dw, .db of convolutions, in f64, of inputs made by sequence(); metadata "golden":
  the layers of the cases and the shapes of their inputs.
orders.json: for a seed and numbers of parameters and images: torch.randperm(images) of EPOCHS epochs, after a model is initialised.
epochs.json: the training loss of each epoch, in f64, of a model initialised with a seed, on images that every language computes identically.
losses.json: each loss between sigmoid(z) and targets, and its gradient with respect to z, in f64.
plateau.json: learning rates after each epoch of ReduceLROnPlateau for many settings.
"""

import json
import math
import pathlib
import sys
import warnings

import numpy
import torch

import pytorch_model
import safetensors_file

ROWS, BATCH, STEPS = 16, 8, 40


def dense(number, inputs, outputs, activation):
    config = {"kind": "dense", "inputs": inputs, "outputs": outputs, "activation": activation}
    return {"name": f"fc{number}", "config": config}


def conv(name, inputs, outputs, kernel, stride, padding, activation, output_padding=None):
    config = {"kind": "conv", "inputs": inputs, "outputs": outputs, "kernel": kernel, "stride": stride, "padding": padding}
    if output_padding is not None:
        config.update({"kind": "conv_transpose", "output_padding": output_padding})
    return {"name": name, "config": {**config, "activation": activation}}


def residual(name, channels, width, kernel, activation):
    config = {"kind": "residual", "channels": channels, "width": width, "kernel": kernel, "activation": activation}
    return {"name": name, "config": config}


def architecture(name, image_shape, code_size, encoder, decoder):
    return {
        "name": name,
        "image_shape": image_shape,
        "code_size": code_size,
        "encoder": encoder,
        "decoder": decoder,
    }


RELU = architecture(
    "mlp4",
    [1, 6, 6],
    3,
    [dense(1, 36, 18, "relu"), dense(2, 18, 3, "relu")],
    [dense(3, 3, 18, "relu"), dense(4, 18, 36, "sigmoid")],
)
TANH = architecture(
    "tanh",
    [3, 3, 5],
    2,
    [dense(1, 45, 17, "tanh"), dense(2, 17, 2, "none")],
    [dense(3, 2, 17, "relu"), dense(4, 17, 45, "tanh")],
)
DEEP = architecture(
    "deep",
    [1, 5, 7],
    2,
    [dense(1, 35, 14, "relu"), dense(2, 14, 8, "relu"), dense(3, 8, 4, "relu"), dense(4, 4, 2, "none")],
    [dense(5, 2, 4, "relu"), dense(6, 4, 8, "relu"), dense(7, 8, 14, "relu"), dense(8, 14, 35, "tanh")],
)
CONV = architecture(
    "conv",
    [2, 8, 6],
    2,
    [
        conv("conv1", 2, 3, 3, 2, 1, "relu"),
        conv("conv2", 3, 4, 2, 1, 0, "tanh"),
        {"name": "flatten", "config": {"kind": "flatten"}},
        dense(1, 24, 6, "relu"),
        dense(2, 6, 2, "none"),
    ],
    [
        dense(3, 2, 6, "relu"),
        dense(4, 6, 24, "relu"),
        {"name": "unflatten", "config": {"kind": "unflatten", "shape": [4, 3, 2]}},
        conv("deconv2", 4, 3, 2, 1, 0, "relu", 0),
        conv("deconv1", 3, 2, 3, 2, 1, "sigmoid", 1),
    ],
)
LEAKY = architecture(
    "leaky",
    [2, 7, 6],
    3,
    [
        conv("conv1", 2, 3, 3, 2, 1, "leaky_relu"),
        conv("conv2", 3, 4, 2, 1, 0, "leaky_relu"),
        {"name": "flatten", "config": {"kind": "flatten"}},
        dense(1, 24, 6, "leaky_relu"),
        dense(2, 6, 3, "leaky_relu"),
    ],
    [
        dense(3, 3, 6, "leaky_relu"),
        dense(4, 6, 24, "leaky_relu"),
        {"name": "unflatten", "config": {"kind": "unflatten", "shape": [4, 3, 2]}},
        conv("deconv2", 4, 3, 2, 1, 0, "leaky_relu", 0),
        conv("deconv1", 3, 2, 3, 2, 1, "leaky_relu", [0, 1]),
    ],
)
RESIDUAL = architecture(
    "residual",
    [2, 6, 5],
    3,
    [
        residual("res1", 2, 3, 3, "relu"),
        conv("conv1", 2, 4, 3, 2, 1, "relu"),
        residual("res2", 4, 4, 3, "leaky_relu"),
        residual("res3", 4, 2, 1, "tanh"),
        {"name": "flatten", "config": {"kind": "flatten"}},
        dense(1, 36, 3, "none"),
    ],
    [
        dense(2, 3, 36, "relu"),
        {"name": "unflatten", "config": {"kind": "unflatten", "shape": [4, 3, 3]}},
        residual("res4", 4, 5, 3, "none"),
        conv("deconv1", 4, 2, 3, 2, 1, "relu", [1, 0]),
        residual("res5", 2, 2, 5, "relu"),
    ],
)
GELU = architecture(
    "gelu",
    [2, 6, 5],
    3,
    [
        conv("conv1", 2, 4, 3, 2, 1, "none"),
        {"name": "gelu1", "config": {"kind": "gelu"}},
        conv("conv2", 4, 4, 3, 1, 1, "none"),
        {"name": "gelu2", "config": {"kind": "gelu"}},
        {"name": "flatten", "config": {"kind": "flatten"}},
        dense(1, 36, 3, "none"),
        {"name": "gelu3", "config": {"kind": "gelu"}},
    ],
    [
        dense(2, 3, 36, "none"),
        {"name": "unflatten", "config": {"kind": "unflatten", "shape": [4, 3, 3]}},
        {"name": "gelu4", "config": {"kind": "gelu"}},
        conv("deconv1", 4, 2, 3, 2, 1, "none", [1, 0]),
        {"name": "gelu5", "config": {"kind": "gelu"}},
    ],
)
# A run trains from the initial weights with an optimizer, learning rate and decay, and (sgd and muon) momentum.
VARIATIONAL = {
    **architecture(
        "variational",
        [1, 6, 6],
        3,
        [dense(1, 36, 18, "relu"), dense(2, 18, 6, "none")],
        [dense(3, 3, 18, "relu"), dense(4, 18, 36, "sigmoid")],
    ),
    "bottleneck": "gaussian",
}
VARIATIONAL_STEPS = 3
VARIATIONAL_CASES = [
    {"loss": "bce", "beta": 1.0, "free_bits": 0.0, "pixel_variance": 1.0},
    {"loss": "mse", "beta": 4.0, "free_bits": 0.0, "pixel_variance": 0.25},
    {"loss": "bce", "beta": 0.5, "free_bits": 0.08, "pixel_variance": 1.0},
]


def run(optimizer, learning_rate, weight_decay, momentum=0.0):
    return {
        "optimizer": optimizer,
        "learning_rate": learning_rate,
        "weight_decay": weight_decay,
        "momentum": momentum,
    }


TRAININGS = [
    ("training_relu_mse", RELU, "mse", 1, [run("adam", 2e-3, 1e-2)]),
    ("training_relu_l1", RELU, "l1", 5, [run("adam", 2e-3, 0.0)]),
    ("training_tanh_mse", TANH, "mse", 3, [run("adam", 2e-3, 0.0)]),
    ("training_deep_l1", DEEP, "l1", 4, [run("adam", 2e-3, 1e-3)]),
    (
        "training_conv_mse",
        CONV,
        "mse",
        6,
        [
            run("adam", 2e-3, 1e-3),
            run("adamw", 2e-3, 1e-1),
            run("adamax", 3e-3, 1e-2),
            run("sgd", 1e-1, 1e-2, 0.9),
            run("sgd", 2e-1, 0.0),
        ],
    ),
    ("training_leaky_mse", LEAKY, "mse", 7, [run("adam", 2e-3, 1e-3)]),
    ("training_residual_mse", RESIDUAL, "mse", 8, [run("adam", 2e-3, 1e-3), run("sgd", 5e-2, 0.0, 0.9)]),
    (
        "training_gelu_mse",
        GELU,
        "mse",
        9,
        [run("adam", 2e-3, 1e-3), run("sgd", 5e-2, 0.0, 0.9), run("muon", 5e-3, 1e-1, 0.95)],
    ),
]
# Kernel, stride, padding, output padding (None: not transposed), input [N, C, H, W], outputs, activation.
CONVOLUTIONS = [
    (1, 1, 0, None, [2, 3, 5, 4], 2, "none"),
    (1, 2, 0, None, [2, 1, 5, 6], 3, "relu"),
    (2, 1, 1, None, [1, 2, 4, 5], 3, "tanh"),
    (2, 3, 0, None, [2, 2, 7, 8], 2, "sigmoid"),
    (3, 1, 1, None, [1, 2, 5, 7], 3, "none"),
    (3, 2, 0, None, [2, 3, 7, 6], 2, "relu"),
    (3, 3, 2, None, [2, 1, 6, 8], 4, "none"),
    (5, 1, 2, None, [1, 2, 5, 3], 2, "none"),
    (5, 2, 1, None, [2, 1, 9, 6], 2, "tanh"),
    (5, 3, 2, None, [1, 3, 4, 10], 2, "none"),
    (1, 1, 0, 0, [2, 3, 3, 4], 2, "none"),
    (1, 3, 0, 2, [1, 2, 3, 2], 3, "none"),
    (2, 1, 1, 0, [2, 2, 4, 3], 2, "relu"),
    (2, 2, 0, 1, [1, 3, 3, 2], 2, "tanh"),
    (3, 1, 2, 0, [1, 2, 5, 4], 2, "none"),
    (3, 2, 1, 1, [2, 2, 3, 4], 1, "sigmoid"),
    (3, 3, 0, 1, [1, 1, 3, 2], 3, "none"),
    (5, 1, 1, 0, [1, 2, 2, 3], 2, "relu"),
    (5, 2, 2, 1, [1, 2, 3, 4], 2, "none"),
    (5, 3, 1, 2, [1, 2, 2, 3], 1, "none"),
    (3, 2, 1, None, [2, 2, 6, 5], 3, "leaky_relu"),
    (3, 2, 1, 1, [2, 3, 3, 4], 2, "leaky_relu"),
]
# Seed, parameters, images.
ORDERS = [(0, 0, 1), (1, 1, 2), (7, 1401, 40), (2**32 + 7, 1401, 40), (123456789, 50315, 300)]
EPOCHS = 3
LOSSES = {"mse": torch.nn.MSELoss(), "l1": torch.nn.L1Loss()}


def metadata_of(made, golden):
    preprocessing = {"pixels": "u8 / 255", "image_shape": made["image_shape"]}
    return {
        "format": "hourglass",
        "format_version": "1",
        "architecture": json.dumps(made),
        "preprocessing": json.dumps(preprocessing),
        "training": "{}",
        "golden": json.dumps(golden),
    }


class Muon:
    """Muon for matrices, AdamW for the rest. PyTorch's own, from 2.9 on, rounds its products to bfloat16."""

    def __init__(self, parameters, momentum, **settings):
        parameters = list(parameters)
        self.momentum, self.settings = momentum, settings
        self.matrices = [(one, torch.zeros_like(one)) for one in parameters if one.ndim > 1]
        self.others = torch.optim.AdamW([one for one in parameters if one.ndim == 1], **settings)

    def zero_grad(self):
        self.others.zero_grad()
        for weight, _ in self.matrices:
            weight.grad = None

    def step(self):
        self.others.step()
        with torch.no_grad():
            for weight, velocity in self.matrices:
                velocity.mul_(self.momentum).add_(weight.grad)
                direction = (weight.grad + self.momentum * velocity).flatten(1)
                rate = self.settings["lr"] * 0.2 * max(direction.shape) ** 0.5
                weight.mul_(1 - self.settings["lr"] * self.settings["weight_decay"])
                weight.sub_(rate * self.orthogonal(direction).reshape(weight.shape))

    @staticmethod
    def orthogonal(x):
        x = x / (x.norm() + 1e-7)
        for _ in range(5):
            gram = x @ x.T
            x = 3.4445 * x + (-4.7750 * gram + 2.0315 * gram @ gram) @ x
        return x


def optimizer_of(run, parameters):
    settings = {"lr": run["learning_rate"], "weight_decay": run["weight_decay"]}
    if run["optimizer"] == "sgd":
        return torch.optim.SGD(parameters, momentum=run["momentum"], **settings)
    if run["optimizer"] == "muon":
        return Muon(parameters, momentum=run["momentum"], **settings)
    kinds = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW, "adamax": torch.optim.Adamax}
    return kinds[run["optimizer"]](parameters, **settings)


def train(model, optimizer, loss_of, noisy, target):
    """Trains; returns the loss before each step."""
    losses = []
    for step in range(STEPS):
        rows = slice(step * BATCH % ROWS, step * BATCH % ROWS + BATCH)
        optimizer.zero_grad()
        loss = loss_of(model(noisy[rows]), target[rows])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def training(made, loss_name, seed, runs):
    """Tensors and metadata of the training runs of one architecture."""
    torch.manual_seed(seed)
    model = pytorch_model.Autoencoder(made)
    shape = [ROWS] + made["image_shape"]
    target = torch.rand(shape)
    noisy = target + 0.2 * torch.randn(shape)
    initial = {name: value.clone() for name, value in model.state_dict().items()}
    tensors = {**initial, "golden.input": noisy, "golden.target": target}

    model, noisy, target, loss_of = model.double(), noisy.double(), target.double(), LOSSES[loss_name]
    output = model(noisy)
    loss = loss_of(output, target)
    loss.backward()
    tensors.update({"golden.code": model.encode(noisy), "golden.output": output})
    tensors.update({f"golden.grad.{name}": value.grad.clone() for name, value in model.named_parameters()})

    golden = {"seed": seed, "loss_name": loss_name, "loss": loss.item(), "batch": BATCH, "runs": []}
    for number, one in enumerate(runs):
        model.load_state_dict(initial)
        losses = train(model, optimizer_of(one, model.parameters()), loss_of, noisy, target)
        golden["runs"].append({**one, "losses": losses})
        tensors.update({f"golden.after.{number}.{name}": value.clone() for name, value in model.named_parameters()})
    return {name: value.detach().numpy() for name, value in tensors.items()}, metadata_of(made, golden)


def philox(counter, key):
    """Philox 4x32-10: Salmon et al., SC 2011."""
    c, k = list(counter), list(key)
    for _ in range(10):
        high0, low0 = divmod(c[0] * 0xD2511F53, 1 << 32)
        high1, low1 = divmod(c[2] * 0xCD9E8D57, 1 << 32)
        c = [high1 ^ c[1] ^ k[0], low1, high0 ^ c[3] ^ k[1], low0]
        k = [(k[0] + 0x9E3779B9) % (1 << 32), (k[1] + 0xBB67AE85) % (1 << 32)]
    return c


def normals(seed, stream, epoch, sample, count):
    """Rng::Normal of src/hourglass/core/rng.h for elements 0, 1, …"""
    numbers = []
    for element in range(count):
        words = philox([element // 4, sample, epoch << 8, stream], [seed & 0xFFFFFFFF, seed >> 32])
        first, second = words[element % 4 // 2 * 2 :][:2]
        radius = math.sqrt(-2 * math.log(((first >> 8) + 0.5) * 2**-24))
        angle = 2 * math.pi * (second >> 8) * 2**-24
        numbers.append(radius * (math.sin(angle) if element % 2 else math.cos(angle)))
    return numbers


def evidence_loss(case, target, moments, output):
    """-ln p(target | code) + beta · KL, as docs/variational.md defines it; and what is minimised, with free bits."""
    mean, log_variance = moments.chunk(2, 1)
    divergence = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance)
    if case["loss"] == "bce":
        reconstruction = torch.nn.functional.binary_cross_entropy(output, target, reduction="none").flatten(1).sum(1)
    else:
        variance = case["pixel_variance"]
        squares = (output - target) ** 2 / (2 * variance) + 0.5 * math.log(2 * math.pi * variance)
        reconstruction = squares.flatten(1).sum(1)
    of_numbers = divergence.mean(0)
    minimised = reconstruction.mean() + case["beta"] * of_numbers.clamp(min=case["free_bits"]).sum()
    return (reconstruction.mean() + case["beta"] * of_numbers.sum()).item(), minimised


def variational():
    torch.manual_seed(11)
    model = pytorch_model.Autoencoder(VARIATIONAL)
    shape, d = [ROWS] + VARIATIONAL["image_shape"], VARIATIONAL["code_size"]
    target = torch.rand(shape)
    noisy = target + 0.2 * torch.randn(shape)
    initial = {name: value.clone() for name, value in model.state_dict().items()}
    tensors = {**initial, "golden.input": noisy, "golden.target": target}
    model, noisy, target = model.double(), noisy.double(), target.double()
    seed, stream, cases = 0x123456789AB, 13, []
    for number, case in enumerate(VARIATIONAL_CASES):
        model.load_state_dict(initial)
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
        losses = []
        for step in range(VARIATIONAL_STEPS):
            noise = torch.tensor([normals(seed, stream, step + 1, row, d) for row in range(ROWS)], dtype=torch.float64)
            moments = model.encode(noisy)
            mean, log_variance = moments.chunk(2, 1)
            output = model.decode(mean + (log_variance / 2).exp() * noise).reshape(shape)
            loss, minimised = evidence_loss(case, target, moments, output)
            optimizer.zero_grad()
            minimised.backward()
            tensors.update({f"golden.{number}.{step}.{name}": value.grad.clone() for name, value in model.named_parameters()})
            optimizer.step()
            losses.append(loss)
        cases.append({**case, "losses": losses})
    return {name: value.detach().numpy() for name, value in tensors.items()}, metadata_of(VARIATIONAL, {"seed": seed, "cases": cases})


def orders():
    for seed, parameters, images in ORDERS:
        torch.manual_seed(seed)
        torch.empty(parameters).uniform_(-1, 1)
        epochs = [torch.randperm(images).tolist() for _ in range(EPOCHS)]
        yield {"seed": seed, "parameters": parameters, "images": images, "orders": epochs}


def epochs():
    """A whole training run: initial weights, orders, batches (the last one smaller), Adam."""
    seed, images, batch = 9, 40, 16
    torch.manual_seed(seed)
    model = pytorch_model.Autoencoder(RELU).double()
    pixels = (torch.arange(images * 36) * 37 + 5) % 256
    x = pixels.reshape([images, 1, 6, 6]).double() / 255
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    losses = []
    for _ in range(EPOCHS):
        total = 0.0
        for ids in torch.randperm(images).split(batch):
            loss = LOSSES["mse"](model(x[ids]), x[ids])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(ids)
        losses.append(total / images)
    return {"architecture": RELU, "seed": seed, "images": images, "batch": batch, "learning_rate": 2e-3, "losses": losses}


def sequence(shape, salt):
    """Numbers from -0.79 to 0.79, exact in f32, that every language computes identically."""
    index = torch.arange(int(numpy.prod(shape)), dtype=torch.float64)
    return ((index * 37 + salt) % 102 - 50.5).div(64).reshape(shape)


def convolutions():
    """Tensors and metadata of all CONVOLUTIONS. The gradients are those of sum(y * sequence)."""
    tensors, cases = {}, []
    for number, (kernel, stride, padding, output_padding, shape, outputs, activation) in enumerate(CONVOLUTIONS):
        config = conv("", shape[1], outputs, kernel, stride, padding, activation, output_padding)["config"]
        layer = pytorch_model.module_of(config).double()
        layer.weight.data, layer.bias.data = sequence(layer.weight.shape, 1), sequence(layer.bias.shape, 2)
        x = sequence(shape, 0).requires_grad_()
        y = pytorch_model.ACTIVATIONS[activation]()(layer(x))
        (y * sequence(y.shape, 3)).sum().backward()
        values = {"y": y, "dx": x.grad, "dw": layer.weight.grad, "db": layer.bias.grad}
        tensors.update({f"{number}.{name}": value.detach().numpy() for name, value in values.items()})
        cases.append({"config": config, "input": shape})
    return tensors, {"golden": json.dumps(cases)}


def powers(base, count):
    """1, base, base^2, … by multiplication: numpy.power rounds differently on processors without AVX-512."""
    return numpy.cumprod([1.0] + [base] * (count - 1))


def loss_traces():
    random = numpy.random.default_rng(11)
    falling = 0.1 * powers(0.9, 30)
    return {
        "falls": falling,
        "falls_then_flat": numpy.concatenate([falling[:10], numpy.full(40, falling[9])]),
        "noisy": 0.05 + 0.05 * powers(0.9, 60) + 0.002 * random.standard_normal(60),
        "creeps": 0.1 * powers(1 - 1e-4, 60),
        "creeps_slower": 0.1 * powers(1 - 0.9e-4, 60),
        "rises": 0.1 + 0.001 * numpy.arange(40),
    }


def plateau_settings():
    yield {}
    yield {"patience": 5}
    yield {"patience": 0}
    yield {"patience": 2, "cooldown": 3}
    yield {"patience": 0, "cooldown": 1, "factor": 0.5}
    yield {"patience": 1, "threshold": 1e-2}
    yield {"patience": 1, "threshold": 1e-2, "threshold_mode": "abs"}
    yield {"patience": 3, "threshold": 0.0}
    yield {"patience": 1, "min_lr": 3e-5}
    yield {"patience": 1, "min_lr": 1e-3}
    yield {"patience": 0, "eps": 1e-5}
    yield {"patience": 0, "factor": 0.9, "eps": 5e-5}
    yield {"patience": 1, "factor": 0.3, "cooldown": 2, "min_lr": 1e-6, "threshold": 1e-3, "eps": 1e-7}


def plateau_cases():
    for settings in plateau_settings():
        for trace, losses in loss_traces().items():
            optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1e-3)
            schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **settings)
            rates = []
            for loss in losses:
                schedule.step(loss)
                rates.append(optimizer.param_groups[0]["lr"])
            yield {"trace": trace, "settings": settings, "learning_rates": rates}


def losses():
    z = torch.tensor([-6.0, -2.5, -0.75, -0.1, 0.0, 0.3, 1.25, 2.0, 4.5, 7.0, 0.5], dtype=torch.float64, requires_grad=True)
    target = torch.tensor([0.0, 0.2, 1.0, 0.5, 0.5, 0.9, 0.0, 0.85, 1.0, 0.25, 0.6], dtype=torch.float64)
    functions = {
        "mse": torch.nn.functional.mse_loss,
        "l1": torch.nn.functional.l1_loss,
        "bce": torch.nn.functional.binary_cross_entropy,
        "huber": lambda y, t: torch.nn.functional.huber_loss(y, t, delta=0.25),
    }
    for name, function in functions.items():
        z.grad = None
        loss = function(torch.sigmoid(z), target)
        loss.backward()
        yield {"name": name, "parameter": 0.25, "z": z.tolist(), "target": target.tolist(), "loss": loss.item(),
               "gradient": z.grad.tolist()}


def make(folder):
    """Writes all golden files into `folder`."""
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")  # schedules complain about an optimizer that takes no steps
    for name, *settings in TRAININGS:
        tensors, metadata = training(*settings)
        safetensors_file.write(folder / f"{name}.safetensors", tensors, metadata)
    safetensors_file.write(folder / "variational.safetensors", *variational())
    safetensors_file.write(folder / "convolutions.safetensors", *convolutions())
    traces = json.dumps({name: losses.tolist() for name, losses in loss_traces().items()})
    (folder / "epochs.json").write_text(json.dumps(epochs()) + "\n")
    cases = ",\n".join(json.dumps(case) for case in losses())
    (folder / "losses.json").write_text(f"[\n{cases}\n]\n")
    cases = ",\n".join(json.dumps(case) for case in orders())
    (folder / "orders.json").write_text(f"[\n{cases}\n]\n")
    cases = ",\n".join(json.dumps(case) for case in plateau_cases())
    (folder / "plateau.json").write_text(f'{{"learning_rate": 1e-3,\n"traces": {traces},\n"cases": [\n{cases}\n]}}\n')


if __name__ == "__main__":
    make(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
