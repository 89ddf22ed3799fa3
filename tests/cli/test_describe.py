"""``skmlic describe``: the statistics of a data set, and its problems."""

import json

from skmlic.cli import main


def test_text_and_json(data, tmp_path, capsys):
    path = tmp_path / "report.json"
    assert main(["describe", *data.arguments, "--json", str(path)]) == 0
    assert "80 images, 3 labels" in capsys.readouterr().out
    assert main(["describe", *data.arguments, "--json", "-", "-q"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == json.loads(path.read_text())
    assert found["n_images"] == 80


def test_unreadable_images(damaged, capsys):
    assert main(["describe", *damaged]) == 3
    assert "03.png" in capsys.readouterr().out
