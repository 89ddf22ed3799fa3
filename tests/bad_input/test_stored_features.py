"""Errors that come late lose no features, and those that can come early cost no pass."""

import pytest
from PIL import Image
from sklearn.model_selection import GridSearchCV
from skorch.callbacks import Callback

from skmlic import TransferMultiLabelClassifier, cache_info
from skmlic.datasets import make_multilabel_shapes
from skmlic.exceptions import ImageReadError
from skmlic.model_selection import MultiLabelStratifiedKFold

IMAGES, Y = make_multilabel_shapes(12, n_labels=2, random_state=0)


class Failing(Callback):
    """A callback that fails at the end of the first epoch."""

    def on_epoch_end(self, net, **kwargs):
        raise OSError("The disk is full.")


def make(**parameters):
    return TransferMultiLabelClassifier(
        "tiny_cnn", max_epochs=1, random_state=0, head="net", precision="fp32", **parameters
    )


def test_one_unreadable_image_keeps_the_features_of_the_others(tmp_path):
    paths = [str(tmp_path / f"{number}.png") for number in range(len(IMAGES))]
    for path, image in zip(paths, IMAGES, strict=True):
        Image.fromarray(image).save(path)
    (tmp_path / "7.png").write_text("nothing")
    with pytest.raises(ImageReadError, match=r"7\.png"):
        make().fit(paths, Y)
    assert cache_info().backbone_passes == len(IMAGES) - 1
    Image.fromarray(IMAGES[7]).save(paths[7])
    make().fit(paths, Y)
    assert cache_info().backbone_passes == len(IMAGES)


def test_a_failing_callback_keeps_features():
    with pytest.raises(OSError, match="The disk is full"):
        make(net_params={"callbacks": [Failing()]}).fit(IMAGES, Y)
    make().fit(IMAGES, Y)
    assert cache_info().backbone_passes == len(IMAGES)


def test_a_search_whose_candidate_fails_keeps_features():
    search = GridSearchCV(
        make(), {"loss": ["bce", "bec"]}, cv=MultiLabelStratifiedKFold(2), error_score="raise"
    )
    with pytest.raises(ValueError, match="Did you mean 'bce'"):
        search.fit(IMAGES, Y)
    make().fit(IMAGES, Y)
    assert cache_info().backbone_passes == len(IMAGES)


@pytest.mark.parametrize(
    "parameters",
    [
        {"loss": "bec"},
        {"dropout": 2},
        {"optimizer": "adm"},
        {"lr_schedule": "cosin"},
        {"scoring": "mapp", "early_stopping": True},
        {"class_weight": "inverse"},
        {"hidden_layer_sizes": (0,)},
    ],
    ids=str,
)
def test_wrong_parameters_cost_no_pass(parameters):
    with pytest.raises(ValueError, match=r"\w"):
        make(**parameters).fit(IMAGES, Y)
    assert cache_info().backbone_passes == 0


@pytest.mark.parametrize("labels", [Y + 1, Y[:-1], None], ids=["values", "length", "None"])
def test_wrong_labels_cost_no_pass(labels):
    with pytest.raises(ValueError, match=r"\w"):
        make().fit(IMAGES, labels)
    assert cache_info().backbone_passes == 0


def test_an_unknown_scorer_of_a_search_costs_no_pass():
    search = GridSearchCV(make(), {"lr": [0.1]}, scoring="mapp", cv=MultiLabelStratifiedKFold(2))
    with pytest.raises(ValueError, match="'mapp'"):
        search.fit(IMAGES, Y)
    assert cache_info().backbone_passes == 0
