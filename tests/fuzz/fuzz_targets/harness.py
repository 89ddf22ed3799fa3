"""Parts of all fuzz targets.

A target is a module with ``run(data)``, which passes bytes to the package, and ``seeds()``, which
returns valid inputs to start from. It may have ``mutate(data, max_size, seed)``, and
``MAX_LENGTH``, in bytes. An exception other than those of ``ALLOWED`` is a fault of the package.
"""

import json
import random
import warnings
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

TARGETS = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem != "harness")
# The errors that docstrings announce for input that can't be read.
ALLOWED = (ImportError, OSError, TypeError, ValueError)
IMAGES = ("a.jpg", "b.png", "c d.jpg", "sub/a.jpg", "sub/é.png")
_folder = TemporaryDirectory(prefix="skmlic-fuzz-")
# Values that replace a part of a JSON document.
_VALUES = (None, True, 0, -1, 10**30, 1.5, 1e308, float("nan"), "", "a.jpg", "é\0", [], {})


def check(run, data):
    """Run a target and return the unexpected exception, or None."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            run(data)
        except ALLOWED:
            return None
        except (Exception, SystemExit) as error:
            return error
    return None


def make_folder():
    """Return a folder with empty images, below which a target writes its labels."""
    folder = Path(_folder.name)
    for name in IMAGES:
        path = folder / "images" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


@contextmanager
def written(files):
    """Write the content of files by path, and delete them afterwards."""
    for path, content in files.items():
        path.write_bytes(content)
    try:
        yield
    finally:
        for path in files:
            path.unlink()


def check_data(data, folder):
    """Check what all readers promise."""
    assert data.Y.shape == (len(data.paths), len(data.label_names))
    assert list(data.Y.columns) == data.label_names
    values = data.Y.to_numpy(dtype=float)
    assert np.isin(values[~np.isnan(values)], (0, 1)).all()
    assert len(set(data.paths)) == len(data.paths)
    inside = folder.resolve()
    assert all(inside in Path(path).resolve().parents for path in data.paths)


def mutate_json(document, seed):
    """Replace, repeat, move or remove a random part of a JSON document."""
    rng = random.Random(seed)
    document = json.loads(json.dumps(document))
    places = list(_list_places(document))
    if not places:
        return rng.choice(_VALUES)
    parent, key = rng.choice(places)
    other_parent, other_key = rng.choice(places)
    match rng.randrange(5):
        case 0:
            del parent[key]
        case 1:
            parent[key] = other_parent[other_key]
        case 2 if isinstance(parent, list):
            parent.insert(key, parent[key])
        case 3 if isinstance(parent, dict):
            parent[rng.choice(["", "id", "name", str(other_key)])] = parent.pop(key)
        case _:
            parent[key] = rng.choice(_VALUES)
    # What was moved into itself is a cycle.
    try:
        return json.loads(json.dumps(document))
    except ValueError:
        return None


def _list_places(value):
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    else:
        return
    for key, item in items:
        yield value, key
        yield from _list_places(item)
