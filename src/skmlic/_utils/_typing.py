"""Types that the hints of several modules are written in."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np
import PIL.Image
from numpy.typing import ArrayLike, NDArray
from torch import nn
from torch.utils.data import Dataset

# scikit-learn and scipy have no types: what is used of their objects is said by protocols.


class Estimator(Protocol):
    """An estimator of scikit-learn, which can be cloned."""

    def get_params(self, deep: bool = ...) -> dict[str, Any]: ...
    def set_params(self, **params: Any) -> Any: ...


class Splitter(Protocol):
    """A splitter of scikit-learn."""

    def split(self, X: Any, y: Any, groups: Any) -> Iterable[Any]: ...
    def get_n_splits(self, X: Any, y: Any, groups: Any) -> int: ...


class SparseMatrix(Protocol):
    """A sparse array or matrix of scipy."""

    def toarray(self) -> NDArray[Any]: ...


FilePath: TypeAlias = str | os.PathLike[str]

# X and Y. Tensors, and frames and series of any library, are ArrayLike: they have `__array__`.
Images: TypeAlias = ArrayLike | Sequence[FilePath | bytes | PIL.Image.Image] | Dataset[Any]
Labels: TypeAlias = ArrayLike | SparseMatrix
# X where only its length or its rows count: no type says that scikit-learn can take rows from it.
Rows: TypeAlias = Any

Bools: TypeAlias = NDArray[np.bool_]
Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]
Pixels: TypeAlias = NDArray[np.uint8]

RandomState: TypeAlias = int | np.random.RandomState | None
CV: TypeAlias = int | Splitter | Iterable[Any] | None
Splits: TypeAlias = Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]

BackboneLike: TypeAlias = str | nn.Module | Callable[[], nn.Module]
Pooling: TypeAlias = Literal[
    "avg", "max", "avgmax", "flatten", "stages", "token", "token+avg", "native"
]
ValueRange: TypeAlias = tuple[float, float]  # what means black and white
Observer: TypeAlias = Callable[[NDArray[Any], ValueRange | None], object]
Size: TypeAlias = int | tuple[int, int]  # of a square, or (height, width), in pixels
ClassWeight: TypeAlias = (
    Literal["balanced", "inv", "inv_sqrt", "effective"]
    | dict[Any, float]
    | ArrayLike
    | Callable[[Any], ArrayLike]
    | None
)

Average: TypeAlias = Literal["macro", "micro", "samples", "weighted"] | None
Undefined: TypeAlias = Literal["skip", "nan", "raise"] | float
# A float, or the labels' array with average=None. `float | NDArray` would make every caller prove
# which, and overloads say each signature twice.
Score: TypeAlias = Any
