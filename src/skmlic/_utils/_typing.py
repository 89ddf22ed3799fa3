"""Types that the hints of several modules are written in."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
import PIL.Image
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import sparray, spmatrix
from sklearn.model_selection import BaseCrossValidator, BaseShuffleSplit
from torch import nn
from torch.utils.data import Dataset

FilePath: TypeAlias = str | os.PathLike[str]

# X and Y. Tensors, and frames and series of any library, are ArrayLike: they have `__array__`.
Images: TypeAlias = ArrayLike | Sequence[FilePath | bytes | PIL.Image.Image] | Dataset[Any]
Labels: TypeAlias = ArrayLike | sparray | spmatrix
# X where only its length or its rows count: no type says that scikit-learn can take rows from it.
Rows: TypeAlias = Any

Bools: TypeAlias = NDArray[np.bool_]
Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]

RandomState: TypeAlias = int | np.random.RandomState | None
CV: TypeAlias = int | BaseCrossValidator | BaseShuffleSplit | Iterable[Any] | None
Splits: TypeAlias = Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]

BackboneLike: TypeAlias = str | nn.Module | Callable[[], nn.Module]
Pooling: TypeAlias = Literal[
    "avg", "max", "avgmax", "flatten", "stages", "token", "token+avg", "native"
]
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
