"""Tests of the generators of images."""

import numpy as np
import pytest

from skmlic.datasets import make_digit_scenes, make_multilabel_shapes
from skmlic.datasets._generators import _CARD, _COLORS, _INK, _KINDS


def pair_frequency(Y):
    return (Y[:, 0] & Y[:, 1]).mean()


@pytest.mark.parametrize("n_labels", [1, 2, 3, 20])
def test_shapes_have_the_promised_form(n_labels):
    X, Y = make_multilabel_shapes(15, n_labels=n_labels, image_size=24, random_state=0)
    assert X.shape == (15, 24, 24, 3)
    assert X.dtype == np.uint8
    assert Y.shape == (15, n_labels)
    assert Y.dtype == np.int64
    assert set(np.unique(Y)) <= {0, 1}


@pytest.mark.parametrize("image_size", [8, 32])
def test_shapes_are_seen_where_the_labels_say(image_size):
    X, Y = make_multilabel_shapes(60, n_labels=4, image_size=image_size, random_state=0)
    seen = (X[..., None, :] == _COLORS).all(axis=-1).any(axis=(1, 2))
    np.testing.assert_array_equal(seen, Y)


def test_twenty_shapes_are_distinct():
    looks = {(label % len(_KINDS), label % len(_COLORS)) for label in range(20)}
    assert len(looks) == 20


@pytest.mark.slow
@pytest.mark.parametrize("make", [make_multilabel_shapes, make_digit_scenes])
def test_seed_decides(make):
    X, Y = make(8, random_state=3)
    for seed in (3, np.random.RandomState(3)):
        X_again, Y_again = make(8, random_state=seed)
        np.testing.assert_array_equal(X, X_again)
        np.testing.assert_array_equal(Y, Y_again)
    assert not np.array_equal(X, make(8, random_state=4)[0])


@pytest.mark.parametrize("make", [make_multilabel_shapes, make_digit_scenes])
def test_seeded_generator_leaves_the_global_one_alone(make):
    before = np.random.get_state()[1].copy()  # noqa: NPY002 - it is what we check
    make(3, random_state=0)
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002


def test_labels_do_not_depend_on_image_size():
    _, small = make_multilabel_shapes(50, image_size=8, random_state=0)
    _, large = make_multilabel_shapes(50, image_size=40, random_state=0)
    np.testing.assert_array_equal(small, large)


@pytest.mark.parametrize("allow_unlabelled", [True, False])
def test_imbalance_is_the_ratio_of_frequencies(allow_unlabelled):
    _, Y = make_multilabel_shapes(
        4000, imbalance=4, image_size=8, allow_unlabelled=allow_unlabelled, random_state=0
    )
    frequency = Y.mean(axis=0)
    assert frequency[0] / frequency[2] == pytest.approx(4, rel=0.15)
    assert frequency[0] / frequency[1] == pytest.approx(2, rel=0.15)


@pytest.mark.parametrize("allow_unlabelled", [True, False])
def test_cooccurrence_increases_the_frequency_of_pairs(allow_unlabelled):
    pairs = [
        pair_frequency(
            make_multilabel_shapes(
                1500,
                n_labels=2,
                image_size=8,
                cooccurrence=cooccurrence,
                allow_unlabelled=allow_unlabelled,
                random_state=0,
            )[1]
        )
        for cooccurrence in (0, 0.5, 1)
    ]
    assert (np.diff(pairs) > 0.03).all()


@pytest.mark.parametrize("cooccurrence", [0, 0.5, 1])
def test_cooccurrence_follows_its_formula_and_keeps_frequencies(cooccurrence):
    _, Y = make_multilabel_shapes(
        4000, n_labels=2, imbalance=2, cooccurrence=cooccurrence, image_size=8, random_state=0
    )
    np.testing.assert_allclose(Y.mean(axis=0), [0.5, 0.25], atol=0.03)
    expected = cooccurrence * 0.25 + (1 - cooccurrence) * 0.5 * 0.25
    assert pair_frequency(Y) == pytest.approx(expected, abs=0.02)


def test_full_cooccurrence_nests_the_labels():
    _, Y = make_multilabel_shapes(200, n_labels=5, cooccurrence=1, random_state=0)
    assert (np.diff(Y, axis=1) <= 0).all()


@pytest.mark.parametrize("n_labels", [1, 3])
def test_unlabelled_images(n_labels):
    _, Y = make_multilabel_shapes(200, n_labels=n_labels, random_state=0)
    assert not Y.any(axis=1).all()
    _, Y = make_multilabel_shapes(200, n_labels=n_labels, allow_unlabelled=False, random_state=0)
    assert Y.any(axis=1).all()


@pytest.mark.parametrize(
    ("parameters", "error", "expected"),
    [
        ({"n_samples": 0}, ValueError, "n_samples=0, expected an integer of at least 1"),
        ({"n_samples": 2.0}, TypeError, r"n_samples=2\.0, expected an integer"),
        ({"n_labels": 21}, ValueError, "n_labels=21, expected an integer from 1 to 20"),
        ({"n_labels": True}, TypeError, "n_labels=True"),
        ({"image_size": 7}, ValueError, "image_size=7, expected an integer of at least 8"),
        ({"imbalance": 0.5}, ValueError, "imbalance=0.5, expected a number of at least 1"),
        ({"imbalance": np.inf}, ValueError, "imbalance=inf"),
        ({"cooccurrence": 1.5}, ValueError, "cooccurrence=1.5, expected a number from 0 to 1"),
        ({"cooccurrence": np.nan}, ValueError, "cooccurrence=nan"),
        ({"cooccurrence": "1"}, TypeError, "cooccurrence='1'"),
    ],
)
def test_shapes_refuse_bad_parameters(parameters, error, expected):
    with pytest.raises(error, match=expected):
        make_multilabel_shapes(**parameters)


@pytest.mark.parametrize("image_size", [32, 128])
def test_scenes_have_the_promised_form(image_size):
    X, Y = make_digit_scenes(10, image_size=image_size, random_state=0)
    assert X.shape == (10, image_size, image_size, 3)
    assert X.dtype == np.uint8
    assert list(Y.columns) == list("0123456789")
    assert (Y.dtypes == np.int64).all()
    assert Y.index.tolist() == list(range(10))


@pytest.mark.slow
@pytest.mark.parametrize("max_digits", [1, 2, 4])
def test_scenes_have_up_to_max_digits(max_digits):
    _, Y = make_digit_scenes(60, image_size=32, max_digits=max_digits, random_state=0)
    assert set(Y.sum(axis=1)) == set(range(1, max_digits + 1))


@pytest.mark.slow
def test_every_digit_occurs():
    _, Y = make_digit_scenes(100, image_size=32, random_state=0)
    assert (Y.sum() > 5).all()


def test_digits_are_large_and_dark_on_light_cards():
    X, _ = make_digit_scenes(20, max_digits=1, random_state=0)
    assert ((_CARD == X).all(axis=-1).mean(axis=(1, 2)) > 0.05).all()
    assert ((_INK == X).all(axis=-1).mean(axis=(1, 2)) > 0.015).all()


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"n_samples": 0}, "n_samples=0"),
        ({"image_size": 31}, "image_size=31, expected an integer of at least 32"),
        ({"max_digits": 5}, "max_digits=5, expected an integer from 1 to 4"),
    ],
)
def test_scenes_refuse_bad_parameters(parameters, expected):
    with pytest.raises(ValueError, match=expected):
        make_digit_scenes(**parameters)
