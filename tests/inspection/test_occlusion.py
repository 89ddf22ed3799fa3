"""Occlusion maps."""

import copy

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline

from skmlic import ImageEmbedder, TransferMultiLabelClassifier
from skmlic.datasets import make_multilabel_shapes
from skmlic.inspection import label_activation_maps
from skmlic.model_selection import TunedThresholdMultiLabelClassifierCV

X, Y = make_multilabel_shapes(40, n_labels=3, random_state=0)


class GreenCounter:
    """A classifier of whether the left half and the right half of an image have green pixels."""

    def predict_proba(self, X):
        is_green = np.stack([np.asarray(x)[:, :, 1] > 200 for x in X])
        half = is_green.shape[2] // 2
        counts = [is_green[:, :, :half].sum(axis=(1, 2)), is_green[:, :, half:].sum(axis=(1, 2))]
        return 1 / (1 + np.exp(1 - np.column_stack(counts) / 50))


def test_occlusion_finds_the_square():
    image = np.zeros((64, 64, 3), dtype=np.uint8)
    image[8:16, 40:48, 1] = 255
    estimator = GreenCounter()
    maps = label_activation_maps(estimator, [image], method="occlusion", patch_size=0.125)
    assert maps.shape == (1, 2, 16, 16)
    assert np.unravel_index(maps[0, 1].argmax(), (16, 16)) in [(2, 10), (2, 11), (3, 10), (3, 11)]
    assert_allclose(maps[0, 0], 0)
    # The patch hides all 64 green pixels, which decreases the logit by 64 / 50.
    assert maps.max() <= 64 / 50 + 1e-6
    as_array = label_activation_maps(estimator, image[np.newaxis], patch_size=0.125)
    assert_allclose(as_array, maps)
    assert_allclose(label_activation_maps(estimator, [image], [1], patch_size=0.125), maps[:, 1:])


@pytest.mark.parametrize(
    ("form", "value_range"),
    [
        pytest.param(lambda x: x.astype(np.uint16), None, id="8-bit uint16"),
        pytest.param(lambda x: x.astype(np.uint16) * 257, None, id="uint16"),
        pytest.param(lambda x: (x / 255).astype(np.float32), None, id="float"),
        pytest.param(lambda x: x.astype(np.float32), (0, 255), id="floats to 255"),
        pytest.param(lambda x: x.astype(np.int16) * 16 - 1024, (-1024, 3056), id="Hounsfield"),
    ],
)
@pytest.mark.parametrize("as_list", [False, True])
@pytest.mark.filterwarnings("ignore:.*images of type uint16.*")
def test_maps_do_not_depend_on_the_type_of_values(form, value_range, as_list):
    clf = TransferMultiLabelClassifier(
        "tiny_cnn", engine="torch", precision="fp32", random_state=0, value_range=value_range
    ).fit(form(X), Y)
    plain = copy.copy(clf).set_params(value_range=None)
    plain.embedder_ = ImageEmbedder(engine="torch", precision="fp32", backbone="tiny_cnn").fit(X)
    options = {"method": "occlusion", "patch_size": 0.5}
    expected = label_activation_maps(plain, X[:2], **options)
    images = form(X[:2])
    maps = label_activation_maps(clf, list(images) if as_list else images, **options)
    # The gray of the patch is 127.5 or 127.
    assert_allclose(maps, expected, atol=0.1)
    assert np.abs(expected).max() > 1


@pytest.mark.slow
def test_occlusion_works_with_any_classifier_of_images():
    pipeline = make_pipeline(ImageEmbedder("tiny_cnn"), OneVsRestClassifier(LogisticRegression()))
    pipeline.fit(X, Y)
    assert label_activation_maps(pipeline, X[:2]).shape == (2, 3, 8, 8)
    with pytest.raises(ValueError, match="Pipeline has none; expected method='occlusion'"):
        label_activation_maps(pipeline, X[:2], method="cam")


@pytest.mark.slow
def test_occlusion_stores_no_features(tmp_path):
    clf = TransferMultiLabelClassifier(
        "tiny_cnn", max_epochs=1, random_state=0, memory=str(tmp_path)
    )
    tuned = TunedThresholdMultiLabelClassifierCV(clf, cv=2).fit(X, Y)
    n_files = sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file())
    label_activation_maps(tuned, X[:2], method="occlusion")
    after = sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file())
    assert after == n_files
    assert tuned.estimator_.memory == str(tmp_path)
