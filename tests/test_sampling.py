import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_array_equal
from polars.testing import assert_frame_equal
from scipy import sparse
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.multioutput import MultiOutputClassifier

from skmlic.sampling import (
    MultiLabelRandomOverSampler,
    MultiLabelRandomUnderSampler,
    drop_rare_labels,
    select_labels,
    undersample_unlabelled,
)

NAMES = ["person", "dog", "cat", "bird"]
COUNTS = np.array([40, 10, 4, 2])
# A sample with a label also has all more frequent ones; 10 samples have none.
NESTED = (np.arange(50)[:, np.newaxis] < COUNTS).astype(int)
# Each sample has one label; 4 samples have none.
DISJOINT = np.repeat(
    np.vstack([np.eye(4, dtype=int), np.zeros((1, 4), dtype=int)]), [*COUNTS, 4], 0
)
FRAME = pd.DataFrame(NESTED, columns=NAMES, index=np.arange(50) + 100)
PATHS = [f"{number}.jpg" for number in range(50)]
FORMATS = ["csr", "csc", "coo", "lil", "dok", "bsr"]
FORMS = [np.asarray, pd.DataFrame, pl.from_pandas, lambda Y: Y.to_numpy().tolist()]
FORMS += [lambda Y, format=format: sparse.csr_matrix(Y).asformat(format) for format in FORMATS]
FORMS += [lambda Y: sparse.coo_array(Y.to_numpy())]
SAMPLERS = [MultiLabelRandomOverSampler, MultiLabelRandomUnderSampler]


def dense(Y):
    return Y.toarray() if sparse.issparse(Y) else np.asarray(Y)


def ratios(Y):
    counts = Y.sum(axis=0)
    return counts.max() / counts


@pytest.mark.parametrize("as_form", FORMS)
def test_drop_rare_labels(as_form):
    Y = as_form(FRAME)
    kept = drop_rare_labels(Y, min_count=4)
    assert_array_equal(dense(kept), NESTED[:, :3])
    if not isinstance(Y, list):
        assert type(kept) is type(Y)
        assert getattr(kept, "format", None) == getattr(Y, "format", None)


def test_frames_keep_names_types_and_index():
    kept = drop_rare_labels(FRAME.astype(bool), min_count=10)
    pd.testing.assert_frame_equal(kept, FRAME[["person", "dog"]].astype(bool))
    kept = select_labels(pl.from_pandas(FRAME), ["bird", "person"])
    assert_frame_equal(kept, pl.from_pandas(FRAME[["bird", "person"]]))


def test_drop_rare_labels_keeps_100_by_default():
    Y = np.zeros((101, 2), dtype=int)
    Y[:100, 0] = Y[:99, 1] = 1
    assert drop_rare_labels(Y).shape == (101, 1)


def test_missing_labels_are_not_counted():
    partial = FRAME.where(FRAME == 1)
    assert list(drop_rare_labels(partial, min_count=10)) == ["person", "dog"]


def test_no_label_left():
    with pytest.raises(ValueError, match=r"min_count=41 positives.*'person', has 40.*min_count=40"):
        drop_rare_labels(FRAME, min_count=41)


@pytest.mark.parametrize("as_form", FORMS)
def test_select_labels(as_form):
    Y = as_form(FRAME)
    kept = select_labels(Y, [2, 0])
    assert_array_equal(dense(kept), NESTED[:, [2, 0]])
    if not isinstance(Y, list):
        assert type(kept) is type(Y)
        assert getattr(kept, "format", None) == getattr(Y, "format", None)


def test_select_labels_by_name_and_by_number_agree():
    for labels in (["cat", "dog"], [2, 1], ["cat", 1], np.array(["cat", "dog"]), ("cat", "dog")):
        pd.testing.assert_frame_equal(select_labels(FRAME, labels), FRAME[["cat", "dog"]])
    years = pd.DataFrame(NESTED, columns=[2001, 2002, 0, 2004])
    assert list(select_labels(years, [2004, 0])) == [2004, 0]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (
            ["persn"],
            r"'persn', which Y does not have. Did you mean 'person'\? Its labels are 'pers",
        ),
        ([4], "the label 4; Y has 4 labels, numbered from 0"),
        ([-1], "numbered from 0"),
        ([True], "the label True, which"),
        ([1.0], "the label 1.0, which"),
        (["dog", "cat", 1], "'dog' more than once"),
        ([], "labels is empty"),
        ("dog", r"write \['dog'\]"),
        (1, r"write \[1\]"),
    ],
)
def test_wrong_labels(labels, message):
    with pytest.raises(ValueError, match=message):
        select_labels(FRAME, labels)


