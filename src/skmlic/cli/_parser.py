"""The parser of the command line."""

import argparse
import re

from skmlic import __version__
from skmlic._utils._text import printable
from skmlic.cli._hints import did_you_mean
from skmlic.cli._places import FORMATS
from skmlic.cli._train_options import add_model_option, add_model_options
from skmlic.cli._values import (
    integer_of_at_least,
    parse_assignment,
    parse_folds,
    parse_fraction,
    parse_tags,
)

_DESCRIPTION = "Multi-label image classification by transfer learning."
_EPILOG = """\
exit codes:
  0  done
  1  error
  2  wrong usage
  3  done, but some images could not be read
  130, 143  interrupted, terminated; no file is left half-written

'skmlic COMMAND --help' describes a command. 'skmlic demo' runs all of them on an example.
"""
_IMAGES = "the folder of images, or a zip or tar file"
_LABELS = (
    "the labels: a table (.csv, .tsv), JSON lines, JSON of COCO, Label Studio, FiftyOne or Create "
    "ML, XML of CVAT or a folder of lists; not needed if IMAGES contains them, as in PASCAL VOC, "
    "YOLO, Roboflow or a folder per label"
)


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """A formatter with more room for the names of options."""

    def __init__(self, prog, **options):
        super().__init__(prog, **{"max_help_position": 28, **options})


class _Parser(argparse.ArgumentParser):
    """A parser whose errors take two lines and suggest what was probably meant."""

    def __init__(self, **options):
        super().__init__(
            allow_abbrev=False,
            formatter_class=_Formatter,
            **options,
        )

        self.commands = {}

    def parse_args(self, args=None, namespace=None):
        """Parse all arguments; unrecognized ones are an error of the command they were given to."""
        parsed, unknown = self.parse_known_args(args, namespace)
        if unknown:
            command = self.commands.get(getattr(parsed, "command", None), self)
            hint = did_you_mean(unknown[0].partition("=")[0], command._option_string_actions)
            command.error(f"unrecognized arguments: {' '.join(unknown)}.{hint}")
        return parsed

    def error(self, message):
        """Write the error and how to get help, and exit."""
        if wrong := re.match("argument COMMAND: invalid choice: '(.*?)'", message):
            message = f"{message}.{did_you_mean(wrong[1], self.commands)}"
        self.exit(2, f"skmlic: error: {printable(message)}\nTry '{self.prog} --help'.\n")


def make_parser(show_all: bool = False) -> argparse.ArgumentParser:
    """Make the parser of all commands.

    Parameters
    ----------
    show_all : bool, default=False
        Whether the help of ``train`` shows all parameters of the classifier.

    Returns
    -------
    parser : ArgumentParser
    """
    # The list that argparse makes breaks the line after a name as long as "backbones".
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
            add_model_options(command, show_all)
        _add_messages(command)
    return parser


def _add_messages(command):
    group = command.add_argument_group("messages")
    group.add_argument(
        "-q", "--quiet", action="store_true", help="no progress, notes or warnings on stderr"
    )
    group.add_argument("--debug", action="store_true", help="show the traceback of errors")


def _add_data(command):
    command.add_argument("images", metavar="IMAGES", help=_IMAGES)
    command.add_argument("labels", metavar="LABELS", nargs="?", help=_LABELS)
    command.add_argument(
        "--read",
        type=parse_assignment,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a parameter of the reader of the labels, such as missing=drop, label_sep=|, "
        "split=test or label_names=car,person; may be given several times",
    )


def _add_skipping(command):
    command.add_argument(
        "--on-error",
        choices=("raise", "skip"),
        default="raise",
        help="whether images that cannot be read are an error or are skipped (default: raise)",
    )


def _add_train(command):
    command.usage = "skmlic train IMAGES [LABELS] -o MODEL [options]"
    _add_data(command)
    command.add_argument(
        "-o", "--output", metavar="MODEL", required=True, help="where to write the model"
    )
    group = command.add_argument_group("training and scoring")
    group.add_argument(
        "--recipe", metavar="NAME", help="start from a recipe of skmlic.recipes, such as fast"
    )
    group.add_argument(
        "--thresholds",
        metavar="OBJECTIVE",
        help="tune the thresholds of the labels on out-of-fold predictions for the best F1 (macro, "
        "micro or samples) or another objective such as f2_macro; none is 0.5 for all labels "
        "(default: macro, or none if the network itself is trained, since tuning trains six times)",
    )
    group.add_argument(
        "--calibrate",
        choices=("sigmoid", "isotonic", "temperature"),
        nargs="?",
        const="sigmoid",
        help="calibrate the probabilities on out-of-fold predictions (default method: sigmoid)",
    )
    group.add_argument(
        "--test-size",
        type=parse_fraction,
        metavar="FRACTION",
        help="fraction of the images that is held out for scoring (default: 0.2; 0 with --cv)",
    )
    group.add_argument(
        "--cv",
        type=integer_of_at_least(2),
        metavar="N",
        help="print scores of N-fold cross-validation first",
    )
    group.add_argument(
        "--seed", type=int, default=0, help="seed of all random numbers (default: 0)"
    )
    _add_skipping(group)
    group.add_argument(
        "--report", metavar="HTML", help="write an HTML report on the held-out images"
    )
    group.add_argument("--help-all", action="store_true", help="show all parameters of the model")


