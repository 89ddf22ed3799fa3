"""Values on the command line: how a text becomes a number, a list, None and so on."""

import argparse
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ValueType:
    """A type of values.

    Parameters
    ----------
    form : str
        How such a value is typed, for the help.
    parse : callable
        Maps a text to the value, and raises ValueError if it is not of this type.
    """

    form: str
    parse: Callable[[str], Any]


def parse_boolean(text: str) -> bool:
    """Return the boolean that "true" or "false" means."""
    return {"true": True, "false": False}[_as_word(text, "true", "false")]


def parse_false(text: str) -> bool:
    """Return False for "false", the only boolean that the parameter takes."""
    return {"false": False}[_as_word(text, "false")]


def parse_none(text: str) -> None:
    """Return None for "none"."""
    _as_word(text, "none")


def parse_empty(text: str) -> tuple:
    """Return an empty tuple for "none"."""
    _as_word(text, "none")
    return ()


def parse_size(text: str) -> tuple[int, int]:
    """Return the height and width that a text such as "224x320" means."""
    match = re.fullmatch(r"(\d+)x(\d+)", text.strip().lower())
    if match is None:
        raise ValueError(f"{text!r} is no size.")
    return int(match[1]), int(match[2])


def parse_range(text: str) -> tuple[float, float]:
    """Return the two numbers that a text such as "0:4095" means."""
    low, high = text.split(":")
    return float(low), float(high)


def parse_json(text: str) -> dict[str, Any]:
    """Return the dict that a JSON object means.

    Raises
    ------
    ValueError
        If the text is not meant as a JSON object.
    argparse.ArgumentTypeError
        If it is, but its syntax is wrong.
    """
    if not text.lstrip().startswith("{"):
        raise ValueError(f"{text!r} is no JSON object.")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no JSON: {error}") from None


def list_of(item: ValueType) -> ValueType:
    """Return the type of one value, or of a list of values that are separated by commas."""

    def parse(text):
        if "," not in text:
            return item.parse(text)
        return [item.parse(part.strip()) for part in text.split(",") if part.strip()]

    return ValueType(f"{item.form},...", parse)


def _as_word(text, *words):
    """Return a word in lower case if it is one of those expected."""
    word = text.strip().lower()
    if word not in words:
        raise ValueError(f"{text!r} is not {' or '.join(words)}.")
    return word


INTEGER = ValueType("N", int)
NUMBER = ValueType("N", float)
BOOLEAN = ValueType("true|false", parse_boolean)
FALSE = ValueType("false", parse_false)
NONE = ValueType("none", parse_none)
EMPTY = ValueType("none", parse_empty)
SIZE = ValueType("HxW", parse_size)
RANGE = ValueType("BLACK:WHITE", parse_range)
JSON = ValueType("JSON", parse_json)
# These two take any text, so that they come last among the types of an option.
TEXT = ValueType("TEXT", str)
PATH = ValueType("PATH", str)


# The types of options that are not parameters of the classifier, in argparse's own convention.


def parse_assignment(text: str) -> tuple[str, str]:
    """Return the name and the value of ``NAME=VALUE``."""
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r}: expected NAME=VALUE, such as missing=drop")
    return name.strip().replace("-", "_"), value


def parse_tags(text: str) -> tuple[str, str]:
    """Return the names of two tags, separated by a comma."""
    choices, _, image = (part.strip() for part in text.partition(","))
    if not choices or not image:
        raise argparse.ArgumentTypeError(f"{text!r}: expected two names, such as choice,image")
    return choices, image


def parse_folds(text: str) -> int | str:
    """Return a number of folds, or "loo" for leave-one-out scores."""
    return text if text == "loo" else integer_of_at_least(2)(text)


def parse_fraction(text: str) -> float:
    """Return a number in [0, 1)."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a number from 0 to below 1")
    return value


def integer_of_at_least(smallest: int) -> Callable[[str], int]:
    """Return a function that parses integers from a smallest one on."""

    def parse(text):
        try:
            value = int(text)
        except ValueError:
            value = smallest - 1
        if value < smallest:
            raise argparse.ArgumentTypeError(
                f"{text!r}: expected an integer of at least {smallest}"
            )
        return value

    return parse
