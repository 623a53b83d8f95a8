"""PyTorch training the convolutional autoencoders on CIFAR-10, data in memory: `conv` in batches of 256, `conv-large` of 32.

usage: torch_colour.py conv|conv-large [d] [epochs] [seed]      CIFAR_DIR: folder with data_batch_*.bin
"""
import os, pathlib, sys

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import common

arg = dict(enumerate(sys.argv))
name, d, epochs, seed = arg[1], int(arg.get(2, 64)), int(arg.get(3, 2)), int(arg.get(4, 0))
batch = {"conv": 256, "conv-large": 32}[name]
if "TORCH_THREADS" in os.environ:
    torch.set_num_threads(int(os.environ["TORCH_THREADS"]))
torch.manual_seed(seed)


def pictures():
    files = sorted(pathlib.Path(os.environ["CIFAR_DIR"]).glob("data_batch_*.bin"))
    return np.concatenate([np.fromfile(f, np.uint8).reshape(-1, 3073)[:, 1:] for f in files]).reshape(-1, 3, 32, 32)


if name == "conv":
    layers = [
        nn.Conv2d(3, 8, 3, 2, 1), nn.ReLU(), nn.Conv2d(8, 16, 3, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, 3, 2, 0), nn.ReLU(),
        nn.Flatten(), nn.Linear(288, 64), nn.ReLU(), nn.Linear(64, d),
        nn.Linear(d, 64), nn.ReLU(), nn.Linear(64, 288), nn.ReLU(), nn.Unflatten(1, (32, 3, 3)),
        nn.ConvTranspose2d(32, 16, 3, 2, 0, 1), nn.ReLU(), nn.ConvTranspose2d(16, 8, 3, 2, 1, 1), nn.ReLU(),
        nn.ConvTranspose2d(8, 3, 3, 2, 1, 1), nn.Sigmoid()]
else:
    layers = [
        nn.Conv2d(3, 32, 4, 2, 1), nn.GELU(), nn.Conv2d(32, 64, 4, 2, 1), nn.GELU(), nn.Conv2d(64, 128, 4, 2, 1), nn.GELU(),
        nn.Flatten(), nn.Linear(2048, d),
        nn.Linear(d, 2048), nn.Unflatten(1, (128, 4, 4)), nn.GELU(), nn.ConvTranspose2d(128, 64, 4, 2, 1), nn.GELU(),
        nn.ConvTranspose2d(64, 32, 4, 2, 1), nn.GELU(), nn.ConvTranspose2d(32, 3, 4, 2, 1)]
model = nn.Sequential(*layers)
x_train = torch.from_numpy(pictures().astype(np.float32) / 255)
if "channels_last" in common.forms():
    model = model.to(memory_format=torch.channels_last)
    x_train = x_train.contiguous(memory_format=torch.channels_last)
optimizer = torch.optim.Adam(model.parameters(), 1e-3, **common.fused())
batch_loss = common.loss_of(model, F.mse_loss)


def one_epoch():
    total = 0
    for i in torch.randperm(len(x_train)).split(batch):
        x = x_train[i]
        loss = batch_loss(x)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
    return total / len(x_train)


seconds, losses = common.epochs_timed(one_epoch, epochs)
common.report(f"torch {name}, colour", d=d, seed=seed, torch=torch.__version__, form=sorted(common.forms()),
              parameters=sum(p.numel() for p in model.parameters()), seconds_per_epoch=min(seconds), train_mse=losses[-1])
