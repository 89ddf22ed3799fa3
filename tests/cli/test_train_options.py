"""Options of the classifier on the command line of ``skmlic train``."""

import argparse

import pytest

from skmlic.cli._train_options import add_model_options, collect_parameters


def parse(*options):
    parser = argparse.ArgumentParser(exit_on_error=False)
    add_model_options(parser, show_all=True)
    return collect_parameters(parser.parse_args(options))


def test_parameters_that_are_not_given_are_left_out():
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
        ("--value-range=-1024:3071", {"value_range": (-1024.0, 3071.0)}),
        ("--value-range=none", {"value_range": None}),
        ("--backbone=resnet18,vgg16", {"backbone": ["resnet18", "vgg16"]}),
        ("--weights=none", {"weights": None}),
        ("--freeze=false", {"freeze": False}),
        ("--freeze=2", {"freeze": 2}),
        ("--freeze=layer3", {"freeze": "layer3"}),
        ("--lr=1e-4", {"lr": 1e-4}),
        ("--input-dropout=auto", {"training__input_dropout": "auto"}),
        ("--input-dropout=0.2", {"training__input_dropout": 0.2}),
        ("--layer-decay=0.7", {"training__layer_decay": 0.7}),
        ("--missing-weight=0.1", {"training__missing_weight": 0.1}),
        ("--class-weight=inv_sqrt", {"class_weight": "inv_sqrt"}),
        ('--class-weight={"sea": 2, "sky": 1}', {"class_weight": {"sea": 2, "sky": 1}}),
        ("--class-weight=1,2.5", {"class_weight": [1, 2.5]}),
        ('--loss-params={"gamma": 1}', {"loss_params": {"gamma": 1}}),
        ("--memory=features", {"memory": "features"}),
        ("--memory=false", {"memory": False}),
        ("--scoring=map,loss", {"scoring": ["map", "loss"]}),
        ("--mix=none", {"training__mix": None}),
        ("--early-stopping", {"early_stopping": True}),
        ("--no-freeze-batch-norm", {"training__freeze_batch_norm": False}),
    ],
)
def test_values(text, expected):
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("--dropout=much", r"'much'; expected N$"),
        ("--max-epochs=2.5", r"'2.5'; expected N$"),
        ("--pooling=mean", r"'mean'; expected avg\|max\|.*\|native$"),
        ("--loss-params={gamma}", "no JSON"),
        ("--hidden-layer-sizes=a,b", r"'a,b'; expected N,\.\.\.\|none$"),
    ],
)
def test_wrong_values(text, expected):
    with pytest.raises(argparse.ArgumentError, match=expected):
        parse(text)


@pytest.mark.parametrize("option", ["--unknown=-1", "--tta=flip", "--mirror", "--training=x"])
def test_parameters_that_are_no_options(option):
    with pytest.raises((argparse.ArgumentError, SystemExit)):
        parse(option)
