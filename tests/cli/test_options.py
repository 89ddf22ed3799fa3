"""The options of ``skmlic train`` and the classifier's parameters: the same, read without torch."""

import argparse
import inspect
import re

import pytest

from skmlic import TransferMultiLabelClassifier
from skmlic.cli._options import EXCLUDED, add_parameters, read_parameters
from skmlic.cli._parser import make_parser

PARAMETERS = inspect.signature(TransferMultiLabelClassifier).parameters
VALUES = {
    "none": [None, ()],
    "true": [True],
    "false": [False],
    "N": [3],
    "N,...": [3],
    "TEXT": ["text"],
    "TEXT,...": ["text"],
    "PATH": ["text"],
    "PATH,...": ["text"],
    "HxW": [(3, 4)],
    "JSON": [{"a": 1}],
}
AT_MOST_ONE = (
    "dropout",
    "erasing",
    "input_dropout",
    "layer_decay",
    "unknown_weight",
    "validation_fraction",
)
TEXTS = {"N": "3", "N,...": "3", "HxW": "3x4", "JSON": '{"a": 1}'}


def parse(*options):
    parser = argparse.ArgumentParser(exit_on_error=False)
    add_parameters(parser, show_all=True)
    return vars(parser.parse_args(options))


def test_every_parameter_has_an_option_or_is_excluded():
    assert set(read_parameters()) | set(EXCLUDED) == set(PARAMETERS)
    assert set(read_parameters()).isdisjoint(EXCLUDED)


@pytest.mark.parametrize("parameter", read_parameters().values(), ids=lambda one: one.name)
def test_option_is_the_parameter(parameter):
    assert parameter.default == PARAMETERS[parameter.name].default
    assert parameter.option == f"--{parameter.name}".replace("_", "-")
    assert parameter.group
    assert parameter.summary
    assert not re.search(r"[`\n]|:\w+:", parameter.summary)
    # Quotes may follow: "grayscale" …
    assert not re.match(r"[A-Z]", parameter.summary)


@pytest.mark.parametrize("parameter", read_parameters().values(), ids=lambda one: one.name)
def test_every_form_is_parsed_and_passes_the_constraints(parameter):
    assert parameter.forms
    for form in parameter.forms:
        text = TEXTS.get(form, form.lower() if form.isupper() else form)
        value = parameter.parse("text" if form.startswith(("TEXT", "PATH")) else text)
        assert value in VALUES.get(form, [form])
        if not (form == "N" and parameter.name in AT_MOST_ONE):
            TransferMultiLabelClassifier(**{parameter.name: value})._validate_params()


def test_nothing_is_set_that_is_not_given():
    assert parse() == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("--hidden-layer-sizes=512,128", {"hidden_layer_sizes": [512, 128]}),
        ("--hidden-layer-sizes=64", {"hidden_layer_sizes": 64}),
        ("--hidden-layer-sizes=none", {"hidden_layer_sizes": ()}),
        ("--image-size=224,320", {"image_size": [224, 320]}),
        ("--image-size=224x320", {"image_size": (224, 320)}),
        ("--image-size=none", {"image_size": None}),
        ("--backbone=resnet18,vgg16", {"backbone": ["resnet18", "vgg16"]}),
        ("--freeze=false", {"freeze": False}),
        ("--freeze=2", {"freeze": 2}),
        ("--freeze=layer3", {"freeze": "layer3"}),
        ("--lr=1e-4", {"lr": 1e-4}),
        ("--max-epochs=3", {"max_epochs": 3}),
        ("--input-dropout=auto", {"input_dropout": "auto"}),
        ("--input-dropout=0.2", {"input_dropout": 0.2}),
        ("--class-weight=inv_sqrt", {"class_weight": "inv_sqrt"}),
        ('--class-weight={"sea": 2}', {"class_weight": {"sea": 2}}),
        ("--class-weight=1,2.5", {"class_weight": [1, 2.5]}),
        ('--loss-params={"gamma": 1}', {"loss_params": {"gamma": 1}}),
        ("--memory=features", {"memory": "features"}),
        ("--memory=false", {"memory": False}),
        ("--scoring=map,loss", {"scoring": ["map", "loss"]}),
        ("--mix=none", {"mix": None}),
        ("--early-stopping", {"early_stopping": True}),
        ("--no-freeze-batch-norm", {"freeze_batch_norm": False}),
        ("--unknown=-1", {"unknown": -1}),
    ],
)
def test_values(text, expected):
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("--dropout=much", r"'much'; expected N$"),
        ("--max-epochs=2.5", r"'2.5'; expected N$"),
        ("--pooling=mean", r"'mean'; expected avg\|max\|avgmax\|flatten\|stages$"),
        ("--loss-params={gamma}", "no JSON"),
        ("--hidden-layer-sizes=a,b", r"'a'; expected N,\.\.\.\|none$"),
    ],
)
def test_wrong_values(text, expected):
    with pytest.raises(argparse.ArgumentError, match=expected):
        parse(text)


@pytest.mark.parametrize("show_all", [False, True])
def test_help_has_the_common_options_or_all(show_all, capsys):
    with pytest.raises(SystemExit) as exit_:
        make_parser(show_all).parse_args(["train", "--help"])
    assert exit_.value.code == 0
    text = capsys.readouterr().out
    shown = set(re.findall(r"^  (--[a-z-]+)", text, re.MULTILINE))
    options = {parameter.option: parameter for parameter in read_parameters().values()}
    assert options.keys() & shown == {
        option for option, parameter in options.items() if show_all or parameter.is_common
    }
    # What is not shown is accepted all the same.
    given = make_parser().parse_args(["train", "a", "-o", "b", "--gradient-clip", "1"])
    assert given.gradient_clip == 1
