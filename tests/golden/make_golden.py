#!/usr/bin/env python3
"""Writes the golden values of this folder with PyTorch: make_golden.py [FOLDER].

training_*.safetensors: a model file with the initial weights, and in the same file what PyTorch makes of them in f64:
  golden.input, golden.target [N, C, H, W]; golden.code, golden.output and golden.grad.<parameter> for all N rows;
  golden.after.<parameter> after STEPS steps of Adam, step s on BATCH rows from row s * BATCH % N;
  metadata "golden": loss for all N rows, the loss of each step before it, and the settings.
plateau.json: learning rates after each epoch of ReduceLROnPlateau for many settings.
"""

import json
import pathlib
import sys
import warnings

import numpy
import torch

import pytorch_model
import safetensors_file

ROWS, BATCH, STEPS = 32, 8, 40
ADAM = {"lr": 2e-3, "betas": (0.9, 0.999), "eps": 1e-8}


def dense(number, inputs, outputs, activation):
    config = {"kind": "dense", "inputs": inputs, "outputs": outputs, "activation": activation}
    return {"name": f"fc{number}", "config": config}


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
TRAININGS = [
    ("training_relu_mse", RELU, "mse", 1e-2, 1),
    ("training_relu_l1", RELU, "l1", 0.0, 5),
    ("training_tanh_mse", TANH, "mse", 0.0, 3),
    ("training_tanh_l1", TANH, "l1", 1e-3, 4),
]
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


def training(made, loss_name, weight_decay, seed):
    """Tensors and metadata of one training."""
    torch.manual_seed(seed)
    model = pytorch_model.Autoencoder(made)
    shape = [ROWS] + made["image_shape"]
    target = torch.rand(shape)
    noisy = target + 0.2 * torch.randn(shape)
    tensors = {name: value.clone() for name, value in model.state_dict().items()}
    tensors.update({"golden.input": noisy, "golden.target": target})

    model, noisy, target, loss_of = model.double(), noisy.double(), target.double(), LOSSES[loss_name]
    output = model(noisy)
    loss = loss_of(output, target)
    loss.backward()
    tensors.update({"golden.code": model.encode(noisy), "golden.output": output})
    tensors.update({f"golden.grad.{name}": value.grad.clone() for name, value in model.named_parameters()})

    optimizer = torch.optim.Adam(model.parameters(), weight_decay=weight_decay, **ADAM)
    losses = []
    for step in range(STEPS):
        rows = slice(step * BATCH % ROWS, step * BATCH % ROWS + BATCH)
        optimizer.zero_grad()
        step_loss = loss_of(model(noisy[rows]), target[rows])
        step_loss.backward()
        optimizer.step()
        losses.append(step_loss.item())
    tensors.update({f"golden.after.{name}": value for name, value in model.named_parameters()})
    golden = {
        "loss_name": loss_name,
        "loss": loss.item(),
        "losses": losses,
        "batch": BATCH,
        "learning_rate": ADAM["lr"],
        "weight_decay": weight_decay,
    }
    return {name: value.detach().numpy() for name, value in tensors.items()}, metadata_of(made, golden)


def loss_traces():
    random = numpy.random.default_rng(11)
    falling = 0.1 * 0.9 ** numpy.arange(30)
    return {
        "falls": falling,
        "falls_then_flat": numpy.concatenate([falling[:10], numpy.full(40, falling[9])]),
        "noisy": 0.05 + 0.05 * 0.9 ** numpy.arange(60) + 0.002 * random.standard_normal(60),
        "creeps": 0.1 * (1 - 1e-4) ** numpy.arange(60),
        "creeps_slower": 0.1 * (1 - 0.9e-4) ** numpy.arange(60),
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


def make(folder):
    """Writes all golden files into `folder`."""
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")  # schedules complain about an optimizer that takes no steps
    for name, made, loss_name, weight_decay, seed in TRAININGS:
        tensors, metadata = training(made, loss_name, weight_decay, seed)
        safetensors_file.write(folder / f"{name}.safetensors", tensors, metadata)
    traces = json.dumps({name: losses.tolist() for name, losses in loss_traces().items()})
    cases = ",\n".join(json.dumps(case) for case in plateau_cases())
    (folder / "plateau.json").write_text(f'{{"learning_rate": 1e-3,\n"traces": {traces},\n"cases": [\n{cases}\n]}}\n')


if __name__ == "__main__":
    make(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
