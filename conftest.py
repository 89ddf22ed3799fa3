"""For tests and for the examples in docstrings and in the documentation."""

import os
import sys

import pytest

# Threads of several workers, which exceed the cores, would wait for each other at every layer of a
# network: torch becomes several times slower.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(autouse=True)
def _close_figures():
    """Close what was drawn: matplotlib warns when many figures are open."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
