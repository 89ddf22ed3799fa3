"""Types of values on the command line."""

import argparse

import pytest

from skmlic.cli._values import (
    BOOLEAN,
    EMPTY,
    FALSE,
    INTEGER,
    JSON,
    NONE,
    NUMBER,
    RANGE,
    SIZE,
    TEXT,
    integer_of_at_least,
    list_of,
    parse_assignment,
    parse_fraction,
)


@pytest.mark.parametrize(
    ("value_type", "text", "expected"),
    [
        (INTEGER, "-1", -1),
        (NUMBER, "1e-4", 1e-4),
        (BOOLEAN, "True", True),
        (BOOLEAN, "false", False),
        (FALSE, "false", False),
        (NONE, "None", None),
        (EMPTY, "none", ()),
        (SIZE, "224X320", (224, 320)),
        (RANGE, "-1024:3071", (-1024.0, 3071.0)),
        (JSON, ' {"a": [1, 2]}', {"a": [1, 2]}),
        (TEXT, "any text", "any text"),
        (list_of(INTEGER), "3", 3),
        (list_of(INTEGER), "3, 4,", [3, 4]),
        (list_of(TEXT), "a,b", ["a", "b"]),
    ],
    ids=lambda value: getattr(value, "form", str(value)),
)
def test_values(value_type, text, expected):
    value = value_type.parse(text)
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("value_type", "text"),
    [
        (INTEGER, "2.5"),
        (NUMBER, "much"),
        (BOOLEAN, "yes"),
        (FALSE, "true"),
        (NONE, "no"),
        (EMPTY, "()"),
        (SIZE, "224x"),
        (RANGE, "4095"),
        (RANGE, "0:1:2"),
        (JSON, "[1]"),
        (list_of(INTEGER), "1,a"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.form,
)
def test_texts_of_other_types(value_type, text):
    with pytest.raises(ValueError):  # noqa: PT011
        value_type.parse(text)


def test_json_with_a_wrong_syntax():
    with pytest.raises(argparse.ArgumentTypeError, match=r"'\{gamma\}' is no JSON: Expecting"):
        JSON.parse("{gamma}")


def test_values_of_other_options():
    assert parse_assignment("label-sep=a=b") == ("label_sep", "a=b")
    assert parse_fraction("0") == 0
    assert integer_of_at_least(2)("2") == 2
    for parse, text in [(parse_fraction, "1"), (parse_fraction, "a"), (integer_of_at_least(2), "")]:
        with pytest.raises(argparse.ArgumentTypeError, match=f"'{text}': expected"):
            parse(text)
