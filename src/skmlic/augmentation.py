"""Pictures changed at random for training, mixed with each other, and looked at twice."""

import difflib
from collections.abc import Callable
from functools import partial
from numbers import Real
from typing import Any, Literal

import numpy as np
import PIL.Image
import torch
from numpy.typing import NDArray
from scipy.special import betaincinv
from torchvision.transforms import v2

from skmlic._utils._typing import Size
from skmlic.images import check_image_size

__all__ = ["list_augmentations", "list_views", "make_augmentation", "mix"]

# What comes into view from outside the picture, and what erases: mid-grey, near every set of
# weights' mean, so near 0 for the network.
_FILL = 128
_BILINEAR = v2.InterpolationMode.BILINEAR
_BICUBIC = v2.InterpolationMode.BICUBIC


def _resize(size):
    return v2.Resize(size, interpolation=_BICUBIC)


def _affine(**parameters):
    return v2.RandomAffine(interpolation=_BILINEAR, fill=_FILL, **parameters)


# Functions of (height, width) to transforms. The resize comes first: the others then touch fewer
# pixels. No preset shifts hues, which takes longer than all of the rest and the decoding.
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
        # Before grey comes into view, which is to stay as it is.
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
    """Make a function that changes one picture at random.

    Parameters
    ----------
    augment : str, callable or None
        ``None`` resizes only. A function is given the picture as a uint8 tensor of shape (3,
        height, width), of its own size, and returns one of any size; transforms of torchvision
        are called inside it. The names are:

        - "flip": left and right swapped for half of the pictures, as in all the following;
        - "light": a part of 70 to 100 % of the area, of a ratio of sides changed by up to 4/3;
        - "geometric": rotation by up to 20 degrees, shifts by up to 20 %, and upside down for half
          of the pictures;
        - "affine_color": rotation by up to 20 degrees, zoom by 0.8 to 1.2, shear by up to 15
          degrees, and brightness, contrast and saturation times 0.8 to 1.2;
        - "trivial": one operation of any strength [1]_;
        - "randaugment": two operations of middling strength [2]_.
    image_size : int or tuple of int (height, width)
        Size in pixels of what comes out.
    erasing : float, default=0.0
        Probability that a rectangle of 2 to 33 % of the area is made grey, at last [3]_.

    Returns
    -------
    augmentation : callable
        From a picture, a uint8 array of shape (height, width, 3) of any size or a PIL image of mode
        RGB, to a new uint8 tensor of shape (3, height, width). It can be pickled unless
        ``augment`` is a function that can't.

    Raises
    ------
    ValueError
        If there is no such name, size or probability.
    TypeError
        If ``augment`` is something else, or a transform that scikit-learn could not clone.

    Notes
    -----
    All that is drawn comes from torch's global generator: ``torch.manual_seed`` reproduces it.

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
    if not (_is_number(erasing) and 0 <= erasing <= 1):
        raise ValueError(f"erasing={erasing!r}: expected a probability from 0 to 1, such as 0.25.")
    if augment is None:
        steps = [_resize(size)]
    elif isinstance(augment, str):
        if augment not in _PRESETS:
            raise ValueError(_unknown_name("augment", augment, _PRESETS))
        steps = _PRESETS[augment](size)
    else:
        _check_function(augment)
        steps = [partial(_call, augment), _resize(size)]
    if erasing:
        steps.append(v2.RandomErasing(p=float(erasing), value=_FILL))
    return _Augmentation(steps)


class _Augmentation:
    """Steps from one picture to the next tensor."""

    def __init__(self, steps):
        self.steps = steps

    def __call__(self, picture):
        """Return the changed picture, uint8 of shape (3, height, width)."""
        # A copy in any case: arrays may not be written to, and steps may write.
        pixels = np.array(picture, order="C")
        if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
            raise ValueError(
                f"The picture is {pixels.dtype} of shape {pixels.shape}; expected uint8 of shape "
                "(height, width, 3): skmlic.images.load_rgb gives that of any picture."
            )
        # torchvision resizes such views of channels-last memory twice as fast.
        image = torch.from_numpy(pixels).permute(2, 0, 1)
        for step in self.steps:
            image = step(image)
        return image.contiguous()


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
    """Return what a user's function makes of an image, once it is checked."""
    changed = augment(image)
    wrong = not isinstance(changed, torch.Tensor) or changed.dtype != torch.uint8
    if wrong or changed.ndim != 3 or changed.shape[0] != 3:
        raise ValueError(
            f"augment={augment!r} returned {_describe(changed)}; expected a torch.uint8 tensor "
            "of shape (3, height, width), as it was given. Normalisation comes later, by itself."
        )
    return changed


