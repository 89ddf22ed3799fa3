"""The package as a whole: its version, what importing it does, and what its documents promise."""

import importlib
import inspect
import re
import runpy
import subprocess
import sys
import tomllib
import typing
from importlib import resources
from pathlib import Path

import pytest

import skmlic
from skmlic._utils._compat import StrOptions

ROOT = Path(__file__).parents[1]


def documented_names():
    """Return ``{module: [name, ...]}`` of the API reference."""
    documented = {}
    for section in runpy.run_path(str(ROOT / "docs" / "api_reference.py"))["API_REFERENCE"]:
        documented.setdefault(section["module"], []).extend(section["names"])
    return documented


def run_python(code):
    """Run ``code`` in a fresh interpreter and return its standard output."""
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_version_is_that_of_pyproject():
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert skmlic.__version__ == pyproject["project"]["version"]


def read_pins(text):
    """Return ``{package: version}`` of the lines of requirements."""
    return dict(re.findall(r"^ *([\w.-]+)==([^\s;\\]+)", text, re.MULTILINE))


def test_lower_bounds_are_those_of_the_environment_min():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    bounds = dict(requirement.split(">=") for requirement in project["dependencies"])
    tested = read_pins((ROOT / "tox.ini").read_text(encoding="utf-8"))
    for name, bound in bounds.items():
        assert re.fullmatch(rf"{re.escape(bound)}(\.0)*", tested[name]), name


def test_classifiers_are_the_versions_of_python_that_tox_runs():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    stated = {name.rpartition("3.")[2] for name in project["classifiers"] if ":: 3." in name}
    tested = re.search(r"^env_list = (.*)", (ROOT / "tox.ini").read_text("utf-8"), re.MULTILINE)[1]
    assert stated == set(re.findall(r"py3(\d+)", tested))


def test_ruff_has_one_version():
    pinned = read_pins((ROOT / "requirements" / "lint.txt").read_text(encoding="utf-8"))["ruff"]
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    assert re.search(r"ruff-pre-commit\n +rev: v(\S+)", hooks)[1] == pinned


@pytest.mark.parametrize("path", sorted(ROOT.glob("requirements/*.txt")), ids=lambda p: p.stem)
def test_pinned_tools_have_hashes(path):
    text = path.read_text(encoding="utf-8")
    with_hash = re.findall(r"^\S+==.*\\\n +--hash=sha256:\w{64}", text, re.MULTILINE)
    assert len(with_hash) == len(re.findall("==", re.sub("#.*|;.*", "", text)))
    wanted = path.with_suffix(".in").read_text(encoding="utf-8").splitlines()
    assert {line.partition("==")[0] for line in wanted if line[0] != "#"} <= set(read_pins(text))


def test_actions_of_workflows_are_pinned():
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        used = re.findall(r"uses: (\S+)", path.read_text(encoding="utf-8"))
        assert used
        assert all(re.search(r"@[0-9a-f]{40}$|^\./", action) for action in used), path


def test_type_information_is_shipped():
    assert resources.files("skmlic").joinpath("py.typed").is_file()


@pytest.mark.parametrize("module", sorted(documented_names()))
def test_public_names_exist_and_are_documented(module):
    namespace = importlib.import_module(module)
    documented = set(documented_names()[module])
    public = set(getattr(namespace, "__all__", documented))
    assert {name for name in documented | public if not hasattr(namespace, name)} == set()
    submodules = {name for name in public if f"{module}.{name}" in documented_names()}
    assert public - submodules - {"__version__"} == documented
    assert len(documented) == len(documented_names()[module]), "a name is listed twice"


def list_public_callables():
    """Return ``{name: function}`` of the documented functions, and of classes' own methods."""
    functions = {}
    for module, names in documented_names().items():
        for name in names:
            public = getattr(importlib.import_module(module), name)
            if inspect.isclass(public):
                functions |= {f"{name}.{method}": f for method, f in list_methods(public)}
            elif callable(public):
                functions[name] = inspect.unwrap(public)
    return functions


