"""The facts for bug reports."""

import subprocess
import sys
from importlib import metadata

import joblib
import pytest
import torch

import skmlic
from skmlic.embedding import _environment


def show(capsys):
    """Return what is printed, as ``{title: {name: value}}``."""
    skmlic.show_versions()
    sections = {}
    for section in capsys.readouterr().out.strip().split("\n\n"):
        title, *lines = section.splitlines()
        facts = (line.strip().partition(": ") for line in lines)
        sections[title.rstrip(":")] = {name: value for name, _, value in facts}
    return sections


def test_facts_are_those_of_this_process(capsys):
    clf = skmlic.ImageEmbedder("tiny_cnn").fit([])
    with skmlic.config_context(feature_cache_bytes=12345):
        sections = show(capsys)
    computation = sections["Computation"]
    assert computation["device"] == str(clf.device_)
    assert computation["engine"].split()[0] == clf.engine_
    assert computation["precision"] == clf.precision_
    assert computation["torch threads"] == str(torch.get_num_threads())
    assert computation["cores"].endswith(f" {joblib.cpu_count()}")
    assert sections["Feature store"]["feature_cache_bytes"] == "12345"
    assert sections["Feature store"]["hits"] == "0"
    assert sections["Thread pools"]


def test_packages_are_the_required_ones_and_optional_ones_that_are_installed(capsys, monkeypatch):
    requirements = ["Needed>=1", "gone", 'numpy ; extra == "a"', 'absent>=2 ; extra == "b"']
    monkeypatch.setattr(metadata, "requires", lambda name: requirements)
    installed = {"Needed": "1.5", "numpy": "2.0"}

    def version(name):
        if name not in installed:
            raise metadata.PackageNotFoundError(name)
        return installed[name]

    monkeypatch.setattr(metadata, "version", version)
    assert show(capsys)["Packages"] == {
        "skmlic": skmlic.__version__,
        "Needed": "1.5",
        "gone": "not installed",
        "numpy": "2.0",
    }


def test_a_source_that_is_not_installed(capsys, monkeypatch):
    def requires(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", requires)
    assert show(capsys)["Packages"] == {"skmlic": f"{skmlic.__version__} (not installed)"}


def test_without_openvino_the_engine_is_torch(capsys, monkeypatch):
    monkeypatch.setattr(_environment, "resolve_setup", lambda *_: ("cpu", "torch", "fp32"))
    assert show(capsys)["Computation"]["engine"] == f"torch {metadata.version('torch')}"


@pytest.mark.slow
def test_nothing_optional_is_imported():
    code = (
        "import sys, skmlic; skmlic.show_versions();"
        "assert {'matplotlib', 'openvino', 'onnx', 'dask'}"
        ".isdisjoint(sys.modules) or sys.exit(str(sorted(sys.modules)))"
    )
    command = [sys.executable, "-W", "error", "-c", code]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("\nSystem:\n")