@pytest.mark.parametrize("as_form", FORMS)
def test_undersample_unlabelled(as_form):
    order = np.random.default_rng(0).permutation(50)
    Y = as_form(FRAME.iloc[order])
    X = np.array(PATHS)[order]
    X_kept, Y_kept = undersample_unlabelled(X, Y, n_max=3, random_state=0)
    rows = [list(X).index(path) for path in X_kept]
    assert rows == sorted(rows)
    assert_array_equal(dense(Y_kept), NESTED[order][rows])
    assert (dense(Y_kept).sum(axis=1) == 0).sum() == 3
    assert len(rows) == 43
    assert type(Y_kept) is type(Y)


@pytest.mark.parametrize("n_max", [10, 260])
def test_few_unlabelled_are_all_kept(n_max):
    X, Y = undersample_unlabelled(PATHS, NESTED, n_max=n_max)
    assert X == PATHS
    assert_array_equal(Y, NESTED)
    assert_array_equal(undersample_unlabelled(PATHS, NESTED, n_max=0)[1], NESTED[:40])


@pytest.mark.parametrize("n_max", [-1, 0.5, None, "3"])
def test_wrong_numbers(n_max):
    with pytest.raises(
        ValueError, match="'n_max' parameter of undersample_unlabelled must be an int"
    ):
        undersample_unlabelled(PATHS, NESTED, n_max=n_max)
    with pytest.raises(
        ValueError, match="'min_count' parameter of drop_rare_labels must be an int"
    ):
        drop_rare_labels(NESTED, n_max)


@pytest.mark.parametrize("Sampler", SAMPLERS)
@pytest.mark.parametrize("as_form", FORMS)
def test_rows_are_those_of_sample_indices(Sampler, as_form):
    Y = as_form(FRAME)
    for X in (PATHS, np.arange(100).reshape(50, 2), sparse.eye_array(50).tocoo(), FRAME):
        sampler = Sampler(0.2, random_state=0)
        X_resampled, Y_resampled = sampler.fit_resample(X, Y)
        rows = sampler.sample_indices_
        assert type(X_resampled) is type(X)
        assert type(Y_resampled) is type(Y)
        expected = [X[row] for row in rows] if isinstance(X, list) else dense(X)[rows]
        assert_array_equal(dense(X_resampled), expected)
        assert_array_equal(dense(Y_resampled), NESTED[rows])
        assert rows.dtype.kind == "i"
        assert len(rows) != 50


@pytest.mark.parametrize("Sampler", SAMPLERS)
def test_random_state(Sampler):
    def rows(seed):
        sampler = Sampler(0.2, random_state=seed)
        sampler.fit_resample(PATHS, DISJOINT[:50])
        return sampler.sample_indices_.tolist()

    assert rows(0) == rows(0)
    assert len({tuple(rows(seed)) for seed in range(5)}) > 1


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("n_labels", [2, 3, 8])
def test_oversampling_as_the_published_steps(seed, n_labels):
    # Labels are counted again after each clone, to check that the paper allows it.
    rng = np.random.default_rng(seed)
    Y = (rng.random((200, n_labels)) < np.geomspace(0.6, 0.02, n_labels)).astype(int)
    Y[0] = 1
    sampler = MultiLabelRandomOverSampler(0.5, random_state=seed)
    sampler.fit_resample(Y, Y)
    assert_array_equal(sampler.sample_indices_[:200], np.arange(200))
    clones = sampler.sample_indices_[200:].tolist()
    mean_ir = ratios(Y).mean()
    turns = [label for label in range(n_labels) if ratios(Y)[label] > mean_ir]
    grown = Y
    while turns and clones:
        for label in list(turns):
            if clones:
                row = clones.pop(0)
                assert Y[row, label] == 1
                grown = np.vstack([grown, Y[row]])
                if ratios(grown)[label] <= mean_ir:
                    turns.remove(label)
    assert not clones
    assert not turns or len(grown) == 300


def test_oversampling_stops_at_the_mean():
    # IRLbl is 1, 4, 10 and 20 with mean 8.75, so cat and bird need 5 positives each.
    sampler = MultiLabelRandomOverSampler(1.0, random_state=0)
    _, Y = sampler.fit_resample(DISJOINT, DISJOINT)
    assert_array_equal(Y.sum(axis=0), [40, 10, 5, 5])


def test_oversampling_counts_all_labels_of_clones():
    # A clone with a bird also has a cat, a dog and a person: 40 + k <= 8.75 (2 + k) at k = 3.
    _, Y = MultiLabelRandomOverSampler(1.0, random_state=0).fit_resample(NESTED, NESTED)
    # The first clone is one with a cat, 41 <= 8.75 * 5, and may or may not have a bird.
    assert Y.sum(axis=0)[2] in (7, 8)
    assert Y.sum(axis=0)[3] == 5


