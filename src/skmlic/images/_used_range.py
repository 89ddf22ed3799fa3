"""The part of their range that the values of images use."""

import math
import threading
from collections import Counter
from typing import Any

from numpy.typing import NDArray

from skmlic._utils._typing import ValueRange
from skmlic._utils._warnings import warn_caller

_LEAST_FRACTION = 1 / 16
_8_BIT = (0, 255)
# Floats of a white image may differ by this fraction of the range.
_ROUNDING = 1e-3
_FILES = "8-bit"


class UsedRanges:
    """Collect the values that images use, by type, and warn if they use a small part.

    An image whose values are all equal has no range and does not count.

    Parameters
    ----------
    value_range : tuple (black, white) or None
        As the user gave it.
    """

    def __init__(self, value_range: ValueRange | None = None) -> None:
        self.value_range = value_range
        self._types: dict[str, _Used] = {}
        self._lock = threading.Lock()

    def add(self, values: NDArray[Any], value_range: ValueRange | None) -> None:
        """Take note of an image; called in threads.

        Parameters
        ----------
        values : ndarray
            The values as they were given, or the 8-bit pixels of a file or PIL image.
        value_range : tuple (black, white) or None
            The values that were taken for black and white; None for 8-bit pixels of files and PIL
            images.
        """
        name = _FILES if value_range is None else values.dtype.name
        with self._lock:
            used = self._types.get(name)
            # Measuring all images would slow down the decoding of files.
            if used is not None and not used.is_small and not used.has_several_scales:
                return
        low, high = values.min().item(), values.max().item()
        black, white = value_range = value_range or _8_BIT
        rounding = _ROUNDING * (white - black) if name.startswith("float") else 0
        if high - low > rounding:
            with self._lock:
                self._types.setdefault(name, _Used(name)).add(low, high, value_range)

    def warn(self) -> None:
        """Warn once of all types whose values use a small part, or whose scale was guessed."""
        is_guessed = self.value_range is None
        messages = [used.describe(is_guessed) for _, used in sorted(self._types.items())]
        if any(messages):
            warn_caller("\n".join(filter(None, messages)))


class _Used:
    """The values that images of a type use."""

    def __init__(self, name):
        self.name = name
        self.low, self.high = math.inf, -math.inf
        self.ranges = Counter()
        self.step = 0 if name.startswith("float") else 1
        # Only for these types, the table of `find_value_range` has two rows.
        self.has_several_scales = self.step == 1 and name not in (_FILES, "uint8")

    def add(self, low, high, value_range):
        self.low, self.high = min(self.low, low), max(self.high, high)
        self.ranges[value_range] += 1

    @property
    def is_small(self):
        """Whether the values use at most a sixteenth of the range."""
        black, white = max(self.ranges)
        return self._is_part(white - black)

    def _is_part(self, width):
        return self.high - self.low <= (width + self.step) * _LEAST_FRACTION

    def describe(self, is_guessed):
        """Return a message, or None if there is nothing to warn of."""
        is_guessed = is_guessed and self.has_several_scales
        n_small, n_images = self.ranges[_8_BIT], self.ranges.total()
        if is_guessed and 0 < n_small < n_images:
            return (
                f"{n_small} of {n_images} images of type {self.name} have no value above 255, and "
                "were taken for 8-bit images, unlike the others. If all have the same scale, name "
                f"it, for example value_range={self._suggest()}."
            )
        if is_guessed and n_small and self.name == "uint16":
            return (
                "Images of type uint16 have no value above 255, and were taken for 8-bit images. "
                "Write value_range=(0, 255) if they are, or value_range=(0, 65535) if they are "
                "dark images of 16 bits."
            )
        if not self.is_small:
            return None
        advice = (
            f"name the values that mean black and white, for example value_range={self._suggest()}"
        )
        if self.name == _FILES:
            advice = (
                "pass arrays, such as np.asarray(PIL.Image.open(path)), with "
                f"value_range={self._suggest()}"
            )
        black, white = max(self.ranges)
        return (
            f"The values of {self.name} images are from {self.low:g} to {self.high:g}, of "
            f"{black:g} for black to {white:g} for white, so that the network sees hardly any "
            f"contrast. If this is not intended, {advice}."
        )

    def _suggest(self):
        if self.step and self.low >= 0:
            # Deep values have a number of bits; those of masks and the like are counted from 0.
            is_deep = self.high > max(_8_BIT)
            largest = 2 ** int(self.high).bit_length() - 1 if is_deep else self.high
            if not self._is_part(largest):
                return f"(0, {largest})"
        return f"({self.low:.6g}, {self.high:.6g})"
