"""The smallest network of every family of timm and torchvision, as in the table of the guide."""

import gc
import importlib.util
from importlib.metadata import version
from pathlib import Path

import pytest
import timm
import torch
import torchvision

DOCS = Path(__file__).parents[2] / "docs"


def load_script():
    path = DOCS / "backbone_families.py"
    spec = importlib.util.spec_from_file_location("backbone_families", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


script = load_script()
ROWS = script.read_table()
of_table_versions = pytest.mark.skipif(
    any(version(name) != expected for name, expected in script.VERSIONS.items()),
    reason=f"the table was made with {script.VERSIONS}",
)


@of_table_versions
def test_every_family_is_in_the_table():
    tried = {(row["library"], row["module"]) for row in ROWS}
    names = torchvision.models.list_models(module=torchvision.models)
    builders = {torchvision.models.get_model_builder(name).__module__ for name in names}
    expected = {("timm", module) for module in timm.list_modules()}
    expected |= {("torchvision", module.rpartition(".")[2]) for module in builders}
    assert tried == expected
    assert len({row["network"] for row in ROWS if row["library"] == "timm"}) == sum(
        row["library"] == "timm" for row in ROWS
    )


def test_no_native_features_differ_and_refusals_have_reasons():
    results = {row["native"].partition(": ")[0] for row in ROWS}
    assert results == {"equal", "refused"}
    assert all(row["native"].partition(": ")[2] for row in ROWS if row["native"] != "equal")


def test_the_guide_counts_the_families():
    guide = " ".join((DOCS / "guide" / "backbone_families.rst").read_text("utf-8").split())
    n_equal = sum(row["native"] == "equal" for row in ROWS)
    assert f"Of {len(ROWS)} networks, the features of {n_equal} with" in guide
    assert f"The other {len(ROWS) - n_equal} are refused" in guide
    for library, expected in script.VERSIONS.items():
        assert f"{library} {expected}" in guide


@pytest.mark.slow
@pytest.mark.zoo
@of_table_versions
@pytest.mark.filterwarnings("ignore::UserWarning:timm", "ignore::FutureWarning:timm")
@pytest.mark.parametrize("row", ROWS, ids=[f"{row['library']}-{row['network']}" for row in ROWS])
def test_a_family(row):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        assert script.try_network(row) == row
    gc.collect()
