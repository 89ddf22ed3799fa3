"""Names of files and labels that terminals, tables, markup and spreadsheets would obey."""

import csv
import io
import json
import os
import re
import sys

import numpy as np
import pytest
from PIL import Image

from skmlic import load_model
from skmlic._utils._cell_names import escape_name
from skmlic.cli import main
from skmlic.datasets import load_dataset

NAMES = [
    "\x1b[2J\x1b]0;title\x07",
    "line\nfeed",
    "carriage\rreturn",
    "tab\tbed",
    "\x9b31m",
    "\u202egnp.exe",
    "zero\u200bwidth\u2028",
    "[red]markup[blue]",
    "[bracketed]",
    "=HYPERLINK(1)",
    "+1",
    "@SUM(1)",
    "-2+3",
    "semi;=colon",
    "comma,|bar",
    "a \"quote\" of 'one'",
    " blank ",
    "back\\x1b slash\\n",
    "<img src=x onerror=alert(1)>",
    "$x_1$ {0} %s",
    "é 海 🏖",
]
UNDECODABLE = os.fsdecode(b"\xff\xfe")
# Of what is written, only these characters are not printable: ends of lines and of cells.
OWN = "\n\t"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A folder of images, their labels as JSON lines, and a model of the labels."""
    place = tmp_path_factory.mktemp("hostile")
    os.makedirs(place / "images")
    random = np.random.default_rng(0)
    lines, names = [], [*NAMES, UNDECODABLE]
    for copy in (1, 2, 3):
        for number, name in enumerate(names):
            file = f"{name}{copy}.png"
            Image.fromarray(random.integers(0, 255, (8, 8, 3), dtype=np.uint8)).save(
                place / "images" / file
            )
            labels = [NAMES[number % len(NAMES)], NAMES[(number + copy) % len(NAMES)]]
            lines.append(json.dumps({"file": file, "labels": labels}))
    (place / "labels.jsonl").write_text("\n".join(lines))
    os.link(place / "images" / f"{NAMES[0]}1.png", place / "images" / f"{NAMES[0]}copy.png")
    options = ["--backbone", "tiny_cnn", "--thresholds", "none", "--test-size", "0"]
    images, labels, model = (str(place / name) for name in ("images", "labels.jsonl", "m.skmlic"))
    assert main(["train", images, labels, "-o", model, "-q", *options]) == 0
    return place, images, labels, model


@pytest.fixture
def check_output(capsys):
    """A function that runs a command, and returns what it wrote on stdout and stderr."""

    def run(*arguments, codes=(0,)):
        try:
            code = main(list(map(str, arguments)))
        except SystemExit as stop:
            code = stop.code
        written = capsys.readouterr()
        assert code in codes, written.err
        for text in written:
            raw = {one for one in text if not one.isprintable()} - set(OWN)
            assert not raw, ascii(text)
        return written.out, written.err

    return run


def test_labels_are_those_of_the_file(hostile):
    *_, model = hostile
    assert list(load_model(model).label_names_) == sorted(NAMES)


@pytest.mark.parametrize(
    "line",
    [
        "train {images} {labels} -o {out} --backbone tiny_cnn --thresholds none --test-size 0.3",
        "evaluate {model} {images} {labels}",
        "evaluate {model} {images} {labels} --json -",
        "describe {images} {labels}",
        "describe {images} {labels} --json -",
        "describe {images} {labels} --model {model}",
        "predict {model} {images} --format csv",
        "predict {model} {images} --format tsv",
        "predict {model} {images} --format jsonl",
        "predict {model} {images} --format label-studio",
        "predict {model} {images} --format fiftyone",
    ],
)
def test_no_command_writes_what_a_terminal_obeys(line, hostile, check_output, tmp_path):
    _, images, labels, model = hostile
    places = {"images": images, "labels": labels, "model": model, "out": tmp_path / "out"}
    out, _ = check_output(*(word.format(**places) for word in line.split()))
    assert re.search(r"\\x1b|\\u001b|%1B", out)


ERRORS = {
    "no model": ["predict", "{name}.skmlic", "x.png"],
    "no images": ["train", "{name}", "labels.csv", "-o", "m"],
    "no labels": ["train", "{images}", "{name}.csv", "-o", "m"],
    "no folder": ["train", "{images}", "{labels}", "-o", "{name}/m"],
    "no image": ["predict", "{model}", "{name}.png"],
    "damaged": ["predict", "{model}", "{damaged}", "--on-error", "raise"],
    "blank": ["predict", "{model}", "{damaged}"],
    "traceback": ["predict", "{model}", "{damaged}", "--on-error", "raise", "--debug"],
    "reader": ["describe", "{images}", "{labels}", "--read", "{name}=1"],
    "column": ["describe", "{images}", "{labels}", "--read", "label_column={name}"],
    "option": ["describe", "{images}", "--{name}"],
    "command": ["{name}"],
    "network": ["backbones", "{name}"],
    "recipe": ["train", "{images}", "{labels}", "-o", "m", "--recipe", "{name}"],
    "ending": ["predict", "{model}", "{images}", "-o", "x.{name}"],
    "export": ["export", "{model}", "-o", "x.{name}"],
    "demo": ["demo", "{damaged}"],
}


@pytest.mark.parametrize("arguments", ERRORS.values(), ids=ERRORS)
@pytest.mark.parametrize("name", [NAMES[0] + "[red]\u202e\r\n\t[x]", UNDECODABLE], ids=ascii)
def test_no_error_writes_what_a_terminal_obeys(name, arguments, hostile, check_output, tmp_path):
    _, images, labels, model = hostile
    damaged = tmp_path / name
    damaged.mkdir()
    (damaged / f"{name}.png").write_bytes(b"no image")
    places = {"images": images, "labels": labels, "model": model, "damaged": damaged}
    words = [word.format(name=name, **places) for word in arguments]
    _, err = check_output(*words, codes=(1, 2, 3))
    assert "\\x1b" in err or "\\udcff" in err


@pytest.mark.parametrize("form", ["csv", "tsv", "jsonl", "fiftyone"])
def test_names_are_read_back(form, hostile, tmp_path, capsys):
    _, images, _, model = hostile
    file = tmp_path / f"out.{form if form != 'fiftyone' else 'json'}"
    assert main(["predict", model, images, "-q", "-o", str(file), "--format", form]) == 0
    table = {"label_column": "labels", "label_sep": ";"}
    options = {"csv": table, "tsv": table, "jsonl": {"label_column": "labels"}}.get(form, {})
    estimator = load_model(model)
    data = load_dataset(images, file, label_names=list(estimator.label_names_), **options)
    assert {os.path.basename(path) for path in data.paths} == set(os.listdir(images))
    np.testing.assert_array_equal(data.Y, estimator.predict(data.paths))


@pytest.mark.parametrize("form", ["csv", "tsv"])
def test_tables_have_a_line_per_image_and_no_formulas(form, hostile, check_output):
    _, images, _, model = hostile
    out, _ = check_output("predict", model, images, "--format", form, "--top-k", 3)
    rows = list(csv.reader(io.StringIO(out), delimiter=",\t"[form == "tsv"]))
    assert len(rows) == len(out.splitlines()) == 1 + len(os.listdir(images))
    cells = [cell for row in rows for cell in [row[0], *row[1].split(";"), *rows[0][2:]]]
    assert not [cell for cell in cells if re.match(r"[=+\-@\s]", cell)]
    assert all(0 <= float(cell) <= 1 for row in rows[1:] for cell in row[2:])
    assert rows[0][2:] == [escape_name(name, ";") for name in sorted(NAMES)]


def test_paths_of_label_studio_are_read_back(hostile, tmp_path):
    _, images, _, model = hostile
    file = tmp_path / "out.json"
    arguments = ["-q", "-o", str(file), "--format", "label-studio", "--threshold", "0"]
    assert main(["predict", model, images, *arguments]) == 0
    data = load_dataset(images, file, results="predictions")
    assert {os.path.basename(path) for path in data.paths} == set(os.listdir(images))
    assert data.label_names == sorted(NAMES)


def test_spinners_take_no_markup(hostile, monkeypatch, tmp_path):
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    place = tmp_path / "[red]"
    place.mkdir()
    model = place / "m.skmlic"
    os.link(hostile[3], model)
    assert main(["predict", str(model), hostile[1], "-o", str(tmp_path / "out.tsv")]) == 0
    assert "[red]" in terminal.getvalue()


@pytest.mark.slow
def test_reports_show_names_as_text(hostile, tmp_path):
    from html.parser import HTMLParser

    _, images, labels, model = hostile
    found = []

    class Parser(HTMLParser):
        def handle_starttag(self, tag, attributes):
            found.append((tag, dict(attributes)))

    for command in (["evaluate", model, images, labels], ["describe", images, labels]):
        page = tmp_path / "page.html"
        assert main([*command, "-q", "--report", str(page)]) == 0
        text = page.read_text("utf-8")
        found.clear()
        Parser().feed(text)
        assert not [one for tag, one in found if any(name.startswith("on") for name in one)]
        assert [tag for tag, _ in found].count("script") == 1
        links = [one.get("href") or one.get("src") or "#" for _, one in found]
        assert all(link.startswith(("#", "data:image/", "data:,")) for link in links)
        assert not [one for one in text if not one.isprintable() and one not in "\n"]
        assert "&lt;img src=x" in text
