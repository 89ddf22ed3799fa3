"""Conversion of Python values to JSON and tensors, and back with the same types."""

import math
from collections import Counter
from pathlib import Path, PurePath

import numpy as np
import pandas as pd
import torch

from skmlic.persistence._allowance import Allowance

# A value that JSON lacks becomes an object whose only key names its kind. Numeric arrays become
# tensors.
_NUMBERS = {
    name: np.dtype(name)
    for name in (
        *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
        *("float16", "float32", "float64"),
    )
}
# Python takes quadratic time for keys of the same hash, which is that of 0 for all multiples of
# 2**61 - 1.
_LARGEST_N_COLLISIONS = 100
_LARGEST_N_LEVELS = 10


class ValueWriter:
    """Converter of values to JSON and tensors.

    Attributes
    ----------
    tensors : dict of str to tensor
        The tensors that the JSON refers to by name.
    problems : list of str
        Descriptions of the values that cannot be converted.
    """

    def __init__(self):
        self.tensors = {}
        self.problems = []

    def write(self, value, where):
        """Return the JSON of a value.

        Parameters
        ----------
        value : object
            The value.
        where : str
            Its place in the model, for example "model.lr", which names tensors and problems.
        """
        kind = type(value)
        if value is None or kind in (bool, int, str):
            return value
        if kind is float:
            return value if math.isfinite(value) else {"float": repr(value)}
        if kind is list:
            return self._write_all(value, where)
        if kind is tuple:
            return {"tuple": self._write_all(value, where)}
        if kind is dict:
            return {
                "dict": [
                    [self.write(key, where), self.write(item, f"{where}[{key!r}]")]
                    for key, item in value.items()
                ]
            }
        return self._write_other(value, where)

    def _write_all(self, values, where):
        return [self.write(item, f"{where}[{i}]") for i, item in enumerate(values)]

    def _write_other(self, value, where):
        if isinstance(value, np.generic) and value.dtype.name in _NUMBERS:
            return {"scalar": [value.dtype.name, self.write(value.item(), where)]}
        if isinstance(value, np.str_):
            return {"scalar": ["str", str(value)]}
        if type(value) is np.ndarray:
            return self._write_array(value, where)
        if type(value) is torch.Tensor:
            # Fused optimizers depend on the memory format of their state.
            is_plain = value.is_contiguous() or value.ndim != 4
            return {"tensor": [self._keep(value, where), "plain" if is_plain else "channels_last"]}
        if type(value) is pd.DataFrame:
            return self._write_frame(value, where)
        if type(value) is pd.Series:
            frame = self._write_frame(value.to_frame(), where)["frame"]
            return {"series": {**frame, "names": self._write_all([value.name], where)}}
        if isinstance(value, PurePath):
            return {"path": str(value)}
        if isinstance(value, torch.device):
            return {"device": str(value)}
        return self.refuse(value, where)

    def refuse(self, value, where):
        """Record that a value cannot be converted."""
        self.problems.append(f"{where} is {_describe(value)}")

    def _keep(self, tensor, where):
        self.tensors[where] = tensor
        return where

    def _write_array(self, array, where):
        if array.dtype.name in _NUMBERS and array.dtype.isnative:
            return {"array": self._keep(torch.tensor(array), where)}
        if array.dtype.kind not in "OU":
            return self.refuse(array, where)
        kind = "object" if array.dtype.kind == "O" else "str"
        items = self._write_all(array.ravel().tolist(), where)
        return {"array": {"dtype": kind, "shape": list(array.shape), "items": items}}

    def _write_frame(self, frame, where):
        columns = [
            self._write_column(frame.iloc[:, j], f"{where}[{name!r}]")
            for j, name in enumerate(frame.columns)
        ]
        names = self._write_all(list(frame.columns), f"{where}.columns")
        index = self._write_index(frame.index, f"{where}.index")
        return {"frame": {"names": names, "columns": columns, "index": index}}

    def _write_column(self, column, where):
        if isinstance(column.dtype, np.dtype) and column.dtype.kind != "O":
            return self.write(column.to_numpy(), where)
        dtype = "str" if isinstance(column.dtype, pd.StringDtype) else "object"
        if dtype == "object" and not all(type(entry) is str for entry in column):
            return self.write(column.to_numpy(dtype=object), where)
        codes, distinct = pd.factorize(column)
        codes = self.write(codes.astype(np.int32), where)
        return {"texts": {"dtype": dtype, "codes": codes, "distinct": list(distinct)}}

    def _write_index(self, index, where):
        if isinstance(index, pd.RangeIndex):
            numbers = [index.start, index.stop, index.step]
            return {"range": numbers, "names": self._write_all([index.name], where)}
        levels = [
            self._write_column(index.get_level_values(i).to_series(), f"{where}[{i}]")
            for i in range(index.nlevels)
        ]
        return {"levels": levels, "names": self._write_all(list(index.names), where)}


