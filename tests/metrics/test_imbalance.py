import dataclasses

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

from skmlic.metrics import imbalance_summary

# The labels have 4, 2 and 1 positives; the last row has no label.
SMALL = pd.DataFrame({"person": [1, 1, 1, 1, 0, 0], "dog": [1, 1, 0, 0, 0, 0]}).assign(
    cat=[0, 0, 0, 0, 1, 0]
)


def random_targets(n_labels):
    rng = np.random.default_rng(0)
    return (rng.random((60, n_labels)) < np.geomspace(0.5, 0.1, n_labels)).astype(int)


def naive(Y):
    """Compute the formulas of the papers in loops over lists."""
    Y = np.asarray(Y).tolist()
    counts = [sum(row[j] for row in Y) for j in range(len(Y[0]))]
    ir = [max(counts) / n if n else np.inf for n in counts]
    finite = [value for value in ir if value < np.inf]
    mean = sum(finite) / len(finite)
    spread = sum((value - mean) ** 2 for value in finite) / max(len(finite) - 1, 1)
    scumble = []
    for row in Y:
        own = [value for value, has in zip(ir, row, strict=True) if has]
        if own:
            scumble.append(1 - np.prod(own) ** (1 / len(own)) / (sum(own) / len(own)))
        else:
            scumble.append(0.0)
    by_label = [
        np.mean([value for value, row in zip(scumble, Y, strict=True) if row[j]]) if n else np.nan
        for j, n in enumerate(counts)
    ]
    together = [[sum(r[i] and r[j] for r in Y) for j in range(len(ir))] for i in range(len(ir))]
    sets = len({tuple(row) for row in Y})
    return counts, ir, mean, spread**0.5 / mean, np.mean(scumble), by_label, together, sets


def test_by_hand():
    summary = imbalance_summary(SMALL)
    assert (summary.n_samples, summary.n_labels) == (6, 3)
    assert (summary.n_label_sets, summary.n_unlabelled) == (4, 1)
    assert_allclose(summary.cardinality, 7 / 6)
    assert_allclose(summary.density, 7 / 18)
    assert_allclose(summary.labels["ir_lbl"], [1, 2, 4])
    assert_allclose(summary.mean_ir, 7 / 3)
    assert_allclose(summary.cv_ir, np.sqrt(7 / 3) / (7 / 3))
    both = 1 - np.sqrt(2) / 1.5
    assert_allclose(summary.scumble, 2 * both / 6)
    assert_allclose(summary.labels["scumble_lbl"], [both / 2, both, 0], atol=1e-12)
    assert_array_equal(summary.labels["count"], [4, 2, 1])
    assert_allclose(summary.labels["frequency"], [4 / 6, 2 / 6, 1 / 6])
    assert_array_equal(summary.co_occurrence, [[4, 2, 0], [2, 2, 0], [0, 0, 1]])


@pytest.mark.parametrize("n_labels", [1, 2, 3, 12])
@pytest.mark.parametrize("with_empty_label", [False, True])
def test_as_the_naive_loops(n_labels, with_empty_label):
    Y = random_targets(n_labels)
    if with_empty_label:
        Y = np.column_stack([Y, np.zeros(len(Y), dtype=int)])
    counts, ir, mean_ir, cv_ir, scumble, by_label, together, sets = naive(Y)
    summary = imbalance_summary(Y)
    assert_array_equal(summary.labels["count"], counts)
    assert_allclose(summary.labels["ir_lbl"], ir)
    assert_allclose(summary.labels["scumble_lbl"], by_label, atol=1e-12)
    assert_allclose(summary.mean_ir, mean_ir)
    assert_allclose(summary.cv_ir, cv_ir, atol=1e-12)
    assert_allclose(summary.scumble, scumble, atol=1e-12)
    assert_array_equal(summary.co_occurrence, together)
    assert summary.n_label_sets == sets


@pytest.mark.parametrize(
    "as_form", [np.asarray, lambda Y: sparse.csr_array(Y.to_numpy()), pl.from_pandas, np.array]
)
def test_forms(as_form):
    summary, expected = imbalance_summary(as_form(SMALL)), imbalance_summary(SMALL)
    names = {field.name for field in dataclasses.fields(expected)} - {"pair_counts"}
    for name in names | {"co_occurrence"}:
        assert_array_equal(getattr(summary, name), getattr(expected, name))


def test_labels_are_named():
    for Y in (SMALL, pl.from_pandas(SMALL)):
        summary = imbalance_summary(Y)
        assert list(summary.labels.index) == list(SMALL)
        assert summary.co_occurrence.loc["dog", "person"] == 2
    unnamed = imbalance_summary(SMALL.to_numpy())
    assert list(unnamed.labels.index) == list(unnamed.co_occurrence) == ["0", "1", "2"]
    pairs = SMALL.set_axis([("animal", name) for name in SMALL], axis=1)
    assert len(imbalance_summary(pairs).labels) == 3


def test_a_label_without_positives_is_excluded_from_means():
    summary, expected = imbalance_summary(SMALL.assign(bird=0)), imbalance_summary(SMALL)
    assert (summary.mean_ir, summary.cv_ir) == (expected.mean_ir, expected.cv_ir)
    assert summary.scumble == expected.scumble
    assert summary.labels.loc["bird", "ir_lbl"] == np.inf
    assert np.isnan(summary.labels.loc["bird", "scumble_lbl"])


def test_no_positives_at_all():
    summary = imbalance_summary(np.zeros((3, 2), dtype=int))
    assert np.isnan([summary.mean_ir, summary.cv_ir]).all()
    assert (summary.scumble, summary.cardinality, summary.n_unlabelled) == (0, 0, 3)


def test_balanced_labels():
    summary = imbalance_summary(np.array([[1, 1, 0], [0, 1, 1], [1, 0, 1]]))
    assert_allclose([summary.mean_ir, summary.cv_ir, summary.scumble], [1, 0, 0], atol=1e-12)


def test_text():
    summary = imbalance_summary(SMALL)
    assert "6 samples, 1 of them without any label" in str(summary)
    assert "MeanIR 2.33" in str(summary)
    assert "person" in str(summary)
    assert repr(summary).startswith("<ImbalanceSummary: n_samples=6, n_labels=3")
    many = imbalance_summary(random_targets(200))
    assert len(str(many).splitlines()) < 30


def test_summary_is_frozen_and_y_is_not_changed():
    Y = SMALL.to_numpy()
    before = Y.copy()
    summary = imbalance_summary(Y)
    assert_array_equal(Y, before)
    with pytest.raises(dataclasses.FrozenInstanceError):
        summary.mean_ir = 1.0


@pytest.mark.parametrize(
    ("Y", "message"),
    [(np.zeros((0, 2)), "no samples"), ([1, 0], "one-dimensional"), ([[2, 0]], "expected 0 or 1")],
)
def test_wrong_targets(Y, message):
    with pytest.raises(ValueError, match=message):
        imbalance_summary(Y)
