"""The parser: wrong usage, the help, and the commands of the guide."""

import re
import shlex
from pathlib import Path

import pytest

from skmlic.cli import main
from skmlic.cli._model_options import MODEL_OPTIONS
from skmlic.cli._parser import make_parser


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("", "the following arguments are required: COMMAND"),
        ("trian", "invalid choice: 'trian'"),
        ("train images", "the following arguments are required: -o/--output"),
        ("train images -o m --droput 0.1", "unrecognized arguments: --droput"),
        ("train images -o m --test-size 2", "from 0 to below 1"),
        ("train images -o m --cv 1", "'1': expected an integer of at least 2"),
        ("train images -o m --read missing", "expected NAME=VALUE"),
        ("train images -o m --dropout much", "'much'; expected N"),
        ("predict m images --top-k 0", "'0': expected an integer of at least 1"),
        ("predict m images --top-k a", "'a': expected an integer of at least 1"),
    ],
)
def test_wrong_usage(arguments, expected, capsys):
    with pytest.raises(SystemExit) as exit_:
        main(arguments.split())
    assert exit_.value.code == 2
    message, hint = capsys.readouterr().err.splitlines()
    assert message.startswith("skmlic: error: ")
    assert expected in message
    assert hint.endswith("--help'.")


@pytest.mark.parametrize(
    ("arguments", "meant", "place"),
    [
        ("trian", "Did you mean train?", "skmlic"),
        ("train a b -o m --droput 0.1", "--droput 0.1. Did you mean --dropout?", "skmlic train"),
        ("train a b -o m --treshold=micro", "Did you mean --thresholds?", "skmlic train"),
        ("train a b -o m --gradient-clp=1", "Did you mean --gradient-clip?", "skmlic train"),
        ("predict m a --topk 2", "--topk 2. Did you mean --top-k?", "skmlic predict"),
        ("describe a b c d", "unrecognized arguments: c d.\n", "skmlic describe"),
    ],
)
def test_wrong_usage_suggests_what_was_meant(arguments, meant, place, capsys):
    with pytest.raises(SystemExit):
        main(arguments.split())
    text = capsys.readouterr().err
    assert meant in text
    assert text.endswith(f"\nTry '{place} --help'.\n")


@pytest.mark.parametrize("show_all", [False, True])
def test_help_shows_the_common_options_or_all(show_all, capsys):
    with pytest.raises(SystemExit) as exit_:
        make_parser(show_all).parse_args(["train", "--help"])
    assert exit_.value.code == 0
    shown = set(re.findall(r"^  (--[a-z-]+)", capsys.readouterr().out, re.MULTILINE))
    options = {option.flag: option for option in MODEL_OPTIONS}
    assert options.keys() & shown == {
        flag for flag, option in options.items() if show_all or option.is_common
    }
    # An option that is not shown is accepted all the same.
    given = make_parser(show_all).parse_args(["train", "a", "-o", "b", "--gradient-clip", "1"])
    assert given.training__gradient_clip == 1


def test_commands_of_the_guide_are_right():
    guide = Path(__file__).parents[2] / "docs" / "guide" / "command_line.rst"
    text = re.sub(r"\\\n\s+", "", guide.read_text(encoding="utf-8"))
    commands = re.findall(r"[$|] skmlic (\w.*)$", text, re.MULTILINE)
    assert len(commands) > 15
    for command in commands:
        arguments = shlex.split(command.partition(" | ")[0])
        assert make_parser().parse_args(arguments).command == arguments[0]
