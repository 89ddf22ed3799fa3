"""The values of an image that mean black and white."""

from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skmlic._utils._typing import ValueRange

# A float beyond 0 or 1 by less than half a gray level is a rounding error.
_ROUNDING = 0.5 / 255
# Interpolation and sharpening overshoot by less than this fraction of the range.
_OVERSHOOT = 0.3
_LARGEST_STANDARDIZED = 10
_LARGEST_INTEGERS = (255, 65535)
_BLOCK = 2**16


def check_value_range(value_range: ValueRange | None) -> ValueRange | None:
    """Return a ``value_range`` parameter as a tuple of two floats, or None if it is None.

    Raises
    ------
    ValueError
        If it is neither None nor two finite numbers in increasing order.
    """
    if value_range is None:
        return None
    is_pair = isinstance(value_range, tuple) and len(value_range) == 2
    if is_pair and all(isinstance(value, Real) for value in value_range):
        low, high = map(float, value_range)
        if np.isfinite([low, high]).all() and low < high:
            return low, high
    raise ValueError(
        f"value_range={value_range!r}: expected None or a tuple (black, white) of two numbers in "
        "increasing order, for example (0, 4095) for 12-bit values."
    )


def find_value_range(values: NDArray[Any], value_range: ValueRange | None = None) -> ValueRange:
    """Return the values that mean black and white, by type and content.

    ==================== ================== ========================
    dtype                values             black and white
    ==================== ================== ========================
    bool                                    False and True
    uint8                                   0 and 255
    other integers       up to 255          0 and 255
    other integers       up to 65535        0 and 65535
    floats               from 0 to 1        0 and 1
    ==================== ================== ========================

    Parameters
    ----------
    values : ndarray
        The values of an image, not empty.
    value_range : tuple (black, white), default=None
        Used in place of the table for all types but bool.

    Returns
    -------
    value_range : tuple (black, white)

    Raises
    ------
    ValueError
        If the values fit no row of the table, or there are NaN; the message says what to do.
    """
    kind = values.dtype.kind
    if kind == "b":
        return 0, 1
    if kind not in "iuf":
        raise ValueError(
            f"dtype {values.dtype}; expected uint8, another type of integers, or floats from 0 to 1"
        )
    if kind in "iu":
        return value_range or _find_integer_range(values)
    low, high = float(values.min()), float(values.max())
    if np.isnan(low) or (value_range is None and not _is_near_unit(low, high)):
        raise ValueError(
            f"float values from {low:g} to {high:g}; expected 0 to 1: {_advise_floats(low, high)}"
        )
    return value_range or (0, 1)


def _find_integer_range(values):
    if values.dtype == np.uint8:
        return 0, 255
    low, high = int(values.min()), int(values.max())
    for largest in _LARGEST_INTEGERS:
        if low >= 0 and high <= largest:
            return 0, largest
    raise ValueError(
        f"{values.dtype} values from {low} to {high}; expected 0 to 255, or 0 to 65535: name the "
        "values that mean black and white in all images, for example "
        f"value_range=({low}, {max(high, low + 1)})"
    )


def _is_near_unit(low, high):
    return low > -_ROUNDING and high < 1 + _ROUNDING


def _advise_floats(low, high):
    """Return what to do about floats that are not within 0 and 1."""
    if np.isnan(low):
        return "replace NaN, for example with np.nan_to_num(image)"
    if np.isinf([low, high]).any():
        return "replace infinite values, for example with np.nan_to_num(image, posinf=1, neginf=0)"
    if low > -_OVERSHOOT and high < 1 + _OVERSHOOT:
        return (
            "interpolation overshoots like this. Write np.clip(image, 0, 1), or "
            "value_range=(0, 1), which clips"
        )
    if _is_near_unit((low + 1) / 2, (high + 1) / 2):
        return "for values from -1 to 1, write value_range=(-1, 1)"
    if -_LARGEST_STANDARDIZED < low < 0 and high < _LARGEST_STANDARDIZED:
        return (
            "if they were standardized by mean and standard deviation, pass the images as they "
            "were before, because that is done here"
        )
    for largest in _LARGEST_INTEGERS:
        limit = (1 + _OVERSHOOT) * largest
        if -_OVERSHOOT * largest < low and (largest + 1) / 16 < high < limit:
            return (
                f"for values from 0 to {largest}, write value_range=(0, {largest}), or divide by "
                f"{largest} and clip"
            )
    return (
        "name the values that mean black and white in all images, for example "
        f"value_range=({low:.6g}, {high:.6g})"
    )


def to_uint8(values, value_range):
    """Return values as 8-bit ones, from 0 for black to 255 for white.

    Parameters
    ----------
    values : ndarray
        Booleans, integers or floats without NaN.
    value_range : tuple (black, white)
        Values beyond them are clipped.

    Returns
    -------
    values : ndarray of the same shape, dtype uint8
    """
    black, white = value_range
    if values.dtype == np.uint8 and (black, white) == (0, 255):
        return values
    # float32 holds all integers of 16 bits, but not those of 32.
    is_small = values.dtype.itemsize <= (4 if values.dtype.kind == "f" else 2)
    dtype = np.float32 if is_small else np.float64
    flat = values.reshape(-1)
    scaled = np.empty(flat.shape, np.uint8)
    # The largest images would take gigabytes as floats.
    for start in range(0, flat.size, _BLOCK):
        block = flat[start : start + _BLOCK].astype(dtype)
        block -= black
        block *= 255 / (white - black)
        scaled[start : start + _BLOCK] = np.rint(block, out=block).clip(0, 255, out=block)
    return scaled.reshape(values.shape)