def _add_evaluate(command):
    command.add_argument("model", metavar="MODEL", help="a model file that train wrote")
    _add_data(command)
    command.add_argument(
        "--common-labels",
        action="store_true",
        help="score the labels that the model and the data have in common; by default both must "
        "have the same labels, in any order",
    )
    _add_skipping(command)
    command.add_argument(
        "--json", metavar="FILE", help="write the scores as JSON; - is stdout instead of tables"
    )
    command.add_argument("--report", metavar="HTML", help="write an HTML report on the images")


def _add_predict(command):
    command.add_argument("model", metavar="MODEL", help="a model file that train wrote")
    command.add_argument(
        "images",
        metavar="IMAGES",
        nargs="+",
        help="images, folders (with their subfolders), .txt files with one path per line, or - for "
        "paths on stdin",
    )
    command.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="where to write one row per image, its most probable label first (default: stdout)",
    )
    command.add_argument(
        "--format",
        choices=FORMATS,
        help="format of the output (default: by the extension of FILE; tsv on stdout); "
        "label-studio and fiftyone are JSON that these tools import",
    )
    command.add_argument(
        "--tasks",
        metavar="JSON",
        help="tasks of Label Studio, such as an export: predict their images, which are looked up "
        "in the folder IMAGES, and write the tasks with predictions",
    )
    command.add_argument(
        "--tags",
        type=parse_tags,
        metavar="CHOICES,IMAGE",
        help="names of these tags in the project of Label Studio (default: those in the results of "
        "the tasks, or choice,image as in its template)",
    )
    command.add_argument(
        "--threshold",
        type=parse_fraction,
        metavar="T",
        help="predict labels with at least this probability (default: the thresholds of the model)",
    )
    command.add_argument(
        "--top-k",
        type=integer_of_at_least(1),
        metavar="K",
        help="predict the K most probable labels; with --threshold, at most K",
    )
    command.add_argument(
        "--on-error",
        choices=("blank", "skip", "raise"),
        default="blank",
        help="whether images that cannot be read get an empty row, get no row, or are an error "
        "(default: blank)",
    )


def _add_export(command):
    command.add_argument("model", metavar="MODEL", help="a model file that train wrote")
    command.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        required=True,
        help="where to write the model: NAME.onnx, or NAME.xml with NAME.bin beside it for "
        "OpenVINO",
    )
    command.add_argument(
        "--format",
        choices=("onnx", "openvino"),
        help="format of the output (default: by the extension of FILE)",
    )


def _add_describe(command):
    _add_data(command)
    command.add_argument(
        "--model",
        metavar="MODEL",
        help="list labels that are probably wrong, judged by a model that train wrote; it must not "
        "have been trained on these images, unless --cv is passed",
    )
    command.add_argument(
        "--cv",
        type=parse_folds,
        metavar="N",
        help="with --model: train its classifier again in N-fold cross-validation on these images, "
        "or once if it has leave-one-out scores (loo), and judge each image by scores that do not "
        "depend on its labels",
    )
    command.add_argument(
        "--near-duplicates",
        action="store_true",
        help="list images that are nearly the same, judged by the features of the default backbone",
    )
    command.add_argument(
        "--other",
        metavar="IMAGES",
        help="list images that are nearly the same as one of these other images, such as the "
        "folder of the test images",
    )
    add_model_option(command, "value_range")
    command.add_argument(
        "--json", metavar="FILE", help="write the statistics as JSON; - is stdout instead of tables"
    )
    command.add_argument(
        "--report",
        metavar="HTML",
        help="write an HTML report with the labels, the problems and the images that are the same",
    )


def _add_backbones(command):
    command.add_argument(
        "pattern",
        metavar="PATTERN",
        nargs="?",
        help="part of a name, or a pattern with * and ? (default: all networks but those of timm)",
    )


def _add_demo(command):
    command.add_argument(
        "folder",
        metavar="FOLDER",
        nargs="?",
        help="where to keep the files (default: they are deleted)",
    )


_COMMANDS = {
    "train": (_add_train, "train a classifier on labelled images and write a model file"),
    "evaluate": (_add_evaluate, "score a model on labelled images"),
    "predict": (_add_predict, "predict the labels of images"),
    "export": (_add_export, "write a model as ONNX or OpenVINO, which run without skmlic"),
    "describe": (_add_describe, "describe a data set and find its problems"),
    "backbones": (_add_backbones, "list the pretrained networks"),
    "demo": (_add_demo, "run all commands on generated images"),
}
