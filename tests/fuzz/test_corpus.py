"""The fuzz targets accept their seeds, and the inputs that once made them fail."""

import importlib
from pathlib import Path

import pytest
from fuzz_targets.harness import TARGETS, check

CORPUS = sorted(Path(__file__).parent.glob("corpus/*/*"))


@pytest.mark.parametrize("name", TARGETS)
def test_seeds(name):
    target = importlib.import_module(f"fuzz_targets.{name}")
    for data in target.seeds():
        error = check(target.run, data)
        if error is not None:
            raise error


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_corpus(path):
    target = importlib.import_module(f"fuzz_targets.{path.parent.name}")
    error = check(target.run, path.read_bytes())
    if error is not None:
        raise error
