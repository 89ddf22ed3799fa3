"""``skmlic demo``: all commands on generated images."""

import re

import pytest

from skmlic.cli import _demo, main


@pytest.mark.slow
def test_all_commands_are_run(tmp_path, monkeypatch, capsys, fail):
    monkeypatch.setattr(_demo, "_N_TRAINING", 150)
    monkeypatch.setattr(_demo, "_N_NEW", 20)
    describe, train, *others = _demo._COMMANDS
    commands = [describe, f"{train} --backbone tiny_cnn --max-epochs 2", *others]
    monkeypatch.setattr(_demo, "_COMMANDS", commands)
    folder = tmp_path / "demo"
    assert main(["demo", str(folder)]) == 0
    text = capsys.readouterr().out
    assert re.findall(r"^\$ skmlic (.*)", text, re.MULTILINE) == commands
    assert {"model.skmlic", "predictions.tsv"} <= {path.name for path in folder.iterdir()}
    assert "is not empty" in fail("demo", folder)
