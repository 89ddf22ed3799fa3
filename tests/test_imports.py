"""Imports run one way, along the road from images to predictions."""

import ast
import graphlib
from pathlib import Path

import pytest

import skmlic

SOURCE = Path(skmlic.__file__).parent
# A place imports places of the lines above its own only.
ROAD = [
    ["exceptions"],
    ["_utils"],
    ["images"],
    ["augmentation", "backbones"],
    ["embedding"],
    ["class_weight", "distributed", "duplicates", "losses", "metrics", "sampling"],
    ["datasets", "label_issues", "objectives"],
    ["model_selection"],
    ["kernel_ridge"],
    ["active_learning", "calibration", "dummy", "training"],
    ["classifier"],
    ["inspection"],
    ["plots"],
    ["comparison", "learning_rate", "persistence", "recipes"],
    ["export"],
    ["cli"],
]
# Names for type hints only are imported by type checkers.
TYPE_CHECKING = "TYPE_CHECKING"


def find_places():
    """Return the rooms and doors of the package."""
    paths = [path for path in SOURCE.iterdir() if not path.name.startswith("__")]
    return {path.stem for path in paths if path.is_dir() or path.suffix == ".py"}


def list_imported(path):
    """Yield line, dotted name and last name of everything that a file imports at run time."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    checked = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and getattr(node.test, "id", None) == TYPE_CHECKING
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if node in checked:
            continue
        if isinstance(node, ast.Import):
            modules = [(alias.name, "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = [(f"{node.module}.{alias.name}", alias.name) for alias in node.names]
        else:
            continue
        for module, name in modules:
            yield node.lineno, module, name


def list_imports(path):
    """Yield line, place and imported name of each import of skmlic in a file."""
    for line, module, name in list_imported(path):
        package, *parts = module.split(".")
        if package == "skmlic" and parts and parts[0] in PLACES:
            yield line, parts[0], name


def name_module(path):
    """Return the dotted name of a file of the package."""
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


PLACES = find_places()
FILES = sorted(path for path in SOURCE.rglob("*.py") if path.parent != SOURCE) + sorted(
    path for path in SOURCE.glob("*.py") if not path.name.startswith("__")
)


def test_every_place_is_on_the_road():
    assert {place for line in ROAD for place in line} == PLACES


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_imports_run_along_the_road(path):
    order = {place: number for number, line in enumerate(ROAD) for place in line}
    own = path.relative_to(SOURCE).parts[0].removesuffix(".py")
    for line, place, name in list_imports(path):
        where = f"line {line} imports {name or place} of {place}"
        if place != own:
            assert order[place] < order[own], f"{where}, which comes later on the road"
            assert place == "_utils" or not name.startswith("_"), f"{where}, which is private"


@pytest.mark.slow
def test_modules_do_not_import_each_other_in_a_circle():
    modules = {name_module(path): path for path in FILES}
    graph = {}
    for own, path in modules.items():
        imported = {module for _, module, _ in list_imported(path)}
        # A name is imported from its module; a module may be imported as a name of its room.
        imported |= {module.rpartition(".")[0] for module in imported - set(modules)}
        graph[own] = imported & set(modules) - {own}
    graphlib.TopologicalSorter(graph).prepare()


def test_no_private_module_lies_at_the_top():
    assert [path.name for path in SOURCE.glob("_*.py") if not path.name.startswith("__")] == []