@pytest.mark.parametrize(("ratio", "n_clones"), [(0, 0), (0.02, 1), (0.05, 3), (0.06, 4)])
def test_oversampling_adds_at_most_its_fraction(ratio, n_clones):
    sampler = MultiLabelRandomOverSampler(ratio, random_state=0)
    sampler.fit_resample(DISJOINT, DISJOINT)
    assert len(sampler.sample_indices_) == 60 + n_clones


def test_undersampling_keeps_rare_labels():
    sampler = MultiLabelRandomUnderSampler(0.5, random_state=0)
    _, Y = sampler.fit_resample(DISJOINT, DISJOINT)
    assert len(Y) == 30
    assert_array_equal(Y.sum(axis=0)[2:], [4, 2])
    assert (np.diff(sampler.sample_indices_) > 0).all()


def test_undersampling_leaves_majority_samples_out_with_equal_probability():
    left_out = np.zeros(60)
    for seed in range(200):
        sampler = MultiLabelRandomUnderSampler(0.25, random_state=seed)
        sampler.fit_resample(DISJOINT, DISJOINT)
        left_out += ~np.isin(np.arange(60), sampler.sample_indices_)
    without_rare = DISJOINT[:, 2:].sum(axis=1) == 0
    assert (left_out[~without_rare] == 0).all()
    assert (abs(left_out[without_rare] / 200 - 15 / 54) < 0.12).all()


def test_undersampling_more_samples_than_possible():
    _, Y = MultiLabelRandomUnderSampler(0.99).fit_resample(DISJOINT, DISJOINT)
    assert_array_equal(Y.sum(axis=0), [0, 0, 4, 2])


@pytest.mark.parametrize("Sampler", SAMPLERS)
@pytest.mark.parametrize(
    "Y",
    [NESTED[:, :1], NESTED[:, [0, 0]], NESTED[:, [1, 1, 1]], np.zeros((50, 3), dtype=int)],
    ids=["one label", "two equal", "three equal", "no positives"],
)
def test_all_samples_are_kept_if_no_label_is_rare(Sampler, Y):
    sampler = Sampler()
    sampler.fit_resample(PATHS, Y)
    assert_array_equal(sampler.sample_indices_, np.arange(50))


@pytest.mark.parametrize("Sampler", SAMPLERS)
def test_a_label_without_positives_changes_nothing(Sampler):
    sampler = Sampler(0.2, random_state=0)
    sampler.fit_resample(PATHS, NESTED)
    other = clone(sampler)
    other.fit_resample(PATHS, np.column_stack([NESTED, np.zeros(50, dtype=int)]))
    assert_array_equal(other.sample_indices_, sampler.sample_indices_)


@pytest.mark.parametrize("Sampler", SAMPLERS)
def test_wrong_arguments(Sampler):
    with pytest.raises(ValueError, match="'ratio' parameter"):
        Sampler(-0.1).fit_resample(PATHS, NESTED)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        Sampler().fit_resample(PATHS[:-1], NESTED)
    with pytest.raises(ValueError, match="one-dimensional"):
        Sampler().fit_resample(PATHS, NESTED[:, 0])
    with pytest.raises(ValueError, match="'ratio' parameter"):
        MultiLabelRandomUnderSampler(1.0).fit_resample(PATHS, NESTED)


@pytest.mark.parametrize("Sampler", SAMPLERS)
def test_inputs_and_parameters_are_not_changed(Sampler):
    sampler = Sampler(0.2, random_state=0)
    Y = FRAME.copy()
    sampler.fit_resample(PATHS, Y)
    pd.testing.assert_frame_equal(Y, FRAME)
    assert sampler.get_params() == {"ratio": 0.2, "random_state": 0}


@pytest.mark.parametrize("Sampler", SAMPLERS)
def test_step_in_a_pipeline_of_imbalanced_learn(Sampler):
    pipeline = pytest.importorskip("imblearn.pipeline")
    X = np.random.default_rng(0).normal(size=(60, 3))
    sampler = Sampler(0.2, random_state=0)
    model = MultiOutputClassifier(LogisticRegression())
    steps = pipeline.make_pipeline(sampler, model).fit(X, DISJOINT)
    by_hand = clone(model).fit(*clone(sampler).fit_resample(X, DISJOINT))
    assert_array_equal(steps.predict(X), by_hand.predict(X))
    assert len(steps.predict(X)) == 60
    assert len(steps[0].sample_indices_) != 60
