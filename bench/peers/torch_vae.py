"""PyTorch training a variational autoencoder of mlp4's layers, Bernoulli pixels, batch 2048.

usage: torch_vae.py [d] [epochs] [seed]
Losses are negative ELBOs in nats per image, with one sample each.
"""
import os, sys

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import common

d, epochs, seed = (int(a) for a in sys.argv[1:4] + ["8", "3", "0"][len(sys.argv) - 1:])
if "TORCH_THREADS" in os.environ:
    torch.set_num_threads(int(os.environ["TORCH_THREADS"]))
torch.manual_seed(seed)


class Vae(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(784, 392), nn.Linear(392, 2 * d)
        self.fc3, self.fc4 = nn.Linear(d, 392), nn.Linear(392, 784)

    def forward(self, x):
        mean, log_variance = self.fc2(F.relu(self.fc1(x))).float().chunk(2, 1)
        z = mean + torch.exp(log_variance / 2) * torch.randn_like(mean)
        divergence = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(1)
        return self.fc4(F.relu(self.fc3(z))).float(), divergence


def negative_elbo(output, x):
    logits, divergence = output
    return (F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(1) + divergence).mean()


model = Vae(d)
optimizer = torch.optim.Adam(model.parameters(), 1e-3, weight_decay=1e-5, **common.fused())
schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, "min")
x_train = torch.from_numpy(common.images().astype(np.float32) / 255)
batch_loss = common.loss_of(model, negative_elbo)


def one_epoch():
    total = count = 0
    for ids in torch.randperm(len(x_train)).split(2048):
        loss = batch_loss(x_train[ids])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        total, count = total + loss.item() * len(ids), count + len(ids)
    schedule.step(total / count)
    return total / count


seconds, losses = common.epochs_timed(one_epoch, epochs)
with torch.no_grad():
    x_test = torch.from_numpy(common.images("test").astype(np.float32) / 255)
    test = negative_elbo(model(x_test), x_test).item()
common.report("torch vae", d=d, seed=seed, torch=torch.__version__, form=sorted(common.forms()), seconds_per_epoch=min(seconds),
              first=losses[0], train_loss=losses[-1], test_loss=test)
