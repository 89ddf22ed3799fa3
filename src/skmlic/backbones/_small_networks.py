"""Small networks without pretrained weights, to train from scratch."""

from collections import OrderedDict
from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from skmlic._utils._activations import ACTIVATIONS
from skmlic.backbones._network import Network
from skmlic.backbones._weight_files import load_weights
from skmlic.images import Preprocessing

INITIALIZATIONS = ("torch", "he")
_IN_CHANNELS = (1, 3)
# The weights of red, green and blue are those of Pillow's convert("L") (ITU-R 601-2).
_LUMA = (0.299, 0.587, 0.114)


class Stage(nn.Module):
    """A sequence of layers that counts as one stage of the network.

    With a plain ``nn.Sequential``, the feature extractor would also pool the map before the last
    layer.
    """

    def __init__(self, *layers):
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, maps):
        """Return the last layer's map."""
        return self.layers(maps)


class Grayscale(nn.Module):
    """Convert RGB images (n, 3, height, width) to grayscale (n, 1, height, width).

    It lets a network for grayscale images take RGB images. Images with one channel are returned
    unchanged.
    """

    def __init__(self):
        super().__init__()
        self.register_buffer("luma", torch.tensor(_LUMA).view(1, 3, 1, 1), persistent=False)

    def forward(self, images):
        """Return the images' luminance."""
        return images if images.shape[1] == 1 else (images * self.luma).sum(dim=1, keepdim=True)


def cnn4(in_channels=3, *, activation="relu", initialization="torch"):
    """Make four convolutions of 32, 64, 128 and 256 channels, each followed by max pooling.

    Parameters
    ----------
    in_channels : {1, 3}, default=3
        Number of channels of the images: 3 for RGB. With 1, RGB images are converted to grayscale.

    activation : str, default="relu"
        A key of ``skmlic._utils._activations.ACTIVATIONS``.

    initialization : {"torch", "he"}, default="torch"
        Initialization of the convolutions' weights: torch's default, uniform with a variance of
        1 / (3 fan-in), or that of He et al. [1]_, normal with a variance of 2 / fan-in, and biases
        of 0. Without batch norm, torch's default reduces the variance of a rectified signal to a
        sixth in each layer.

    Returns
    -------
    network : nn.Module
        Maps images (n, 3, height, width) with sides of at least 32 pixels to (n, 256,
        height // 16, width // 16).

    References
    ----------
    .. [1] K. He, X. Zhang, S. Ren, J. Sun. "Delving Deep into Rectifiers". ICCV 2015.

    Examples
    --------
    >>> import torch
    >>> from skmlic.backbones._small_networks import cnn4
    >>> cnn4()(torch.zeros(2, 3, 128, 128)).shape
    torch.Size([2, 256, 8, 8])
    """
    return _make((32, 64, 128, 256), in_channels, activation, initialization)


def cnn3_bn(in_channels=3, *, activation="relu", initialization="torch"):
    """Make three convolutions of 32, 64 and 128 channels with batch norm and max pooling.

    Parameters
    ----------
    in_channels, activation, initialization :
        As in :func:`cnn4`.

    Returns
    -------
    network : nn.Module
        Maps images (n, 3, height, width) to (n, 128, height // 8, width // 8).
    """
    return _make((32, 64, 128), in_channels, activation, initialization, batch_norm=True)


def cnn5_bn_avg(in_channels=3, *, activation="relu", initialization="torch", dropout=0.25):
    """Make five convolutions with batch norm, average pooling, and dropout after 1, 3 and 5.

    They have 32, 64, 128, 256 and 256 channels.

    Parameters
    ----------
    in_channels, activation, initialization :
        As in :func:`cnn4`.

    dropout : float, default=0.25
        Dropout probability after the first, third and fifth stage.

    Returns
    -------
    network : nn.Module
        Maps images (n, 3, height, width) to (n, 256, height // 32, width // 32).
    """
    return _make(
        (32, 64, 128, 256, 256),
        in_channels,
        activation,
        initialization,
        batch_norm=True,
        pool=nn.AvgPool2d,
        dropout={1: dropout, 3: dropout, 5: dropout},
    )


