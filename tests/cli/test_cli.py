"""The program: what all commands have in common."""

import logging
import signal
import subprocess
import sys
import warnings
from types import SimpleNamespace

import pytest

import skmlic
from skmlic.cli import main


def run_python(code, *arguments):
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def command(monkeypatch):
    """Return a function that replaces what ``skmlic demo`` does."""
    module = SimpleNamespace()
    monkeypatch.setitem(sys.modules, "skmlic.cli._demo", module)
    return lambda run: setattr(module, "run", run)


def test_module_and_version():
    result = subprocess.run(
        [sys.executable, "-m", "skmlic", "--version"],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert result.stdout == f"skmlic {skmlic.__version__}\n"


@pytest.mark.parametrize("command", [[], ["train", "--help-all"]], ids=" ".join)
def test_help_imports_nothing_slow(command):
    code = """
import sys
from skmlic.cli import main
try:
    main(sys.argv[1:])
finally:
    slow = {"torch", "sklearn", "pandas", "numpy", "rich"} & set(sys.modules)
    print(*slow, file=sys.stderr)
"""
    result = run_python(code, *(command or ["--help"]))
    assert result.returncode == 0
    assert result.stdout.startswith("usage: skmlic")
    assert result.stderr == "\n"


def test_errors_take_one_line_unless_debugged(command, fail, capsys):
    def run(args, console):
        error = ValueError("It is\nwrong.")
        error.add_note("Do this.")
        raise error

    command(run)
    assert fail("demo") == "skmlic: error: It is wrong. Do this."
    assert main(["demo", "--debug"]) == 1
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (FileNotFoundError(2, "No such file", "a.csv"), "a.csv: No such file"),
        (KeyError("sea"), "KeyError 'sea'"),
        (MemoryError(), "MemoryError"),
    ],
    ids=["OSError", "KeyError", "MemoryError"],
)
def test_errors_without_a_message(error, expected, command, fail):
    def run(args, console):
        raise error

    command(run)
    assert fail("demo") == f"skmlic: error: {expected}"


def test_interruption(command, capsys):
    command(lambda args, console: signal.raise_signal(signal.SIGINT))
    assert main(["demo"]) == 130
    assert capsys.readouterr().err == "skmlic: error: interrupted\n"


def test_termination(command):
    before = signal.getsignal(signal.SIGTERM)
    command(lambda args, console: signal.raise_signal(signal.SIGTERM))
    with pytest.raises(SystemExit) as exit_:
        main(["demo"])
    assert exit_.value.code == 143
    assert signal.getsignal(signal.SIGTERM) == before


@pytest.mark.filterwarnings("default")
def test_warnings_take_one_line(command, capsys):
    def run(args, console):
        for _ in range(2):
            warnings.warn("A label\nis [red]rare[/red].", stacklevel=1)
        logging.getLogger("skmlic").warning("%s cannot run it", "OpenVINO")

    command(run)
    shown = warnings.showwarning
    assert main(["demo"]) == 0
    assert capsys.readouterr().err.splitlines() == [
        "skmlic: warning: A label is [red]rare[/red].",
        "skmlic: warning: OpenVINO cannot run it",
    ]
    assert main(["demo", "--quiet"]) == 0
    assert capsys.readouterr().err == ""
    assert warnings.showwarning is shown
    assert not logging.getLogger("skmlic").handlers


def test_reader_of_a_pipe_closes_it():
    code = """
import sys
from types import SimpleNamespace
from skmlic.cli import main

def run(args, console):
    while True:
        console.write("line")

sys.modules["skmlic.cli._demo"] = SimpleNamespace(run=run)
sys.exit(main(["demo"]))
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout.readline() == b"line\n"
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1
