"""Every public name that takes input has a table of bad input."""

import importlib
import inspect
import runpy
from pathlib import Path

import pytest

from skmlic.cli._parser import make_parser

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def list_tables():
    """Return the tables of all modules, as ``{name: rows}``."""
    tables = {}
    for path in sorted(HERE.glob("test_*.py")):
        if path != Path(__file__):
            tables |= runpy.run_path(str(path)).get("TABLES", {})
    return tables


def takes_input(value):
    """Return whether a public object is a function or class with parameters of its own."""
    if not callable(value) or (inspect.isclass(value) and issubclass(value, BaseException)):
        return False
    return bool(inspect.signature(value).parameters)


def list_names():
    """Yield the names of the API reference that take input."""
    sections = runpy.run_path(str(ROOT / "docs" / "api_reference.py"))["API_REFERENCE"]
    for section in sections:
        module = importlib.import_module(section["module"])
        for name in section["names"]:
            if takes_input(getattr(module, name)):
                yield f"{section['module']}.{name}"


def test_every_public_name_has_rows():
    tables = list_tables()
    assert set(list_names()) - set(tables) == set()
    assert sum(map(len, tables.values())) >= 350
    for name, rows in tables.items():
        whats = [what for what, *_ in rows]
        assert len(set(whats)) == len(whats), name


@pytest.mark.parametrize("command", sorted(make_parser().commands))
def test_every_command_has_rows(command):
    rows = runpy.run_path(str(HERE / "test_command_line.py"))["ROWS"]
    assert any(arguments[:1] == [command] for arguments, *_ in rows)
