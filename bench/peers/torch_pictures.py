"""One epoch over a folder of pictures with torchvision: ImageFolder decodes each file again in every epoch, in WORKERS processes.

usage: torch_pictures.py FOLDER SIZE CHANNELS WORKERS
"""
import sys, time

import torch
from torchvision import datasets, transforms

from common import report


def main():
    folder, size, channels, workers = sys.argv[1], *map(int, sys.argv[2:])
    torch.set_num_threads(1)
    steps = [transforms.Resize(size), transforms.CenterCrop(size)] + [transforms.Grayscale()] * (channels == 1)
    start = time.perf_counter()
    pictures = datasets.ImageFolder(folder, transforms.Compose([*steps, transforms.ToTensor()]))
    loader = torch.utils.data.DataLoader(pictures, batch_size=256, num_workers=workers)
    images = sum(len(batch) for batch, _ in loader)
    report("torchvision", images=images, workers=workers, seconds_per_epoch=time.perf_counter() - start)


if __name__ == "__main__":
    main()