class ValueReader:
    """Converter of JSON and tensors to values of plain types.

    The memory that values take is limited by the bytes of the tensors; see `Allowance`.

    Parameters
    ----------
    tensors : dict of str to tensor
        The tensors that the JSON refers to by name.
    """

    def __init__(self, tensors):
        self.tensors = tensors
        self.allowance = Allowance(sum(tensor.nbytes for tensor in tensors.values()))
        self._used = set()

    @property
    def unused(self):
        """Names of the tensors that the JSON did not refer to."""
        return sorted(self.tensors.keys() - self._used)

    def read(self, form):
        """Return the value that JSON stands for.

        Raises
        ------
        Exception
            An exception of any type, if a writer did not make the JSON.
        """
        if form is None or isinstance(form, (bool, int, float, str)):
            return form
        if isinstance(form, list):
            return [self.read(item) for item in form]
        ((kind, content),) = form.items()
        return getattr(self, self.readers[kind])(content)

    readers = {
        "float": "_read_float",
        "tuple": "_read_tuple",
        "dict": "_read_dict",
        "scalar": "_read_scalar",
        "array": "_read_array",
        "tensor": "_read_tensor",
        "frame": "_read_frame",
        "series": "_read_series",
        "texts": "_read_texts",
        "path": "_read_path",
        "device": "_read_device",
    }

    def take(self, name):
        """Return a copy of a tensor."""
        self._used.add(name)
        self.allowance.claim(self.tensors[name].nbytes)
        return self.tensors[name].clone()

    def _read_tensor(self, form):
        name, order = form
        tensor = self.take(name)
        return tensor if order == "plain" else tensor.to(memory_format=torch.channels_last)

    def _read_float(self, text):
        return {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}[text]

    def _read_tuple(self, items):
        return tuple(map(self.read, items))

    def _read_dict(self, pairs):
        pairs = [(self.read(key), self.read(item)) for key, item in pairs]
        hashes = Counter(hash(key) for key, _ in pairs)
        if max(hashes.values(), default=0) > _LARGEST_N_COLLISIONS:
            raise ValueError("too many keys of a dict have the same hash")
        return dict(pairs)

    def _read_scalar(self, form):
        name, item = form
        if name == "str":
            return np.str_(_check_text(item))
        item = self.read(item)
        if not isinstance(item, (bool, int, float)):
            raise ValueError(f"a {name} is made of a {type(item).__name__}")
        return _NUMBERS[name].type(item)

    def _read_array(self, form):
        if isinstance(form, str):
            return self.take(form).numpy()
        items = [self.read(item) for item in form["items"]]
        if form["dtype"] == "str":
            # Each text takes as many bytes as the longest one.
            longest = max((len(_check_text(item)) for item in items), default=0)
            self.allowance.claim(4 * longest * len(items))
        array = np.empty(len(items), dtype=object)
        for i, item in enumerate(items):
            array[i] = item
        array = array.astype(str) if form["dtype"] == "str" else array
        return array.reshape(form["shape"])

    def _read_frame(self, form):
        index = self._read_index(form["index"])
        columns = list(map(self.read, form["columns"]))
        if any(np.shape(values) != (len(index),) for values in columns):
            # pandas would repeat a scalar.
            raise ValueError("a column of a frame is not as long as its index")
        # pandas would infer other dtypes if none were given.
        columns = {
            j: pd.Series(values, index=index, dtype=values.dtype)
            for j, values in enumerate(columns)
        }
        return pd.DataFrame(columns, index=index).set_axis(self.read(form["names"]), axis=1)

    def _read_series(self, form):
        return self._read_frame(form).iloc[:, 0]

    def _read_texts(self, form):
        # A missing text has the code -1, which selects the last entry.
        distinct = np.array([*map(_check_text, form["distinct"]), None], dtype=object)
        codes = self.read(form["codes"])
        if form["dtype"] != "str":
            return distinct[codes]
        # pandas may store a copy of each text.
        n_bytes = np.array([4 * len(text or "") for text in distinct])
        self.allowance.claim(int(n_bytes[codes].sum()))
        return pd.Series(distinct[codes], dtype="str").array

    def _read_index(self, form):
        names = self.read(form["names"])
        if "range" in form:
            return pd.RangeIndex(*form["range"], name=names[0])
        if len(form["levels"]) > _LARGEST_N_LEVELS:
            raise ValueError(f"an index has {len(form['levels'])} levels")
        levels = [self.read(level) for level in form["levels"]]
        if len(levels) == 1:
            return pd.Index(levels[0], name=names[0], dtype=levels[0].dtype)
        return pd.MultiIndex.from_arrays(levels, names=names)

    def _read_path(self, text):
        return Path(text)

    def _read_device(self, text):
        return torch.device(text)


def _check_text(value):
    if not isinstance(value, str):
        raise ValueError(f"a text is a {type(value).__name__}")
    return value


def _describe(value):
    if isinstance(value, type):
        return f"the class {value.__name__}"
    name = getattr(value, "__name__", None)
    return f"the function {name}" if name else f"a {type(value).__name__}"
