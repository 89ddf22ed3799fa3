"""The table of options, compared with the parameters of the classifier."""

import inspect
import re
from numbers import Integral, Real
from os import PathLike

import pytest
from sklearn.utils._param_validation import Interval, StrOptions, validate_parameter_constraints

from skmlic import TrainingOptions, TransferMultiLabelClassifier
from skmlic.cli._model_options import EXCLUDED, MODEL_OPTIONS
from skmlic.cli._train_options import parse_value


def _with_prefix(mapping):
    return {f"training__{name}": value for name, value in mapping.items()}


DEFAULTS = {
    name: parameter.default
    for name, parameter in (
        *inspect.signature(TransferMultiLabelClassifier).parameters.items(),
        *_with_prefix(inspect.signature(TrainingOptions).parameters).items(),
    )
}
CONSTRAINTS = {
    **TransferMultiLabelClassifier._parameter_constraints,
    **_with_prefix(TrainingOptions._parameter_constraints),
}
# Words that the classifier takes although its constraint is any text.
MORE_CHOICES = {"weights": {"default"}}
# An empty list of hidden layers is written as none.
MORE_FORMS = {"hidden_layer_sizes": {"none"}}
# Its constraint is "boolean", but True means nothing.
FORM_OF_BOOLEAN = {"memory": "false"}
EXAMPLES = {
    "N": "1",
    "N,...": "1,2",
    "HxW": "3x4",
    "BLACK:WHITE": "0:4095",
    "JSON": '{"a": 1}',
    "true|false": "false",
    "TEXT,...": "a,b",
    "PATH,...": "a,b",
}

each_option = pytest.mark.parametrize("option", MODEL_OPTIONS, ids=lambda one: one.parameter)


def list_forms(name):
    """Return the forms of values that a parameter's constraints allow on a command line."""
    constraints = CONSTRAINTS[name]
    several = ",..." if list in constraints else ""
    forms = set(MORE_FORMS.get(name, ()))
    if "array-like" in constraints:
        forms.add("N,...")
    elif any(isinstance(one, Interval) or one is Integral for one in constraints):
        forms.add(f"N{several}")
    if str in constraints:
        forms.add(f"{'PATH' if PathLike in constraints else 'TEXT'}{several}")
    if "boolean" in constraints:
        forms.add(FORM_OF_BOOLEAN.get(name, "true|false"))
    pair = "BLACK:WHITE" if name == "value_range" else "HxW"
    for constraint, form in ((None, "none"), (dict, "JSON"), (tuple, pair)):
        if constraint in constraints:
            forms.add(form)
    return forms


def is_valid(name, value):
    try:
        validate_parameter_constraints({name: CONSTRAINTS[name]}, {name: value}, "estimator")
    except ValueError:
        return False
    return True


def test_each_parameter_has_an_option_or_a_reason():
    parameters = [option.parameter for option in MODEL_OPTIONS]
    assert len(set(parameters)) == len(parameters)
    assert {*parameters, *EXCLUDED} == set(DEFAULTS)
    assert EXCLUDED.keys().isdisjoint(parameters)
    assert all(reason.endswith(".") for reason in EXCLUDED.values())
    flags = [option.flag for option in MODEL_OPTIONS]
    assert len(set(flags)) == len(flags)


@each_option
def test_default_is_that_of_the_signature(option):
    assert option.default == DEFAULTS[option.parameter]
    assert type(option.default) is type(DEFAULTS[option.parameter])


@each_option
def test_choices_are_those_of_the_constraints(option):
    words = [one.options for one in CONSTRAINTS[option.parameter] if isinstance(one, StrOptions)]
    assert set(option.choices) == set().union(*words, MORE_CHOICES.get(option.parameter, ()))


@each_option
def test_types_are_those_of_the_constraints(option):
    forms = [value_type.form for value_type in option.types]
    assert len(set(forms)) == len(forms)
    assert set(forms) == list_forms(option.parameter)
    # Any text is of these types, so that others have to be tried before.
    assert not any(form.startswith(("TEXT", "PATH")) for form in forms[:-1])


@each_option
def test_each_form_is_parsed_into_a_valid_value(option):
    texts = [*option.choices, *(EXAMPLES.get(one.form, one.form) for one in option.types)]
    for text in texts:
        value = parse_value(option, text)
        if text == "1" and not is_valid(option.parameter, value):
            # Some fractions exclude 1.
            value = parse_value(option, "0.5")
        assert is_valid(option.parameter, value), text


@each_option
def test_fractions_are_parsed_where_the_constraints_allow_them(option):
    numbers = [value_type for value_type in option.types if value_type.form.startswith("N")]
    intervals = [one for one in CONSTRAINTS[option.parameter] if isinstance(one, Interval)]
    if numbers and intervals:
        try:
            numbers[0].parse("0.5")
        except ValueError:
            assert {interval.type for interval in intervals} == {Integral}
        else:
            assert {interval.type for interval in intervals} == {Real}


@each_option
def test_help_is_one_plain_sentence(option):
    assert re.match(r"[a-z]", option.help)
    assert not re.search(r"[`\n]|:\w+:|\.$|\. ", option.help)
