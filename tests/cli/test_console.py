"""Output of the command line."""

import io
import re
import sys

import pytest

from skmlic.cli._console import Console


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    encoding = "utf-8"

    def isatty(self):
        return True


def test_table(capsys):
    rows = [["sea", 0.5, 1234], (), ["[red]", float("nan"), None]]
    Console().table(["label", "value", "count"], rows, "Title")
    lines = capsys.readouterr().out.splitlines()
    assert [line.rstrip() for line in lines] == [
        "Title",
        "label   value   count",
        "─────────────────────",
        "sea     0.500   1,234",
        "",
        "[red]",
        "",
    ]


def test_pipes_have_unlimited_width(capsys, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    name = "x" * 300
    console = Console()
    console.table(["label"], [[name]])
    console.write(name)
    console.error(name)
    captured = capsys.readouterr()
    assert captured.out.count(name) == 2
    assert captured.err == f"skmlic: error: {name}\n"


def test_long_names_are_wrapped_in_a_terminal(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    Console().table(["label", "value"], [["x" * 60, 0.25]])
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 40
    assert "".join(lines).count("x") == 60


def test_quiet(capsys):
    console = Console(quiet=True)
    console.note("note")
    console.warn("warning")
    with console.status("status"), console.progress("progress") as advance:
        advance(1)
    console.write("result")
    console.error("error")
    captured = capsys.readouterr()
    assert captured.out == "result\n"
    assert captured.err == "skmlic: error: error\n"


@pytest.mark.parametrize("total", [None, 2])
def test_progress_is_shown_in_a_terminal(total, capsys, monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    console = Console()
    assert console.shows_progress
    with console.progress("Reading", total) as advance:
        advance(2)
    with console.status("Thinking"):
        pass
    written = terminal.getvalue()
    assert ("2/2" if total else "2 images") in written
    assert "Thinking" in written
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("work", ["status", "progress"])
def test_warnings_are_complete_during_progress(work, monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    console = Console()
    with getattr(console, work)("Thinking"):
        console.warn("A label is [rare].")
        console.error("It is\nwrong.")
    # The final content of a line is what follows its last erasure.
    lines = [line.rpartition("\x1b[2K")[2] for line in terminal.getvalue().splitlines()]
    lines = [re.sub(r"\x1b\[[\d;?]*\w", "", line).strip() for line in lines]
    assert "skmlic: warning: A label is [rare]." in lines
    assert "skmlic: error: It is wrong." in lines


def test_progress_is_a_note_outside_a_terminal(capsys):
    console = Console()
    assert not console.shows_progress
    with console.progress("Reading", 2) as advance:
        advance(2)
    with console.status("Thinking"):
        pass
    assert capsys.readouterr().err == "Reading\nThinking\n"
