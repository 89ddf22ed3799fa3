"""The package as a whole: its version, what importing it does, and what its documents promise."""

import importlib
import re
import runpy
import subprocess
import sys
import tomllib
from importlib import resources
from pathlib import Path

import pytest

import skmlic

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


def test_import_brings_no_optional_package():
    modules = ", ".join(documented_names())
    output = run_python(f"import sys, {modules}\nprint(*sys.modules)")
    loaded = set(output.split())
    assert "skmlic" in loaded
    assert loaded.isdisjoint({"matplotlib", "openvino"})


def test_import_changes_no_global_state():
    modules = ", ".join(documented_names())
    run_python(
        f"""
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
import {modules}
after = state()
changed = [index for index, (old, new) in enumerate(zip(before, after)) if old != new]
assert not changed, changed
"""
    )


def test_readme_has_the_two_commands():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```bash\n(.*?)^```$", readme, re.DOTALL | re.MULTILINE)
    commands = [block.splitlines() for block in blocks if block.startswith("pip install")]
    assert commands == [
        ['pip install ".[fast,plot]" && python examples/plot_quickstart.py'],
        ['pip install ".[test]" && pytest'],
    ]
