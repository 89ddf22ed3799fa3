"""The classifier's parameters as options, read from its own text so that they can't drift apart."""

import argparse
import ast
import json
import re
import textwrap
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

# The first parameter of each group, in the order that the class has them in.
_GROUPS = {
    "backbone": "network",
    "freeze": "fine-tuning of the network",
    "hidden_layer_sizes": "head",
    "class_weight": "labels and loss",
    "optimizer": "training",
    "early_stopping": "early stopping",
    "device": "where it runs",
}
_COMMON = (
    "backbone",
    "image_size",
    "freeze",
    "hidden_layer_sizes",
    "dropout",
    "class_weight",
    "loss",
    "lr",
    "max_epochs",
    "early_stopping",
    "device",
    "n_jobs",
    "memory",
)
# What has another name on the command line, or no sense there.
EXCLUDED = ("net_params", "on_error", "random_state", "verbose", "warm_start")
# The end of a sentence that names what only Python has.
_ONLY_IN_PYTHON = re.compile(r",? or an? (function|class|scorer|module)\b[^;.]*$")


@dataclass(frozen=True)
class Parameter:
    """A parameter of the classifier.

    Parameters
    ----------
    name : str
        Its name in Python.
    kind : str
        What it may be, in the words of the docstring.
    default : object
        Its default.
    summary : str
        The first sentence of its description.
    group : str
        What it belongs to.
    """

    name: str
    kind: str
    default: object
    summary: str
    group: str

    @property
    def option(self) -> str:
        """Its name on the command line."""
        return "--" + self.name.replace("_", "-")

    @property
    def is_common(self) -> bool:
        """Whether the short help has it."""
        return self.name in _COMMON

    @property
    def is_switch(self) -> bool:
        """Whether it is true or false, and nothing else."""
        return self.kind == "bool"

    @property
    def choices(self) -> list[str]:
        """The words that it may be."""
        return re.findall(r'"([^"]+)"', self.kind)

    def allows(self, *words: str) -> bool:
        """Tell whether it may be something that the docstring calls one of these words."""
        return any(re.search(rf"\b{word}\b", self.kind) for word in words)

    @property
    def takes_lists(self) -> bool:
        """Whether it may be several values."""
        return self.allows("list of", "array-like")

    @property
    def is_numeric(self) -> bool:
        """Whether a number is one of the things it may be."""
        return self.allows("int", "float", "array-like of int")

    @property
    def none(self) -> object:
        """What "none" stands for: None, or no value at all."""
        return None if self.allows("None") or self.default is None else ()

    @property
    def forms(self) -> list[str]:
        """What may be written, one entry a form."""
        several = ",..." if self.takes_lists else ""
        forms = self.choices
        forms += ["true", "false"] if self.allows("bool") else []
        forms += [f"N{several}"] if self.is_numeric else []
        forms += ["HxW"] if "(height, width)" in self.kind else []
        forms += [f"TEXT{several}"] if self.allows("str") and not self.allows("Path") else []
        forms += [f"PATH{several}"] if self.allows("Path") else []
        forms += ["JSON"] if self.allows("dict") else []
        forms += ["false"] if self.allows("False") else []
        has_none = self.none is None or (self.is_numeric and self.takes_lists)
        return [*forms, "none"] if has_none else forms

    def parse(self, text: str) -> object:
        """Return the value that a text on the command line stands for.

        Raises
        ------
        argparse.ArgumentTypeError
            If it stands for none.
        """
        word = text.strip().lower()
        if word == "none" and "none" in self.forms:
            return self.none
        if word in ("true", "false") and word in self.forms:
            return word == "true"
        if text in self.choices:
            return text
        if self.allows("dict") and text.lstrip().startswith("{"):
            return self._parse_json(text)
        if "(height, width)" in self.kind and (size := re.fullmatch(r"(\d+)x(\d+)", word)):
            return int(size[1]), int(size[2])
        if "," in text and self.takes_lists:
            return [self._parse_one(part.strip()) for part in text.split(",") if part.strip()]
        return self._parse_one(text)

    def _parse_one(self, text):
        numbers = [int] if self.allows("int", "array-like") else []
        numbers += [float] if self.allows("float", "array-like") else []
        for number in numbers:
            try:
                return number(text)
            except ValueError:
                continue
        if self.allows("str"):
            return text
        raise argparse.ArgumentTypeError(f"{text!r}; expected {'|'.join(self.forms)}")

    def _parse_json(self, text):
        try:
            return json.loads(text)
        except json.JSONDecodeError as error:
            raise argparse.ArgumentTypeError(f"{text!r} is no JSON: {error}") from None


