"""The grammar of the command line."""

import argparse
import re

from skmlic import __version__
from skmlic.cli._hints import did_you_mean
from skmlic.cli._options import add_parameters
from skmlic.cli._places import FORMATS

_DESCRIPTION = "Multi-label image classification by transfer learning."
_EPILOG = """\
exit codes:
  0  done
  1  error
  2  wrong usage
  3  done, but some pictures could not be read
  130, 143  interrupted, terminated; no file is left half-written

'skmlic COMMAND --help' has more. 'skmlic demo' shows the commands at work.
"""
_IMAGES = "the folder of pictures"
_LABELS = (
    "a table (.csv, .tsv), JSON lines, COCO's .json or a folder of lists; none if IMAGES is PASCAL "
    "VOC's folder"
)


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Help with room for longer options."""

    def __init__(self, prog, **options):
        super().__init__(prog, **{"max_help_position": 28, **options})


class _Parser(argparse.ArgumentParser):
    """A parser whose errors take two lines, and name what was probably meant."""

    def __init__(self, **options):
        super().__init__(
            allow_abbrev=False,
            formatter_class=_Formatter,
            **options,
        )

        self.commands = {}

    def parse_args(self, args=None, namespace=None):
        """Parse all arguments; what a command does not know is its own error."""
        parsed, unknown = self.parse_known_args(args, namespace)
        if unknown:
            command = self.commands.get(getattr(parsed, "command", None), self)
            hint = did_you_mean(unknown[0].partition("=")[0], command._option_string_actions)
            command.error(f"unrecognized arguments: {' '.join(unknown)}.{hint}")
        return parsed

    def error(self, message):
        """Write what is wrong and where to read on, and exit."""
        if wrong := re.match("argument COMMAND: invalid choice: '(.*?)'", message):
            message = f"{message}.{did_you_mean(wrong[1], self.commands)}"
        self.exit(2, f"skmlic: error: {message}\nTry '{self.prog} --help'.\n")


def make_parser(show_all: bool = False) -> argparse.ArgumentParser:
    """Make the parser of all commands.

    Parameters
    ----------
    show_all : bool, default=False
        Whether the help of ``train`` has all of the classifier's parameters.

    Returns
    -------
    parser : ArgumentParser
    """
    # argparse's own list breaks the line after a name as long as "backbones".
    listed = "\n".join(f"  {name:10} {summary}" for name, (_, summary) in _COMMANDS.items())
    parser = _Parser(
        prog="skmlic",
        usage="skmlic COMMAND ...",
        description=f"{_DESCRIPTION}\n\ncommands:\n{listed}",
        epilog=_EPILOG,
    )
    parser.add_argument("--version", action="version", version=f"skmlic {__version__}")
    commands = parser.add_subparsers(
        prog="skmlic", dest="command", metavar="COMMAND", required=True, help=argparse.SUPPRESS
    )
    for name, (add, summary) in _COMMANDS.items():
        description = f"{summary[0].upper()}{summary[1:]}."
        command = commands.add_parser(name, description=description)
        parser.commands[name] = command
        add(command)
        if name == "train":
            add_parameters(command, show_all)
        _add_messages(command)
    return parser


def _add_messages(command):
    group = command.add_argument_group("messages")
    group.add_argument(
        "-q", "--quiet", action="store_true", help="no progress, notes or warnings on stderr"
    )
    group.add_argument("--debug", action="store_true", help="show where in the code errors arise")


def _add_data(command):
    command.add_argument("images", metavar="IMAGES", help=_IMAGES)
    command.add_argument("labels", metavar="LABELS", nargs="?", help=_LABELS)
    command.add_argument(
        "--read",
        type=_assignment,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="an option for the reader of the labels, such as missing=drop, label_sep=|, "
        "split=test or label_names=car,person; may come several times",
    )


def _add_skipping(command):
    command.add_argument(
        "--on-error",
        choices=("raise", "skip"),
        default="raise",
        help="what to do about pictures that can't be read (default: raise)",
    )


def _add_train(command):
    command.usage = "skmlic train IMAGES [LABELS] -o MODEL [options]"
    _add_data(command)
    command.add_argument(
        "-o", "--output", metavar="MODEL", required=True, help="where to write the model"
    )
    group = command.add_argument_group("how it is trained and scored")
    group.add_argument(
        "--recipe", metavar="NAME", help="start from a recipe of skmlic.recipes, such as fast"
    )
    group.add_argument(
        "--thresholds",
        metavar="OBJECTIVE",
        help="tune the thresholds of labels out of fold for the best F1, macro, micro or samples, "
        "or another objective such as f2_macro; none is 0.5 for all (default: macro; none if the "
        "network itself is trained, since tuning trains six times)",
    )
    group.add_argument(
        "--calibrate",
        choices=("sigmoid", "isotonic", "temperature"),
        nargs="?",
        const="sigmoid",
        help="calibrate the probabilities out of fold (sigmoid if no method is named)",
    )
    group.add_argument(
        "--test-size",
        type=_fraction,
        metavar="PART",
        help="part of the pictures that is kept for scoring and not trained on (default: 0.2; 0 "
        "with --cv)",
    )
    group.add_argument(
        "--cv", type=_folds, metavar="N", help="print scores of N-fold cross-validation first"
    )
    group.add_argument(
        "--seed", type=int, default=0, help="determines all that is random (default: 0)"
    )
    _add_skipping(group)
    group.add_argument("--report", metavar="HTML", help="write a page about the kept pictures")
    group.add_argument("--help-all", action="store_true", help="show all parameters of the model")


def _add_evaluate(command):
    command.add_argument("model", metavar="MODEL", help="what train wrote")
    _add_data(command)
    command.add_argument(
        "--common-labels",
        action="store_true",
        help="score the labels that model and data share; otherwise they must be the same, in any "
        "order",
    )
    _add_skipping(command)
    command.add_argument(
        "--json", metavar="FILE", help="write the scores as JSON; - is stdout, in place of tables"
    )
    command.add_argument("--report", metavar="HTML", help="write a page about the pictures")


def _add_predict(command):
    command.add_argument("model", metavar="MODEL", help="what train wrote")
    command.add_argument(
        "images",
        metavar="IMAGES",
        nargs="+",
        help="pictures, folders (searched to the bottom), .txt files with a path a line, or - for "
        "such lines on stdin",
    )
    command.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="where to write (default: stdout): a row a picture, its most probable label first",
    )
    command.add_argument(
        "--format",
        choices=FORMATS,
        help="what is written (default: by the ending of FILE; tsv on stdout)",
    )
    command.add_argument(
        "--threshold",
        type=_fraction,
        metavar="T",
        help="give labels of this probability or more (default: the model's own thresholds)",
    )
    command.add_argument(
        "--top-k",
        type=_positive,
        metavar="K",
        help="give the K most probable labels; with --threshold, K at most",
    )
    command.add_argument(
        "--on-error",
        choices=("blank", "skip", "raise"),
        default="blank",
        help="what to do about pictures that can't be read: a row with nothing in it, none, or an "
        "error and no file (default: blank)",
    )


def _add_describe(command):
    _add_data(command)
    command.add_argument(
        "--json", metavar="FILE", help="write the figures as JSON; - is stdout, in place of tables"
    )


def _add_backbones(command):
    command.add_argument(
        "pattern",
        metavar="PATTERN",
        nargs="?",
        help="part of a name, or a pattern with * and ? (default: all but timm's)",
    )


def _add_demo(command):
    command.add_argument(
        "folder", metavar="FOLDER", nargs="?", help="where to keep the files (default: nowhere)"
    )


def _assignment(text):
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r}: expected NAME=VALUE, such as missing=drop")
    return name.strip().replace("-", "_"), value


def _fraction(text):
    value = float(text)
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError(f"{text}: expected a number from 0 to below 1")
    return value


def _positive(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text}: expected a number of at least 1")
    return value


def _folds(text):
    value = int(text)
    if value < 2:
        raise argparse.ArgumentTypeError(f"{text}: expected a number of at least 2")
    return value


# What argparse says of them: "invalid number value: 'abc'".
for _function in (_fraction, _positive, _folds):
    _function.__name__ = "number"

_COMMANDS = {
    "train": (_add_train, "learn labels from pictures that have them, and write a model"),
    "evaluate": (_add_evaluate, "score a model on pictures whose labels are known"),
    "predict": (_add_predict, "give pictures their labels"),
    "describe": (_add_describe, "tell what is in a data set"),
    "backbones": (_add_backbones, "list the networks to build on"),
    "demo": (_add_demo, "make small pictures and go through all of it"),
}
