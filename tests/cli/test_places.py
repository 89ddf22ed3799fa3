"""What commands say of the files and folders they are given, before they do anything."""

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
    """Go to a folder with pictures, labels, a list of pictures and what might be a model."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "a.png").touch()
    (tmp_path / "labels.csv").write_text("file,sea\na.png,1\n")
    (tmp_path / "list.txt").write_text("pictures/a.png\n")
    (tmp_path / "m.skmlic").write_bytes(b"\x80\x00\xff")
    os.link("m.skmlic", "hard.skmlic")
    os.symlink("labels.csv", "soft.csv")
    return tmp_path


def check(line, quiet=False):
    check_places(make_parser().parse_args(line.split()), Console(quiet))


@pytest.mark.parametrize(
    ("line", "both"),
    [
        ("train pictures labels.csv -o labels.csv", ["-o", "LABELS"]),
        ("train pictures labels.csv -o ./pictures/../labels.csv", ["-o", "LABELS"]),
        ("train pictures labels.csv -o soft.csv", ["-o 'soft.csv'", "LABELS 'labels.csv'"]),
        ("train pictures labels.csv -o m --report labels.csv", ["--report", "LABELS"]),
        ("train pictures labels.csv -o m --report m", ["-o", "--report"]),
        ("train pictures labels.csv -o m --report pictures/../m", ["-o", "--report"]),
        ("evaluate m.skmlic pictures labels.csv --json m.skmlic", ["--json", "MODEL"]),
        ("evaluate m.skmlic pictures labels.csv --report hard.skmlic", ["--report", "MODEL"]),
        ("evaluate m.skmlic pictures labels.csv --json x --report x", ["--json", "--report"]),
        ("predict m.skmlic pictures -o m.skmlic --format csv", ["-o", "MODEL"]),
        ("predict m.skmlic pictures list.txt -o list.txt --format csv", ["-o", "IMAGES"]),
        ("describe pictures labels.csv --json labels.csv", ["--json", "LABELS"]),
    ],
)
def test_outputs_are_neither_inputs_nor_each_other(line, both, here):
    with pytest.raises(ValueError, match=rf"{both[0]}.*{both[1]}.*name "):
        check(line)


def test_what_is_there_is_replaced_and_that_is_said(here, capsys):
    check("train pictures labels.csv -o m.skmlic --report new.html")
    assert capsys.readouterr().err == "Replacing m.skmlic when done\n"
    check("train pictures labels.csv -o m.skmlic", quiet=True)
    check(f"evaluate m.skmlic pictures labels.csv --json {os.devnull} --report {os.devnull}")
    check("predict m.skmlic - -o -")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("train labels.csv pictures -o m", "is a file, not a folder; expected: skmlic train IM"),
        ("describe labels.csv", "is a file, not a folder; expected: skmlic describe IMAGES"),
        ("train nowhere labels.csv -o m", "There is no such folder: 'nowhere'"),
        ("train pictures labelz.csv -o m", "no file labels='labelz.csv'. Did you mean labels='lab"),
        ("predict pictures m.skmlic", "is a folder, not a file; expected: skmlic predict MODEL IM"),
        ("predict labels.csv pictures", "is a text file, not a model.*skmlic predict MODEL IMAG"),
        ("predict nowhere pictures", "There is no model 'nowhere'"),
        ("predict m.skmlic nowhere", "There is no file or folder 'nowhere'"),
        ("predict m.skmlic pictures -o out.xlsx", "ends with .csv"),
        ("predict m.skmlic pictures -o no/out.csv", "There is no folder 'no'"),
        ("evaluate labels.csv pictures m.skmlic", "text file.*skmlic evaluate MODEL IMAGES"),
        ("evaluate m.skmlic pictures labels.csv --json pictures", "is a folder"),
    ],
)
def test_what_is_not_there_or_in_the_wrong_place(line, message, here):
    with pytest.raises((OSError, ValueError), match=message):
        check(line)


def test_nothing_slow_is_imported_before(here):
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


def test_torch_is_not_imported_for_missing_labels(here):
    code = """
import sys
from skmlic.cli import main
code = main(["train", "pictures", "labelz.csv", "-o", "m"])
assert "torch" not in sys.modules
sys.exit(code)
"""
    result = subprocess.run([sys.executable, "-c", code], timeout=120, check=False)
    assert result.returncode == 1


def test_inputs_survive(here, capsys):
    before = (here / "labels.csv").read_text()
    assert main(["train", "pictures", "labels.csv", "-o", "labels.csv"]) == 1
    assert (here / "labels.csv").read_text() == before
    assert "would overwrite LABELS" in capsys.readouterr().err
