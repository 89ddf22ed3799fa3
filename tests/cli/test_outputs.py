"""Files that commands write, which are complete or not there."""

import json
import os
import stat

import numpy as np
import pytest

from skmlic.cli._outputs import open_output, write_json


def test_file_has_the_permissions_of_any_other(tmp_path):
    with open_output(str(tmp_path / "out.csv")) as file:
        file.write("all of it")
    (tmp_path / "other").touch()
    modes = [stat.S_IMODE(os.stat(tmp_path / name).st_mode) for name in ("out.csv", "other")]
    assert modes[0] == modes[1]
    assert (tmp_path / "out.csv").read_text() == "all of it"


def test_device_is_not_replaced():
    with open_output(os.devnull) as file:
        file.write("nothing")
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


def write_half(file, error):
    with open_output(str(file)) as part:
        part.write("half")
        part.flush()
        raise error


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, ValueError])
def test_incomplete_files_are_deleted(error, tmp_path):
    file = tmp_path / "out.csv"
    with pytest.raises(error):
        write_half(file, error)
    assert not list(tmp_path.iterdir())
    file.write_text("before")
    with pytest.raises(error):
        write_half(file, error)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["before"]


def test_json_has_null_for_nan(tmp_path):
    content = {"a": np.float64("nan"), "b": [np.int64(1), (0.5, None)], 3: "é"}
    write_json(str(tmp_path / "out.json"), content)
    text = (tmp_path / "out.json").read_text(encoding="utf-8")
    assert json.loads(text) == {"a": None, "b": [1, [0.5, None]], "3": "é"}
    assert "é" in text
