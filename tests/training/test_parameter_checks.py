"""Checks of parameters that can't be combined."""

import numpy as np
import pytest
import torch

from skmlic import TrainingOptions, TransferMultiLabelClassifier, cache_info
from skmlic.training import check_parameters


def make(**parameters):
    options = set(TrainingOptions().get_params())
    return TransferMultiLabelClassifier().set_params(
        **{f"training__{k}" if k in options else k: v for k, v in parameters.items()}
    )


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"freeze": False, "mix": "cutmix", "erasing": 0.1, "augment": "light"},
        {"mix": "mixup", "n_views": 2, "augment": "light"},
        {"optimizer": "lbfgs", "hidden_layer_sizes": ()},
        {"freeze": "layer3", "unfreeze_after": 0, "lr_schedule": "cosine", "warmup_epochs": 1},
        # Only a backbone that is trained is compiled.
        {"freeze": True, "compile": True},
    ],
    ids=lambda parameters: "-".join(parameters) or "defaults",
)
def test_parameters_that_can_be_combined(parameters):
    check_parameters(make(**parameters))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"hidden_layer_sizes": (0,)}, r"hidden_layer_sizes=\(0,\).*\(256,\)"),
        ({"hidden_layer_sizes": 0.5}, "hidden_layer_sizes=0.5: expected numbers of units from 1"),
        ({"optimizer": "adman"}, "optimizer='adman'.*adam"),
        ({"augment": "flop", "freeze": False}, "augment='flop'.*flip"),
        ({"augment": "flip"}, "has no effect with a frozen backbone and one view"),
        ({"n_views": 2}, "n_views=2 needs to know .* augment='light'"),
        (
            {"n_views": 2, "augment": "flip", "backbone": "precomputed"},
            "with backbone='precomputed' there are no images to change",
        ),
        ({"mix": "cutmix"}, "mix='cutmix' changes.*expected mix=None"),
        ({"erasing": 0.1}, "erasing=0.1 changes.*expected erasing=0.0"),
        ({"warmup_epochs": 21}, "warmup_epochs=21 is more than the 20 epochs"),
        ({"freeze": False, "warmup_epochs": 6}, "expected at most 5"),
        ({"freeze": False, "backbone": "precomputed"}, "'precomputed' has no network to train"),
        ({"freeze": False, "backbone": ["tiny_cnn", "resnet18"]}, "backbone and image_size name 2"),
        ({"freeze": False, "image_size": [32, 64]}, "backbone and image_size name 2"),
    ],
)
def test_parameters_that_can_not_be_combined(parameters, message):
    with pytest.raises(ValueError, match=message):
        check_parameters(make(**parameters))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"early_stopping": True}, "no early stopping"),
        ({"checkpoint": "somewhere"}, "no checkpoints"),
        ({"lr_schedule": "cosine"}, "does not know how many epochs"),
        ({"warmup_epochs": 1}, "does not know how many epochs"),
        ({"optimizer": "lbfgs", "hidden_layer_sizes": ()}, "needs all images at once"),
        ({"class_weight": "balanced"}, "compute_label_weight"),
        ({"class_weight": np.mean}, "compute_label_weight"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_partial_fit_can_not_do_what_needs_all_data(parameters, message):
    clf = make(**parameters)
    check_parameters(clf)
    with pytest.raises(ValueError, match=message):
        check_parameters(clf, partial=True)


def test_where_torch_can_not_compile(monkeypatch):
    def fail(function):
        raise OSError("no g++")

    monkeypatch.setattr(torch, "compile", fail)
    with pytest.raises(RuntimeError, match=r"does not work here \(OSError: no g\+\+\)"):
        check_parameters(make(compile=True, freeze=False))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"optimizer": "adman"}, "adman"),
        ({"dropout": 1.0}, "dropout"),
        ({"class_weight": {"persn": 2}}, "persn"),
        ({"mix": "cutmix"}, "mix='cutmix'"),
    ],
)
def test_errors_come_before_images_are_embedded(make_classifier, shapes, parameters, message):
    with pytest.raises(ValueError, match=message):
        make_classifier("tiny_cnn", **parameters).fit(*shapes)
    assert cache_info().backbone_passes == 0
