"""Bad arguments of the command line: one line on stderr, and no traceback."""

import re

import pytest
from PIL import Image

from skmlic.cli import main
from skmlic.cli._parser import make_parser

# (arguments, exit code, words); {images}, {labels}, {empty} and {text} are files and folders.
ROWS = [
    ([], 2, "COMMAND"),
    (["trian"], 2, "train"),
    (["--colour"], 2, "COMMAND"),
    (["train", "{images}", "{labels}"], 2, "-o/--output"),
    (["train"], 2, "IMAGES"),
    (["train", "{empty}/none", "{labels}", "-o", "{empty}/m.skmlic"], 1, "none"),
    (["train", "{images}", "{empty}/none.csv", "-o", "{empty}/m.skmlic"], 1, "none.csv"),
    (["train", "{images}", "{text}", "-o", "{empty}/m.skmlic"], 1, "one column 'no model'"),
    (["train", "{images}", "{labels}", "-o", "{empty}/none/m.skmlic"], 1, "none"),
    (["train", "{images}", "{labels}", "-o", "{empty}"], 1, "folder"),
    (["train", "{images}", "{labels}", "-o", "{empty}/m", "--test-size", "2"], 2, "--test-size"),
    (["train", "{images}", "{labels}", "-o", "{empty}/m", "--test-size", "nan"], 2, "nan"),
    (["train", "{images}", "{labels}", "-o", "{empty}/m", "--cv", "1"], 2, "--cv"),
    (["train", "{images}", "{labels}", "-o", "{empty}/m", "--cv", "1.5"], 2, "1.5"),
    (["train", "{images}", "{labels}", "-o", "{empty}/m", "--seed", "x"], 2, "--seed"),
    (["train", "{images}", "{labels}", "-o", "{empty}/m", "--read", "missing"], 2, "NAME=VALUE"),
    (["train", "{images}", "{labels}", "-o", "{empty}/m", "--read", "mising=drop"], 1, "missing"),
    (["train", "{images}", "{labels}", "-o", "{empty}/m", "--recipe", "fsat"], 1, "fast"),
    (["train", "{images}", "{labels}", "-o", "{empty}/m", "--thresholds", "f9"], 1, "f9"),
    (["train", "{images}", "{labels}", "-o", "{empty}/m", "--max-epochs", "0"], 1, "'max_epochs'"),
    (["train", "{images}", "{labels}", "-o", "{empty}/m", "--max-epoch", "3"], 2, "--max-epochs"),
    (["train", "{images}", "{labels}", "-o", "{empty}/m", "--loss", "focall"], 1, "focal"),
    (["train", "{images}", "{labels}", "-o", "{empty}/m", "--backbone", "tiny"], 1, "tiny_cnn"),
    (["evaluate", "{empty}/none.skmlic", "{images}", "{labels}"], 1, "none.skmlic"),
    (["evaluate", "{text}", "{images}", "{labels}"], 1, "text.txt"),
    (["evaluate", "{text}"], 2, "IMAGES"),
    (["evaluate", "{text}", "{images}", "{labels}", "--common"], 2, "--common-labels"),
    (["predict", "{empty}/none.skmlic", "{images}"], 1, "none.skmlic"),
    (["predict", "{text}", "{images}"], 1, "text.txt"),
    (["predict", "{text}", "{images}", "--top-k", "0"], 2, "--top-k"),
    (["predict", "{text}", "{images}", "--top-k", "1e9"], 2, "1e9"),
    (["predict", "{text}", "{images}", "--threshold", "50"], 2, "--threshold"),
    (["predict", "{text}", "{images}", "--tags", "one"], 2, "--tags"),
    (["predict", "{text}", "{images}", "--format", "xls"], 2, "--format"),
    (["predict", "{text}", "{images}", "--x\x1b[2J"], 2, r"\x1b[2J"),
    (["export", "{text}"], 2, "-o/--output"),
    (["export", "{text}", "-o", "{empty}/m.onnx"], 1, "text.txt"),
    (["export", "{empty}/none.skmlic", "-o", "{empty}/m.onnx"], 1, "none.skmlic"),
    (["export", "{text}", "-o", "{empty}/m.pdf"], 1, "is a text file"),
    (["describe"], 2, "IMAGES"),
    (["describe", "{empty}/none"], 1, "none"),
    (["describe", "{images}", "{text}"], 1, "one column 'no model'"),
    (["describe", "{images}", "{labels}", "--cv", "1", "--model", "{text}"], 2, "--cv"),
    (["describe", "{images}", "{labels}", "--cv", "3"], 1, "--model"),
    (["describe", "{images}", "{labels}", "--other", "{empty}/none"], 1, "none"),
    (["describe", "{images}", "{labels}", "--value-range", "1"], 2, "--value-range"),
    (["backbones", "resnet99"], 1, "resnet99"),
    (["backbones", "a", "b"], 2, "b"),
    (["demo", "{text}"], 1, "text.txt"),
    (["demo", "{empty}", "{empty}"], 2, "unrecognized arguments"),
]
TABLES = {
    "skmlic.cli.main": [
        ("arguments of numbers", lambda f: f([3]), TypeError, "list of str"),
        ("a number", lambda f: f(3), TypeError, "int"),
    ]
}


def list_choices():
    """Yield the commands and options that take one of a few values."""
    for name, command in make_parser(show_all=True).commands.items():
        for action in command._actions:
            if action.choices and action.option_strings:
                yield name, action.option_strings[-1], tuple(action.choices)


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    folder = tmp_path_factory.mktemp("places")
    (folder / "images").mkdir()
    for name in "ab":
        Image.new("RGB", (8, 8)).save(folder / "images" / f"{name}.png")
    (folder / "empty").mkdir()
    (folder / "labels.csv").write_text("file,sea,sky\na.png,1,0\nb.png,0,1\n")
    (folder / "text.txt").write_text("no model")
    names = {"images": "images", "labels": "labels.csv", "text": "text.txt", "empty": "empty"}
    return {name: str(folder / place) for name, place in names.items()}


def run(arguments, capsys):
    """Return the exit code of a command, and what it writes to stderr."""
    try:
        code = main(arguments)
    except SystemExit as end:
        code = end.code
    captured = capsys.readouterr()
    assert captured.out == ""
    return code, captured.err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    ROWS,
    ids=[" ".join(row[0]).encode("unicode_escape").decode() for row in ROWS],
)
def test_command_rejects(arguments, code, words, places, capsys):
    got, error = run([argument.format(**places) for argument in arguments], capsys)
    assert got == code, error
    assert words in error
    assert re.search("^skmlic: error: ", error, re.MULTILINE)
    assert error.replace("\n", "").isprintable()
    assert "Traceback" not in error


@pytest.mark.parametrize(
    ("command", "option", "choices"),
    [*list_choices()],
    ids=[f"{c}{o}" for c, o, _ in list_choices()],
)
def test_options_name_their_choices(command, option, choices, capsys):
    code, error = run([command, "a", "b", "-o", "c", option, "nonsense"], capsys)
    assert code == 2
    assert option in error
    assert all(str(choice) in error for choice in choices)


def test_rejects(row, reject):
    reject(*row)
