"""PyTorch training mlp4, conv and deep-relu on a GPU, data on the GPU, fused Adam: eager, and steps as CUDA graphs.

usage: torch_gpu.py [epochs]
Prints a line of JSON for each model, precision and form.
"""
import sys

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import common

epochs = int((sys.argv[1:] + [3])[0])
device = torch.device("cuda")
images = torch.from_numpy(common.images().astype(np.float32) / 255).to(device)


def stack(sizes, activation):
    layers = []
    for i, (a, b) in enumerate(zip(sizes, sizes[1:])):
        layers += [nn.Linear(a, b)] + ([activation()] if i + 2 < len(sizes) else [])
    return layers


def mlp4():
    return nn.Sequential(nn.Linear(784, 392), nn.ReLU(), nn.Linear(392, 8), nn.ReLU(), nn.Linear(8, 392), nn.ReLU(),
                         nn.Linear(392, 784), nn.Sigmoid())


def deep_relu():
    return nn.Sequential(*stack([784, 128, 64, 12, 2], nn.ReLU), *stack([2, 12, 64, 128, 784], nn.ReLU), nn.Tanh())


def conv():
    return nn.Sequential(
        nn.Unflatten(1, (1, 28, 28)), nn.Conv2d(1, 8, 3, 2, 1), nn.ReLU(), nn.Conv2d(8, 16, 3, 2, 1), nn.ReLU(),
        nn.Conv2d(16, 32, 3, 2, 0), nn.ReLU(), nn.Flatten(), nn.Linear(288, 64), nn.ReLU(), nn.Dropout(0.1), nn.Linear(64, 4),
        nn.Linear(4, 64), nn.ReLU(), nn.Dropout(0.1), nn.Linear(64, 288), nn.ReLU(), nn.Dropout(0.1), nn.Unflatten(1, (32, 3, 3)),
        nn.ConvTranspose2d(32, 16, 3, 2), nn.ReLU(), nn.ConvTranspose2d(16, 8, 3, 2, 1, 1), nn.ReLU(),
        nn.ConvTranspose2d(8, 1, 3, 2, 1, 1), nn.Sigmoid(), nn.Flatten())


def train(name, make, batch, bf16, graphs):
    torch.manual_seed(0)
    model = make().to(device)
    optimizer = torch.optim.Adam(model.parameters(), 1e-3, weight_decay=1e-5, fused=True, capturable=graphs)
    total = torch.zeros((), device=device)
    x = torch.zeros(batch, 784, device=device)

    def step():
        with torch.autocast("cuda", torch.bfloat16, enabled=bf16):
            loss = F.mse_loss(model(x), x)
        optimizer.zero_grad(set_to_none=not graphs)
        loss.backward()
        optimizer.step()
        total.add_(loss.detach())

    if graphs:
        side = torch.cuda.Stream()
        with torch.cuda.stream(side):
            for _ in range(3):
                step()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            step()
        run = graph.replay
    else:
        run = step

    def one_epoch():
        total.zero_()
        order = torch.randperm(len(images), device=device)
        for i in range(len(images) // batch):
            torch.index_select(images, 0, order[i * batch:(i + 1) * batch], out=x)
            run()
        return total.item() / (len(images) // batch)

    seconds, losses = common.epochs_timed(one_epoch, epochs)
    common.report(f"torch gpu {name}", torch=torch.__version__, gpu=torch.cuda.get_device_name(), precision="bf16" if bf16 else "f32",
                  form="graphs" if graphs else "eager", seconds_per_epoch=min(seconds), train_loss=losses[-1])


for name, make, batch in (("mlp4", mlp4, 2048), ("deep-relu", deep_relu, 100), ("conv", conv, 256)):
    for bf16 in (False, True):
        for graphs in (False, True):
            train(name, make, batch, bf16, graphs)
