"""Checks of the files and folders that a command names."""

import os
import subprocess
import sys

import pytest

from skmlic.cli import main
from skmlic.cli._console import Console
from skmlic.cli._parser import make_parser
from skmlic.cli._places import check_places


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Change to a folder with images, labels, a list of images and what might be a model."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "a.png").touch()
    (tmp_path / "labels.csv").write_text("file,sea\na.png,1\n")
    (tmp_path / "list.txt").write_text("images/a.png\n")
    (tmp_path / "m.skmlic").write_bytes(b"\x80\x00\xff")
    os.link("m.skmlic", "hard.skmlic")
    os.symlink("labels.csv", "soft.csv")
    return tmp_path


def check(line, quiet=False):
    check_places(make_parser().parse_args(line.split()), Console(quiet))


@pytest.mark.parametrize(
    ("line", "both"),
    [
        ("train images labels.csv -o labels.csv", ["-o", "LABELS"]),
        ("train images labels.csv -o ./images/../labels.csv", ["-o", "LABELS"]),
        ("train images labels.csv -o soft.csv", ["-o 'soft.csv'", "LABELS 'labels.csv'"]),
        ("train images labels.csv -o m --report labels.csv", ["--report", "LABELS"]),
        ("train images labels.csv -o m --report m", ["-o", "--report"]),
        ("train images labels.csv -o m --report images/../m", ["-o", "--report"]),
        ("evaluate m.skmlic images labels.csv --json m.skmlic", ["--json", "MODEL"]),
        ("evaluate m.skmlic images labels.csv --report hard.skmlic", ["--report", "MODEL"]),
        ("evaluate m.skmlic images labels.csv --json x --report x", ["--json", "--report"]),
        ("predict m.skmlic images -o m.skmlic --format csv", ["-o", "MODEL"]),
        ("predict m.skmlic images list.txt -o list.txt --format csv", ["-o", "IMAGES"]),
        ("describe images labels.csv --json labels.csv", ["--json", "LABELS"]),
    ],
)
def test_outputs_are_neither_inputs_nor_each_other(line, both, here):
    with pytest.raises(ValueError, match=rf"{both[0]}.*{both[1]}.*pass "):
        check(line)


def test_note_about_files_that_are_replaced(here, capsys):
    check("train images labels.csv -o m.skmlic --report new.html")
    assert capsys.readouterr().err == "Replacing m.skmlic when done\n"
    check("train images labels.csv -o m.skmlic", quiet=True)
    check(f"evaluate m.skmlic images labels.csv --json {os.devnull} --report {os.devnull}")
    check("predict m.skmlic - -o -")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("train labels.csv images -o m", "is a file, not a folder; expected: skmlic train IM"),
        ("describe labels.csv", "is a file, not a folder; expected: skmlic describe IMAGES"),
        ("train nowhere labels.csv -o m", "There is no such folder: 'nowhere'"),
        ("train images labelz.csv -o m", "no file labels='labelz.csv'. Did you mean labels='lab"),
        ("predict images m.skmlic", "is a folder, not a file; expected: skmlic predict MODEL IM"),
        ("predict labels.csv images", "is a text file, not a model.*skmlic predict MODEL IMAG"),
        ("predict nowhere images", "There is no model 'nowhere'"),
        ("predict m.skmlic nowhere", "There is no file or folder 'nowhere'"),
        ("predict m.skmlic images -o out.xlsx", "ends with .csv"),
        ("predict m.skmlic images -o no/out.csv", "There is no folder 'no'"),
        ("evaluate labels.csv images m.skmlic", "text file.*skmlic evaluate MODEL IMAGES"),
        ("evaluate m.skmlic images labels.csv --json images", "is a folder"),
    ],
)
def test_inputs_and_outputs_in_the_wrong_place(line, message, here):
    with pytest.raises((OSError, ValueError), match=message):
        check(line)


def test_missing_folder_is_found_before_slow_imports(here):
    code = """
import sys
from skmlic.cli import main
code = main(["train", "nowhere", "labels.csv", "-o", "m"])
assert not {"torch", "sklearn", "pandas", "numpy"} & set(sys.modules)
sys.exit(code)
"""
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert result.returncode == 1
    assert result.stderr == "skmlic: error: There is no such folder: 'nowhere'.\n"


@pytest.mark.slow
def test_missing_labels_are_found_without_torch(here):
    code = """
import sys
from skmlic.cli import main
code = main(["train", "images", "labelz.csv", "-o", "m"])
assert "torch" not in sys.modules
sys.exit(code)
"""
    result = subprocess.run([sys.executable, "-c", code], timeout=120, check=False)
    assert result.returncode == 1


def test_inputs_are_not_overwritten(here, capsys):
    before = (here / "labels.csv").read_text()
    assert main(["train", "images", "labels.csv", "-o", "labels.csv"]) == 1
    assert (here / "labels.csv").read_text() == before
    assert "would overwrite LABELS" in capsys.readouterr().err
