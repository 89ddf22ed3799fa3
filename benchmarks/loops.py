"""Plain loops, as a careful user writes them without skmlic, that skmlic is compared with."""

import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import timm
import torch
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset

from skmlic.backbones import load_backbone

BATCH_SIZE = 32
N_AHEAD = 2


class ImageFiles(Dataset):
    """Files as tensors, preprocessed as timm does for a network."""

    def __init__(self, paths, transform):
        self.paths = paths
        self.transform = transform

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, index):
        with Image.open(self.paths[index]) as image:
            return self.transform(image.convert("RGB"))


def make_network():
    """Return timm's EfficientNet-Lite0 with the weights of skmlic's default, ready for features."""
    backbone = load_backbone(
        "efficientnet_lite0", "default", pooling="avg", image_size=None, resize="crop"
    )
    network = timm.create_model("tf_efficientnet_lite0", pretrained=False, num_classes=0)
    network.load_state_dict(backbone.extractor.network.state_dict())
    return network.eval()


def make_transform(network):
    """Return timm's own preprocessing of images for a network."""
    return timm.data.create_transform(**timm.data.resolve_model_data_config(network))


def embed_plainly(network, paths, n_workers):
    """Return features of files: a DataLoader, eval, no_grad, fp32, batches of 32."""
    images = ImageFiles(paths, make_transform(network))
    loader = DataLoader(images, batch_size=BATCH_SIZE, num_workers=n_workers)
    with torch.no_grad():
        return torch.cat([network(batch) for batch in loader]).numpy()


def train_plainly(
    features, target, *, n_hidden, input_dropout, dropout, lr, batch_size, max_epochs
):
    """Train a head with one hidden layer on tensors in a bare loop."""
    head = nn.Sequential(
        nn.Dropout(input_dropout),
        nn.Linear(features.shape[1], n_hidden),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(n_hidden, target.shape[1]),
    )
    label_weight = torch.ones(target.shape[1])
    optimizer = torch.optim.Adam(head.parameters(), lr=lr, fused=True)
    head.train()
    for _ in range(max_epochs):
        for rows in torch.randperm(len(features)).split(batch_size):
            optimizer.zero_grad()
            logits = head(features[rows])
            loss = nn.functional.binary_cross_entropy_with_logits(
                logits, target[rows], label_weight
            )
            loss.backward()
            optimizer.step()
    return head


def load_batches(paths, order, batch_size, decode, n_threads):
    """Yield batches of row numbers and pixels, while threads decode the next batches."""
    batches = deque(order.split(batch_size))
    with ThreadPoolExecutor(n_threads) as pool:
        ahead = deque()
        while batches or ahead:
            while batches and len(ahead) < N_AHEAD:
                rows = batches.popleft()
                ahead.append((rows, [pool.submit(decode, paths[row]) for row in rows.tolist()]))
            rows, decoded = ahead.popleft()
            yield rows, torch.from_numpy(np.stack([future.result() for future in decoded]))


def fine_tune_plainly(
    network, head, paths, target, *, preprocessing, precision, lr, backbone_lr, batch_size, n_epochs
):
    """Train a network with frozen statistics, and a head, on files; return seconds per epoch."""
    n_threads = torch.get_num_threads()
    mean, std = (
        torch.tensor(values).view(1, 3, 1, 1) for values in (preprocessing.mean, preprocessing.std)
    )
    network = network.to(memory_format=torch.channels_last).eval().requires_grad_(True)
    groups = [{"params": network.parameters(), "lr": backbone_lr}, {"params": head.parameters()}]
    optimizer = torch.optim.Adam(groups, lr=lr, fused=True)
    head.train()
    seconds = []
    for _ in range(n_epochs):
        start = time.perf_counter()
        order = torch.randperm(len(paths))
        for rows, pixels in load_batches(paths, order, batch_size, preprocessing, n_threads):
            images = (pixels.permute(0, 3, 1, 2).float() / 255 - mean) / std
            optimizer.zero_grad()
            with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
                features = network(images).float()
            loss = nn.functional.binary_cross_entropy_with_logits(head(features), target[rows])
            loss.backward()
            optimizer.step()
        seconds.append(time.perf_counter() - start)
    return seconds