def list_methods(cls):
    for base in cls.__mro__:
        for name, attribute in vars(base).items():
            function = getattr(attribute, "fget", getattr(attribute, "__func__", attribute))
            function = inspect.unwrap(function) if callable(function) else function
            is_ours = inspect.isfunction(function) and base.__module__.startswith("skmlic.")
            if is_ours and (name in ("__init__", "__call__") or not name.startswith("_")):
                yield name, function


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(list_public_callables()))
def test_public_signatures_have_hints(name):
    signature = inspect.signature(list_public_callables()[name])
    hints = {parameter.name: parameter.annotation for parameter in signature.parameters.values()}
    hints["return"] = signature.return_annotation
    without = {of for of, hint in hints.items() if hint is signature.empty}
    assert without - {"self", "cls"} == set()


def test_types_of_every_name_are_checked():
    source = (ROOT / "tests" / "typed_usage.py").read_text(encoding="utf-8")
    _, uses = source.split("def classify", 1)
    names = {name for names in documented_names().values() for name in names}
    assert names - set(re.findall(r"\w+", uses)) == set()


ESTIMATORS = [
    getattr(importlib.import_module(module), name)
    for module, names in documented_names().items()
    for name in names
    if hasattr(getattr(importlib.import_module(module), name), "_parameter_constraints")
]


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda estimator: estimator.__name__)
def test_hints_name_the_strings_that_parameters_take(estimator):
    hints = typing.get_type_hints(estimator.__init__)
    for parameter, constraints in estimator._parameter_constraints.items():
        options = [of.options for of in constraints if isinstance(of, StrOptions)]
        if options and str not in constraints:
            parts = [hints[parameter], *typing.get_args(hints[parameter])]
            literals = [typing.get_args(p) for p in parts if typing.get_origin(p) is typing.Literal]
            named = {value for values in literals for value in values if isinstance(value, str)}
            assert named == set().union(*options), parameter


@pytest.mark.slow
def test_imports():
    """Names are imported on first use, without optional packages and changes of global state."""
    modules = ", ".join(documented_names())
    output = run_python(
        f"""
import sys, skmlic
assert "torch" not in sys.modules
assert set(skmlic.__all__) <= set(dir(skmlic))
assert set(skmlic._HOMES) == set(skmlic.__all__)
try:
    skmlic.nothing
except AttributeError as error:
    assert str(error) == "module 'skmlic' has no attribute 'nothing'"
else:
    raise AssertionError

import logging, pickle, random, warnings
import numpy, torch, torchvision, timm, sklearn, skorch

def state():
    return [
        pickle.dumps(random.getstate()),
        pickle.dumps(numpy.random.get_state()),
        torch.get_rng_state().tolist(),
        torch.get_num_threads(),
        torch.get_num_interop_threads(),
        torch.get_default_dtype(),
        torch.is_grad_enabled(),
        torch.are_deterministic_algorithms_enabled(),
        torch.get_float32_matmul_precision(),
        sklearn.get_config(),
        list(warnings.filters),
        logging.getLogger().handlers,
    ]

before = state()
for name in skmlic.__all__:
    assert getattr(skmlic, name).__module__.startswith(skmlic._HOMES[name]), name
assert skmlic.metrics.f1_score
import {modules}
after = state()
changed = [index for index, (old, new) in enumerate(zip(before, after)) if old != new]
assert not changed, changed
print(*sys.modules)
"""
    )
    loaded = set(output.split())
    assert "skmlic" in loaded
    assert loaded.isdisjoint({"matplotlib", "openvino"})


def test_readme_has_the_two_commands():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```bash\n(.*?)^```$", readme, re.DOTALL | re.MULTILINE)
    commands = [block.splitlines() for block in blocks if block.startswith("pip install")]
    assert commands == [
        ['pip install ".[fast,plot]" && python examples/plot_quickstart.py'],
        ['pip install ".[test]" && pytest -n 2 --dist worksteal'],
    ]
