"""Values of the command line come back from their text, and any other text is refused."""

import argparse
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skmlic.cli._model_options import MODEL_OPTIONS
from skmlic.cli._train_options import parse_value
from skmlic.cli._values import (
    BOOLEAN,
    INTEGER,
    JSON,
    NONE,
    NUMBER,
    RANGE,
    SIZE,
    integer_of_at_least,
    list_of,
    parse_assignment,
    parse_folds,
    parse_fraction,
    parse_tags,
)

FLOATS = st.floats(allow_nan=False)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | FLOATS | st.text(),
    lambda values: st.lists(values) | st.dictionaries(st.text(), values),
    max_leaves=5,
)


@pytest.mark.parametrize(
    ("value_type", "values", "spell"),
    [
        (INTEGER, st.integers(), str),
        (NUMBER, FLOATS, repr),
        (BOOLEAN, st.booleans(), str),
        (NONE, st.none(), str),
        (SIZE, st.tuples(st.integers(0), st.integers(0)), lambda size: f"{size[0]}x{size[1]}"),
        (RANGE, st.tuples(FLOATS, FLOATS), lambda values: f"{values[0]!r}:{values[1]!r}"),
        (JSON, st.dictionaries(st.text(), JSON_VALUES), json.dumps),
        (
            list_of(NUMBER),
            st.lists(FLOATS, min_size=2),
            lambda values: ", ".join(map(repr, values)),
        ),
    ],
    ids=lambda value: getattr(value, "form", ""),
)
@given(st.data())
def test_values_come_back(value_type, values, spell, data):
    value = data.draw(values)
    assert value_type.parse(f" {spell(value)} ") == value


@given(st.text(), st.integers(-3, 9))
def test_texts_of_other_options(text, number):
    name, value = parse_assignment(f"some-name={text}")
    assert (name, value) == ("some_name", text)
    for parse, is_valid in (
        (integer_of_at_least(2), number >= 2),
        (parse_folds, number >= 2),
        (parse_fraction, number == 0),
    ):
        if is_valid:
            assert parse(str(number)) == number
        else:
            with pytest.raises(argparse.ArgumentTypeError, match="expected"):
                parse(str(number))


@given(st.text())
def test_any_text_is_a_value_or_refused(text):
    for option in MODEL_OPTIONS:
        if option.is_switch:
            continue
        try:
            value = parse_value(option, text)
        except argparse.ArgumentTypeError:
            continue
        if isinstance(value, float) and math.isnan(value):
            continue
        assert parse_value(option, text) == value
    for parse in (parse_assignment, parse_tags, parse_folds, parse_fraction):
        try:
            parse(text)
        except argparse.ArgumentTypeError as error:
            message = str(error)
        else:
            continue
        assert repr(text) in message
