"""What all tables of bad input have in common.

The tables of a module are ``{name: [(what is wrong, call, error, words), ...]}``: the name is that
of the API reference, ``call`` takes the function or class of this name, and raises the error, whose
message has the words. Several parts of a message are separated by " … ".
"""

import importlib
import time

import pytest

# Most rows take milliseconds: an error has to come before the work begins.
SECONDS = 5
ACCEPTED = (TypeError, ValueError, OSError)


def pytest_generate_tests(metafunc):
    """Run a test that takes a ``row`` for each row of the tables in its module."""
    if "row" in metafunc.fixturenames:
        rows = [(name, *row) for name, table in metafunc.module.TABLES.items() for row in table]
        ids = [f"{name}-{what}" for name, what, *_ in rows]
        metafunc.parametrize("row", rows, ids=ids)


@pytest.fixture
def reject():
    """Return a function that checks that a row raises an error that tells what is wrong."""

    def check(name, what, call, error, words):
        module, _, name = name.rpartition(".")
        function = getattr(importlib.import_module(module), name)
        started = time.perf_counter()
        with pytest.raises(error) as caught:
            call(function)
        assert time.perf_counter() - started < SECONDS
        message = str(caught.value)
        assert isinstance(caught.value, ACCEPTED)
        assert message.replace("\n", "").isprintable(), message
        assert len(message) < 2000, message
        for part in words.split(" … "):
            assert part in message, message

    return check