@cache
def read_parameters() -> dict[str, Parameter]:
    """Read the parameters of TransferMultiLabelClassifier, without importing it.

    The import takes seconds, for torch, and help should not.

    Returns
    -------
    parameters : dict of str to Parameter
        Those that have an option, in the order of the docstring.
    """
    tree = ast.parse((files("skmlic") / "classifier.py").read_text(encoding="utf-8"))
    (node,) = (
        node
        for node in tree.body
        if isinstance(node, ast.ClassDef) and node.name == "TransferMultiLabelClassifier"
    )
    defaults = _read_defaults(node)
    parameters, group = {}, ""
    for name, kind, text in _read_descriptions(ast.get_docstring(node)):
        group = _GROUPS.get(name, group)
        if name not in EXCLUDED:
            parameters[name] = Parameter(name, kind, defaults[name], _first_sentence(text), group)
    return parameters


def _read_defaults(node):
    (init,) = (
        part for part in node.body if isinstance(part, ast.FunctionDef) and part.name == "__init__"
    )
    arguments = init.args
    positional = arguments.args[len(arguments.args) - len(arguments.defaults) :]
    names = [argument.arg for argument in (*positional, *arguments.kwonlyargs)]
    values = [*arguments.defaults, *arguments.kw_defaults]
    return {name: ast.literal_eval(value) for name, value in zip(names, values, strict=True)}


def _read_descriptions(docstring):
    """Yield name, kind and text of each parameter in a numpydoc docstring."""
    section = re.search(r"^Parameters\n-+\n(.*?)^\w+\n-+\n", docstring, re.DOTALL | re.MULTILINE)
    entries = re.findall(r"^(\w+) : (.*)\n((?:(?:[ ]+.*)?\n)+)", section[1], re.MULTILINE)
    for name, kind, text in entries:
        kind = re.sub(r", default=.*", "", kind)
        yield name, kind, textwrap.dedent(text)


def _first_sentence(text):
    """Return the first sentence, in one line and without markup."""
    text = " ".join(text.split())
    text = re.sub(r":\w+:`~?([^`]*)`", r"\1", text)
    text = re.sub(r"\s*\[\d+\]_", "", text).replace("``", "")
    sentence = re.split(r"(?<=[.;])\s", text)[0].rstrip(".;")
    return _ONLY_IN_PYTHON.sub("", sentence[0].lower() + sentence[1:])


def add_parameters(parser: argparse.ArgumentParser, show_all: bool) -> None:
    """Add an option for each parameter; what is not given is not in the result.

    Parameters
    ----------
    parser : ArgumentParser
        Gets them.
    show_all : bool
        Whether the help has all of them, by theme, or the common ones.
    """
    parameters = read_parameters()
    common = None if show_all else parser.add_argument_group("model")
    groups = {}
    for parameter in parameters.values():
        group = common
        if show_all:
            if parameter.group not in groups:
                groups[parameter.group] = parser.add_argument_group(parameter.group)
            group = groups[parameter.group]
        _add_option(group, parameter, is_shown=show_all or parameter.is_common)


def _add_option(group, parameter, is_shown):
    text = f"{parameter.summary} (default: {_spell(parameter.default)})".replace("%", "%%")
    options = {
        "dest": parameter.name,
        "default": argparse.SUPPRESS,
        "help": text if is_shown else argparse.SUPPRESS,
    }
    if parameter.is_switch:
        group.add_argument(parameter.option, action=argparse.BooleanOptionalAction, **options)
    else:
        metavar = "|".join(parameter.forms)
        group.add_argument(parameter.option, type=parameter.parse, metavar=metavar, **options)


def _spell(value):
    """Return a default as it would be typed."""
    if isinstance(value, (list, tuple)):
        return ",".join(map(str, value)) or "none"
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)
