"""Mixing of the images of a batch, and of their labels."""

from typing import Any, Literal

import torch
from scipy.special import betaincinv

from skmlic.augmentation._checks import describe, explain_unknown_name, is_number

# Each method's default of alpha.
_METHODS = {"mixup": 0.2, "cutmix": 1.0, "either": None}


# torchvision's MixUp and CutMix keep NaN, but use torch's global generator only, and have no sample
# weights.
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
        The batch.
    target : tensor of shape (n, n_labels), of floats, or tuple of it and a tensor of shape (n,)
        Values from 0 to 1, and NaN for missing labels. The second tensor holds sample weights.
    method : {"mixup", "cutmix", "either"}, default="mixup"
        "mixup" blends two images [1]_; "cutmix" pastes a rectangle of another image into each one,
        and mixes labels by area [2]_; "either" chooses one of the two at random.
    alpha : float, default=None
        The weight of the image itself is sampled from Beta(alpha, alpha), once per batch: the
        smaller alpha, the closer it is to 0 or 1. It must be positive. ``None`` means 0.2 for
        "mixup" and 1 for "cutmix".
    generator : torch.Generator, default=None
        Generator on the CPU. ``None`` means torch's global one.

    Returns
    -------
    images : tensor of shape (n, channels, height, width)
        A new tensor, unless nothing is mixed, as for a single image.
    target : tensor or tuple of tensor
        In the form in which it was given. A label that is missing in either image is missing.
        Sample weights are mixed, too, and labels are mixed in proportion to them, so that the
        binary cross-entropy is the weighted sum of that of the two images.

    Raises
    ------
    TypeError, ValueError
        If images are no batch of floats, target has another length, or method or alpha is not
        valid.

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
    if not isinstance(method, str) or method not in _METHODS:
        raise ValueError(explain_unknown_name("method", str(method), _METHODS))
    if alpha is not None and not (is_number(alpha) and 0 < alpha < float("inf")):
        raise ValueError(f"alpha={alpha!r}: expected a number above 0, such as 0.2.")
    n_samples = _check_batch(images, target)
    if n_samples == 1:
        return images, target
    if method == "either":
        method = "mixup" if _uniform(generator) < 0.5 else "cutmix"
    alpha = _METHODS[method] if alpha is None else alpha
    fraction = float(betaincinv(alpha, alpha, _uniform(generator)))
    # A random shift pairs images in any order of the batch, and never an image with itself.
    shift = 1 + int(_uniform(generator) * (n_samples - 1))
    other = images.roll(shift, 0)
    if method == "mixup":
        mixed = torch.lerp(other, images, fraction)
    else:
        box, fraction = _sample_box(images.shape[2:], fraction, generator)
        mixed = images.clone()
        mixed[box] = other[box]
    if fraction == 1:
        return images, target
    return mixed, _mix_target(target, fraction, shift)


def _sample_box(size, fraction, generator):
    """Return a random rectangle, clipped at the edges, and the fraction of the area outside it."""
    spans = []
    for side in size:
        half = side * (1 - fraction) ** 0.5 / 2
        centre = _uniform(generator) * side
        spans.append((round(max(centre - half, 0)), round(min(centre + half, side))))
    (top, bottom), (left, right) = spans
    outside = 1 - (bottom - top) * (right - left) / (size[0] * size[1])
    return (..., slice(top, bottom), slice(left, right)), outside


def _uniform(generator):
    """Return a random number from [0, 1)."""
    return torch.rand((), dtype=torch.float64, generator=generator).item()


def _mix_target(target, fraction, shift):
    if not isinstance(target, torch.Tensor):
        target, weight = target
        own = fraction * weight
        total = own + (1 - fraction) * weight.roll(shift, 0)
        # Labels of two samples without weight do not matter, but must not become NaN.
        fraction = torch.where(total > 0, own / total, fraction)[:, None]
        return _blend(target, fraction, shift), total
    return _blend(target, fraction, shift)


def _blend(labels, fraction, shift):
    return fraction * labels + (1 - fraction) * labels.roll(shift, 0)


def _check_batch(images, target):
    if not isinstance(images, torch.Tensor) or not images.is_floating_point() or images.ndim != 4:
        raise TypeError(
            f"images is {describe(images)}; expected a batch of floats of shape (n, channels, "
            "height, width), normalised or divided by 255."
        )
    is_pair = isinstance(target, tuple | list) and len(target) == 2
    labels, *weights = parts = target if is_pair else [target]
    if not all(isinstance(part, torch.Tensor) for part in parts):
        raise TypeError(
            f"target is {describe(target)}; expected a tensor of floats, or the tuple of it and a "
            "tensor of sample weights."
        )
    if not labels.is_floating_point() or labels.ndim != 2 or len(labels) != len(images):
        raise ValueError(
            f"target is {describe(labels)}; expected floats of shape ({len(images)}, n_labels), "
            f"as there are {len(images)} images."
        )
    for weight in weights:
        if tuple(weight.shape) != (len(images),):
            raise ValueError(
                f"sample weights have shape {tuple(weight.shape)}; expected ({len(images)},)."
            )
    return len(images)