def cnn_large(in_channels=3, *, activation="relu", initialization="torch"):
    """Make five convolutions of VGG's widths with max pooling, for a wide dense layer.

    This is VGG [1]_ with a single convolution of 3 × 3 in each of its stages of 64, 128, 256, 512
    and 512 channels, and has 3.9 million parameters. At 128 pixels, its map has 8192 entries. With
    a dense layer of 2048 units on the flattened map, there are 20.7 million parameters, four fifths
    of them in that layer. The network takes a fifth of VGG16's arithmetic, and is shallow enough
    to be trained without batch norm.

    Parameters
    ----------
    in_channels, activation, initialization :
        As in :func:`cnn4`.

    Returns
    -------
    network : nn.Module
        Maps images (n, 3, height, width) to (n, 512, height // 32, width // 32).

    References
    ----------
    .. [1] K. Simonyan, A. Zisserman. "Very Deep Convolutional Networks for Large-Scale Image
       Recognition". ICLR 2015.
    """
    return _make((64, 128, 256, 512, 512), in_channels, activation, initialization)


def tiny_cnn():
    """Return a small network for tests and examples.

    Returns
    -------
    network : nn.Module
        Maps images (n, 3, height, width) to (n, 32, height // 8, width // 8).
    """
    return nn.Sequential(
        nn.Sequential(nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.BatchNorm2d(8), nn.ReLU()),
        nn.Sequential(nn.Conv2d(8, 16, 3, stride=2, padding=1), nn.BatchNorm2d(16), nn.ReLU()),
        nn.Sequential(nn.Conv2d(16, 32, 3, stride=2, padding=1), nn.BatchNorm2d(32), nn.ReLU()),
    )


_TINY = "tiny_cnn"
_NETWORKS = {
    _TINY: tiny_cnn,
    "cnn4": cnn4,
    "cnn3_bn": cnn3_bn,
    "cnn5_bn_avg": cnn5_bn_avg,
    "cnn_large": cnn_large,
}
# Height and width in pixels of the images of each network.
SMALL_IMAGE_SIZES = {name: 32 if name == _TINY else 128 for name in _NETWORKS}
_HALF = (0.5, 0.5, 0.5)


def load_small_network(name, weights):
    """Return a small network.

    Parameters
    ----------
    name : str
        A key of ``SMALL_IMAGE_SIZES``.
    weights : "default", None, str or Path
        "default" and ``None`` are random weights.

    Returns
    -------
    network : Network
    """
    module = _NETWORKS[name]()
    weights_name = "random"
    if weights not in (None, "default"):
        load_weights(module, weights, name)
        weights_name = Path(weights).name
    preprocessing = Preprocessing((SMALL_IMAGE_SIZES[name],) * 2, "squash", "bilinear")
    if name != _TINY:
        preprocessing = replace(preprocessing, mean=_HALF, std=_HALF)
    return Network(name, weights_name, module, preprocessing)


def _make(
    widths,
    in_channels,
    activation,
    initialization,
    *,
    batch_norm=False,
    pool=nn.MaxPool2d,
    dropout=None,
):
    """Return a sequence of stages of convolution, batch norm, activation, pooling and dropout."""
    if in_channels not in _IN_CHANNELS:
        raise ValueError(f"in_channels={in_channels!r}: expected 3 for RGB or 1 for grayscale.")
    for name, value, known in (
        ("activation", activation, ACTIVATIONS),
        ("initialization", initialization, INITIALIZATIONS),
    ):
        if value not in known:
            raise ValueError(f"{name}={value!r}: expected one of {', '.join(map(repr, known))}.")
    stages = OrderedDict()
    if in_channels == 1:
        # Saved weights and freeze= refer to this name, so it must not change.
        stages["grey"] = Grayscale()
    for number, width in enumerate(widths, start=1):
        # With batch norm, which adds a bias, the convolution needs none.
        convolution = nn.Conv2d(in_channels, width, 3, padding=1, bias=not batch_norm)
        if initialization == "he":
            nn.init.kaiming_normal_(convolution.weight, nonlinearity="relu")
            if convolution.bias is not None:
                nn.init.zeros_(convolution.bias)
        layers = [convolution]
        if batch_norm:
            layers.append(nn.BatchNorm2d(width))
        layers += [ACTIVATIONS[activation](), pool(2)]
        if dropout and number in dropout:
            layers.append(nn.Dropout(dropout[number]))
        stages[f"stage{number}"] = Stage(*layers)
        in_channels = width
    return nn.Sequential(stages)
