"""Random changes of a training image."""

from collections.abc import Callable
from functools import partial

import numpy as np
import PIL.Image
import torch
from numpy.typing import NDArray
from torchvision.transforms import v2

from skmlic._utils._typing import Size
from skmlic.augmentation._checks import describe, explain_unknown_name, is_number
from skmlic.images import check_image_size

# Pixels from outside the image and erased ones are mid-gray: near the mean that belongs to any set
# of weights, so near 0 for the network.
_FILL = 128
_BILINEAR = v2.InterpolationMode.BILINEAR
_BICUBIC = v2.InterpolationMode.BICUBIC


def _resize(size):
    return v2.Resize(size, interpolation=_BICUBIC)


def _affine(**parameters):
    return v2.RandomAffine(interpolation=_BILINEAR, fill=_FILL, **parameters)


# Functions from (height, width) to transforms. Resizing comes first, since the others then change
# fewer pixels. No preset shifts hues, which takes longer than everything else and the decoding.
_PRESETS = {
    "flip": lambda size: [_resize(size), v2.RandomHorizontalFlip()],
    "light": lambda size: [
        v2.RandomResizedCrop(size, scale=(0.7, 1.0), interpolation=_BICUBIC),
        v2.RandomHorizontalFlip(),
    ],
    "geometric": lambda size: [
        _resize(size),
        _affine(degrees=20, translate=(0.2, 0.2)),
        v2.RandomHorizontalFlip(),
        v2.RandomVerticalFlip(),
    ],
    "affine_color": lambda size: [
        _resize(size),
        # Colors change before gray pixels come into view, which stay as they are.
        v2.ColorJitter(brightness=0.2, contrast=0.2, saturation=0.2),
        _affine(degrees=20, scale=(0.8, 1.2), shear=15),
        v2.RandomHorizontalFlip(),
    ],
    "trivial": lambda size: [
        _resize(size),
        v2.TrivialAugmentWide(interpolation=_BILINEAR, fill=_FILL),
        v2.RandomHorizontalFlip(),
    ],
    "randaugment": lambda size: [
        _resize(size),
        v2.RandAugment(interpolation=_BILINEAR, fill=_FILL),
        v2.RandomHorizontalFlip(),
    ],
}


def list_augmentations() -> list[str]:
    """List the names that ``augment=`` takes.

    Returns
    -------
    names : list of str

    Examples
    --------
    >>> from skmlic.augmentation import list_augmentations
    >>> list_augmentations()
    ['flip', 'light', 'geometric', 'affine_color', 'trivial', 'randaugment']
    """
    return list(_PRESETS)