def _describe(value):
    if isinstance(value, torch.Tensor):
        return f"a {value.dtype} tensor of shape {tuple(value.shape)}"
    return type(value).__name__


def _is_number(value):
    return isinstance(value, Real) and not isinstance(value, bool)


def _unknown_name(parameter, name, known):
    near = difflib.get_close_matches(name.lower(), known, n=3, cutoff=0.5)
    hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
    return f"{parameter}={name!r}:{hint} The names are {', '.join(map(repr, known))}."


# torchvision's MixUp and CutMix would keep NaN, but draw from torch's global generator only, and
# know no sample weights.
def mix(
    images: torch.Tensor,
    target: torch.Tensor | tuple[torch.Tensor, torch.Tensor],
    method: Literal["mixup", "cutmix", "either"] = "mixup",
    *,
    alpha: float | None = None,
    generator: torch.Generator | None = None,
) -> tuple[torch.Tensor, Any]:
    """Mix each image of a batch with another one, and their labels in the same proportion.

    Parameters
    ----------
    images : tensor of shape (n, channels, height, width), of floats
        A batch.
    target : tensor of shape (n, n_labels), of floats, or tuple of it and a tensor of shape (n,)
        From 0 to 1; NaN is unknown. The second is sample weights.
    method : {"mixup", "cutmix", "either"}, default="mixup"
        "mixup" blends the images [1]_; "cutmix" pastes a rectangle of the other one into each, and
        mixes labels by area [2]_; "either" draws one of the two.
    alpha : float, default=None
        The image's own share is drawn from Beta(alpha, alpha), once a batch: the smaller alpha,
        the nearer to 0 or 1. Above 0; by default 0.2 for "mixup" and 1 for "cutmix".
    generator : torch.Generator, default=None
        Of the CPU. By default torch's global one.

    Returns
    -------
    images : tensor of shape (n, channels, height, width)
        A new one, unless nothing is mixed: a single image stays as it is.
    target : as given
        A label that is unknown in either image is unknown. Weights are mixed too, and labels'
        shares go by them: binary cross-entropy is then what the mixed images have with their own
        labels and weights, times their share, plus the same of the other ones.

    Raises
    ------
    TypeError, ValueError
        If images are no batch of floats, target has another length, there is no such method, or
        alpha is not above 0.

    References
    ----------
    .. [1] H. Zhang, M. Cissé, Y. N. Dauphin, D. Lopez-Paz. "mixup: Beyond Empirical Risk
       Minimization". ICLR 2018.
    .. [2] S. Yun et al. "CutMix: Regularization Strategy to Train Strong Classifiers with
       Localizable Features". ICCV 2019.

    Examples
    --------
    >>> import torch
    >>> from skmlic.augmentation import mix
    >>> images, target = torch.rand(2, 3, 8, 8), torch.tensor([[1.0, 0.0], [0.0, 0.0]])
    >>> mixed, target = mix(images, target, "cutmix", generator=torch.Generator().manual_seed(0))
    >>> mixed.shape, target.shape
    (torch.Size([2, 3, 8, 8]), torch.Size([2, 2]))
    """
    if method not in _METHODS:
        raise ValueError(_unknown_name("method", str(method), _METHODS))
    if alpha is not None and not (_is_number(alpha) and 0 < alpha < float("inf")):
        raise ValueError(f"alpha={alpha!r}: expected a number above 0, such as 0.2.")
    n_samples = _check_batch(images, target)
    if n_samples == 1:
        return images, target
    if method == "either":
        method = "mixup" if _uniform(generator) < 0.5 else "cutmix"
    alpha = _METHODS[method] if alpha is None else alpha
    share = float(betaincinv(alpha, alpha, _uniform(generator)))
    # Whatever the order of the batch, and never an image with itself.
    shift = 1 + int(_uniform(generator) * (n_samples - 1))
    other = images.roll(shift, 0)
    if method == "mixup":
        mixed = torch.lerp(other, images, share)
    else:
        box, share = _draw_box(images.shape[2:], share, generator)
        mixed = images.clone()
        mixed[box] = other[box]
    if share == 1:
        return images, target
    return mixed, _mix_target(target, share, shift)