def make_augmentation(
    augment: str | Callable[[torch.Tensor], torch.Tensor] | None,
    image_size: Size,
    *,
    erasing: float = 0.0,
) -> Callable[[PIL.Image.Image | NDArray[np.uint8]], torch.Tensor]:
    """Make a function that changes an image at random.

    Parameters
    ----------
    augment : str, callable or None
        ``None`` only resizes. A function gets the image in its own size, as a uint8 tensor of shape
        (3, height, width), and returns such a tensor of any size; call torchvision's transforms
        inside a function. The names are:

        - "flip": a horizontal flip of half of the images, which all the following do, too;
        - "light": a crop of 70 to 100 % of the area, with an aspect ratio changed by up to 4/3;
        - "geometric": rotation by up to 20 degrees, translation by up to 20 %, and a vertical flip
          of half of the images;
        - "affine_color": rotation by up to 20 degrees, scaling by 0.8 to 1.2, shear by up to 15
          degrees, and brightness, contrast and saturation multiplied by 0.8 to 1.2;
        - "trivial": one operation of random strength [1]_;
        - "randaugment": two operations of medium strength [2]_.
    image_size : int or tuple of int (height, width)
        Size of the result in pixels.
    erasing : float, default=0.0
        Probability that, at the end, a rectangle of 2 to 33 % of the area is made gray [3]_.

    Returns
    -------
    augmentation : callable
        It takes an image of any size, a uint8 array of shape (height, width, 3) or a PIL image of
        mode RGB, and returns a new uint8 tensor of shape (3, height, width). It can be pickled
        unless ``augment`` is a function that cannot.

    Raises
    ------
    ValueError
        If the name, the size or the probability is not valid.
    TypeError
        If ``augment`` is of another type, or a transform that scikit-learn can't clone.

    Notes
    -----
    All random numbers come from torch's global generator: ``torch.manual_seed`` makes a change
    reproducible.

    References
    ----------
    .. [1] S. G. Müller, F. Hutter. "TrivialAugment: Tuning-free Yet State-of-the-Art Data
       Augmentation". ICCV 2021.
    .. [2] E. D. Cubuk, B. Zoph, J. Shlens, Q. V. Le. "RandAugment: Practical Automated Data
       Augmentation with a Reduced Search Space". CVPR Workshops 2020.
    .. [3] Z. Zhong, L. Zheng, G. Kang, S. Li, Y. Yang. "Random Erasing Data Augmentation". AAAI
       2020.

    Examples
    --------
    >>> from sklearn.datasets import load_sample_image
    >>> from skmlic.augmentation import make_augmentation
    >>> augmentation = make_augmentation("light", 224, erasing=0.25)
    >>> augmentation(load_sample_image("china.jpg")).shape
    torch.Size([3, 224, 224])
    """
    size = check_image_size(image_size)
    if size is None:
        raise ValueError("image_size=None: expected a number of pixels or (height, width).")
    if not (is_number(erasing) and 0 <= erasing <= 1):
        raise ValueError(f"erasing={erasing!r}: expected a probability from 0 to 1, such as 0.25.")
    if augment is None:
        steps = [_resize(size)]
    elif isinstance(augment, str):
        if augment not in _PRESETS:
            raise ValueError(explain_unknown_name("augment", augment, _PRESETS))
        steps = _PRESETS[augment](size)
    else:
        _check_function(augment)
        steps = [partial(_call, augment), _resize(size)]
    if erasing:
        steps.append(v2.RandomErasing(p=float(erasing), value=_FILL))
    return _Augmentation(steps)


class _Augmentation:
    """Steps from an image to a changed tensor."""

    def __init__(self, steps):
        self.steps = steps

    def __call__(self, image):
        """Return the changed image, uint8 of shape (3, height, width)."""
        # Steps may write into the array, which may be the caller's or read-only, so it is copied.
        pixels = np.array(image, order="C")
        if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
            raise ValueError(
                f"The image is {pixels.dtype} of shape {pixels.shape}; expected uint8 of shape "
                "(height, width, 3), which skmlic.images.load_rgb returns for any image."
            )
        # torchvision resizes such a view of channels-last memory twice as fast.
        changed = torch.from_numpy(pixels).permute(2, 0, 1)
        for step in self.steps:
            changed = step(changed)
        return changed.contiguous()


def _check_function(augment):
    how = "def augment(image):\n    return transform(image)"
    if isinstance(augment, type):
        raise TypeError(
            f"augment={augment.__name__} is a class; expected a name or a function. Write\n"
            f"transform = {augment.__name__}()\n{how}\nand augment=augment."
        )
    if hasattr(augment, "get_params"):
        raise TypeError(
            f"augment is a {type(augment).__name__}, whose get_params is not scikit-learn's: no "
            f"estimator that has it as a parameter could be cloned. Wrap it in a function:\n{how}"
        )
    if not callable(augment):
        raise TypeError(
            f"augment is {type(augment).__name__}; expected None, one of "
            f"{', '.join(map(repr, _PRESETS))}, or a function of a uint8 tensor (3, height, width)."
        )


def _call(augment, image):
    """Return the checked result of a user's function."""
    changed = augment(image)
    wrong = not isinstance(changed, torch.Tensor) or changed.dtype != torch.uint8
    if wrong or changed.ndim != 3 or changed.shape[0] != 3:
        raise ValueError(
            f"augment={augment!r} returned {describe(changed)}; expected a torch.uint8 tensor "
            "of shape (3, height, width), like its input. Normalization follows automatically."
        )
    return changed