_METHODS = {"mixup": 0.2, "cutmix": 1.0, "either": None}


def _draw_box(size, share, generator):
    """Return a rectangle of a batch, cut off at the edge, and the area's part outside it."""
    spans = []
    for side in size:
        half = side * (1 - share) ** 0.5 / 2
        centre = _uniform(generator) * side
        spans.append((round(max(centre - half, 0)), round(min(centre + half, side))))
    (top, bottom), (left, right) = spans
    outside = 1 - (bottom - top) * (right - left) / (size[0] * size[1])
    return (..., slice(top, bottom), slice(left, right)), outside


def _uniform(generator):
    """Return a number from [0, 1)."""
    return torch.rand((), dtype=torch.float64, generator=generator).item()


def _mix_target(target, share, shift):
    if not isinstance(target, torch.Tensor):
        target, weight = target
        own = share * weight
        total = own + (1 - share) * weight.roll(shift, 0)
        # Where both weigh nothing the labels matter no more, but must not become NaN.
        share = torch.where(total > 0, own / total, share)[:, None]
        return _blend(target, share, shift), total
    return _blend(target, share, shift)


def _blend(labels, share, shift):
    return share * labels + (1 - share) * labels.roll(shift, 0)


def _check_batch(images, target):
    if not isinstance(images, torch.Tensor) or not images.is_floating_point() or images.ndim != 4:
        raise TypeError(
            f"images is {_describe(images)}; expected a batch of floats of shape (n, channels, "
            "height, width), normalised or divided by 255."
        )
    labels, weight = (target, None) if isinstance(target, torch.Tensor) else target
    if not labels.is_floating_point() or labels.ndim != 2 or len(labels) != len(images):
        raise ValueError(
            f"target is {_describe(labels)}; expected floats of shape ({len(images)}, n_labels), "
            f"as there are {len(images)} images."
        )
    if weight is not None and tuple(weight.shape) != (len(images),):
        raise ValueError(
            f"sample weights have shape {tuple(weight.shape)}; expected ({len(images)},)."
        )
    return len(images)


def list_views(
    tta: Literal["flip"] | None,
) -> list[Callable[[NDArray[np.uint8]], NDArray[np.uint8]]]:
    """List the ways in which each picture is looked at when labels are predicted.

    Parameters
    ----------
    tta : {"flip"} or None
        Test-time augmentation. ``None``: as it is. "flip": as it is, and its mirror image.

    Returns
    -------
    views : list of callable
        From uint8 pixels of shape (n, height, width, 3) to the same shape. The mean of the
        features, or of the probabilities, of all views is that of the picture.

    Raises
    ------
    ValueError
        If there is no such name.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlic.augmentation import list_views
    >>> pixels = np.array([[[[0] * 3, [255] * 3]]], dtype=np.uint8)
    >>> [view(pixels)[0, 0, :, 0].tolist() for view in list_views("flip")]
    [[0, 255], [255, 0]]
    """
    if tta not in _VIEWS:
        raise ValueError(f"tta={tta!r}: expected {' or '.join(map(repr, _VIEWS))}.")
    return list(_VIEWS[tta])


def _as_it_is(pixels):
    return pixels


def _mirrored(pixels):
    # torch takes no arrays that run backwards.
    return np.ascontiguousarray(pixels[:, :, ::-1])


_VIEWS = {None: (_as_it_is,), "flip": (_as_it_is, _mirrored)}
