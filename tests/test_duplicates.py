"""Near-duplicate images."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.metrics.pairwise import cosine_similarity

from skmlic import duplicates
from skmlic.duplicates import find_duplicates, group_duplicates
from skmlic.kernel_ridge import KernelRidgeMultiLabelClassifierCV
from skmlic.model_selection import MultiLabelStratifiedGroupKFold


def make_features(n_scenes=20, n_frames=2, seed=0, dtype=np.float32):
    """Return features where row i and row i + n_scenes are of the same scene."""
    rng = np.random.default_rng(seed)
    scenes = np.abs(rng.normal(size=(n_scenes, 30)))
    frames = np.tile(scenes, (n_frames, 1)) + 0.01 * rng.normal(size=(n_scenes * n_frames, 30))
    return frames.astype(dtype)


@pytest.mark.parametrize("n_rows", [1, 7, 40, 2048])
@pytest.mark.parametrize("threshold", [0.7, 0.95, 1.0])
@pytest.mark.parametrize("many_pairs", [0, 10**6], ids=["reduced", "direct"])
def test_pairs_are_those_of_the_matrix_of_similarities(monkeypatch, n_rows, threshold, many_pairs):
    monkeypatch.setattr(duplicates, "_N_ROWS_PER_BLOCK", n_rows)
    monkeypatch.setattr(duplicates, "_MANY_PAIRS", many_pairs)
    X = make_features(dtype=np.float64)
    X[5] = X[3]
    pairs = find_duplicates(X, threshold=threshold)
    expected = np.triu(cosine_similarity(X) >= threshold - 1e-12, 1)
    found = np.zeros_like(expected)
    found[pairs["first"], pairs["second"]] = True
    assert_array_equal(found, expected)
    assert_allclose(pairs["similarity"], cosine_similarity(X)[pairs["first"], pairs["second"]])
    assert pairs["similarity"].is_monotonic_decreasing
    assert len(pairs) == expected.sum()


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda rng: rng.normal(size=(300, 64)), id="no subspace"),
        pytest.param(lambda rng: rng.random((300, 64)), id="all similar"),
        pytest.param(
            lambda rng: rng.normal(size=(300, 5)) @ rng.normal(size=(5, 64)), id="subspace"
        ),
        pytest.param(lambda rng: np.ones((300, 64)), id="all equal"),
    ],
)
def test_bounds_are_at_least_the_similarities(monkeypatch, make):
    X = make(np.random.default_rng(0))
    X[[3, 4]] = [[0], [np.nan]]
    X[50:60] = X[100:110] * np.linspace(1e-3, 1e3, 10)[:, None]
    monkeypatch.setattr(duplicates, "_MANY_PAIRS", 0)
    reduced, _ = duplicates._reduce(X, X, True)
    assert reduced.shape == (300, 9)
    similarity = cosine_similarity(np.nan_to_num(X))
    assert (reduced @ reduced.T >= similarity - 1e-6).all()


def test_most_similarities_are_not_computed(monkeypatch):
    """Features of images have large projections on a few directions."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(600, 5)) @ rng.normal(size=(5, 64)) + 0.1 * rng.normal(size=(600, 64))
    X[300] = X[0]
    original, n_rows = duplicates._normalize, []

    def normalize(rows, dtype):
        n_rows[-1] += len(rows)
        return original(rows, dtype)

    monkeypatch.setattr(duplicates, "_normalize", normalize)
    monkeypatch.setattr(duplicates, "_N_ROWS_PER_BLOCK", 20)
    for many_pairs in (0, 10**6):
        n_rows.append(0)
        monkeypatch.setattr(duplicates, "_MANY_PAIRS", many_pairs)
        assert find_duplicates(X, threshold=0.999)["second"].tolist() == [300]
    assert n_rows[0] < 2 * len(X) < n_rows[1] / 10


@pytest.mark.parametrize("n_rows", [3, 2048])
@pytest.mark.parametrize("many_pairs", [0, 10**6], ids=["reduced", "direct"])
def test_pairs_between_two_sets(monkeypatch, n_rows, many_pairs):
    monkeypatch.setattr(duplicates, "_N_ROWS_PER_BLOCK", n_rows)
    monkeypatch.setattr(duplicates, "_MANY_PAIRS", many_pairs)
    X = make_features()
    pairs = find_duplicates(X[:15], X[15:])
    assert pairs.columns.tolist() == ["sample", "other", "similarity"]
    # Rows i and i + 20 are similar, and row i + 20 is row i + 5 of the second set.
    assert_array_equal(np.sort(pairs["sample"]), np.arange(15))
    assert_array_equal(pairs["other"], pairs["sample"] + 5)
    # Two frames of the second set are not compared with each other.
    assert find_duplicates(X[:1], X[[1, 1]]).empty


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda X: pd.DataFrame(X), id="pandas"),
        pytest.param(lambda X: X.tolist(), id="list"),
        pytest.param(lambda X: X.astype(np.float64), id="float64"),
        pytest.param(lambda X: X * np.float32(1e30), id="large"),
        pytest.param(lambda X: X.astype(np.float64) * 1e200, id="very large"),
        pytest.param(lambda X: X * np.float32(1e-30), id="small"),
        pytest.param(lambda X: X * np.arange(1, 41, dtype=np.float32)[:, None], id="scaled rows"),
    ],
)
def test_forms_and_scales_of_features_give_the_same_pairs(change):
    X = make_features()
    pairs, expected = find_duplicates(change(X)), find_duplicates(X)
    columns = ["first", "second"]
    assert set(map(tuple, pairs[columns].to_numpy())) == set(
        map(tuple, expected[columns].to_numpy())
    )
    assert len(expected) == 20


def test_a_polars_frame_gives_the_same_pairs():
    polars = pytest.importorskip("polars")
    X = make_features()
    frame = polars.DataFrame({f"feature{j}": X[:, j] for j in range(X.shape[1])})
    pd.testing.assert_frame_equal(find_duplicates(frame), find_duplicates(X))


def test_rows_of_zeros_and_of_nan_are_in_no_pair():
    X = make_features()
    X[[3, 23]], X[[4, 24]] = 0, np.nan
    before = X.copy()
    pairs = find_duplicates(X)
    assert set(pairs["first"]) == set(range(20)) - {3, 4}
    assert_array_equal(X, before)


@pytest.mark.parametrize("n_labels", [1, 2, 3])
def test_labels_that_differ(n_labels):
    X = make_features(3)
    names = ["sea", "sunset", "trees"][:n_labels]
    Y = pd.DataFrame(np.zeros((6, n_labels)), columns=names)
    Y.loc[0, "sea"] = 1
    Y.loc[1, "sea"] = np.nan
    Y.loc[4, "sea"] = 1
    Y.iloc[5] = 1
    pairs = find_duplicates(X, Y=Y).set_index("first")
    assert pairs["differing"].to_dict() == {0: ["sea"], 1: [], 2: names}


def test_no_pairs():
    pairs = find_duplicates(np.eye(3), Y=np.eye(3))
    assert pairs.shape == (0, 4)
    assert_array_equal(group_duplicates(pairs, 3), [0, 1, 2])
    assert find_duplicates([[1.0, 2.0]]).empty


def test_groups_are_connected_components_in_order_of_appearance():
    pairs = pd.DataFrame({"first": [4, 1, 2], "second": [5, 2, 6]})
    groups = group_duplicates(pairs, 7)
    assert groups.dtype == np.int64
    assert_array_equal(groups, [0, 1, 1, 2, 3, 3, 1])


def test_groups_keep_duplicates_in_one_fold():
    X = make_features(40)
    Y = np.tile(np.random.default_rng(0).integers(0, 2, size=(40, 3)), (2, 1))
    groups = group_duplicates(find_duplicates(X), len(X))
    assert_array_equal(groups, np.tile(np.arange(40), 2))
    for train, test in MultiLabelStratifiedGroupKFold(4).split(X, Y, groups):
        assert find_duplicates(X[train], X[test]).empty


@pytest.mark.slow
def test_groups_leave_duplicates_out_together():
    X = make_features(40)
    Y = np.tile(np.random.default_rng(0).integers(0, 2, size=(40, 2)), (2, 1))
    groups = group_duplicates(find_duplicates(X), len(X))
    fit = KernelRidgeMultiLabelClassifierCV(random_state=0).fit
    found = fit(X, Y, groups=groups).loo_scores_
    assert_allclose(found, fit(X, Y, groups=np.tile(np.arange(40), 2)).loo_scores_)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param({"threshold": 0}, r"range \(0.0, 1.0\]. Got 0", id="threshold"),
        pytest.param({"threshold": 95}, "Got 95 instead", id="percent"),
        pytest.param({"other": np.ones((2, 3))}, "30 columns and other has 3", id="width"),
        pytest.param(
            {"other": np.ones((2, 30)), "Y": np.ones((40, 1))}, "concatenate them", id="two sets"
        ),
        pytest.param({"Y": np.ones((3, 1))}, "inconsistent numbers of samples", id="length"),
    ],
)
def test_errors(arguments, message):
    with pytest.raises(ValueError, match=message):
        find_duplicates(make_features(), **arguments)


def test_partly_missing_features_are_an_error():
    X = make_features()
    X[3, 2] = np.nan
    with pytest.raises(ValueError, match="Row 3 of features has 1 NaN among its 30 features"):
        find_duplicates(X)


def test_too_many_pairs_are_an_error_and_its_advice_works(monkeypatch):
    monkeypatch.setattr(duplicates, "_MOST_PAIRS", 30)
    X = make_features()
    X[:10] = X[0]
    with pytest.raises(ValueError, match=r"More than 30 pairs .* np.unique\(features, axis=0\)"):
        find_duplicates(X)
    # Rows 1 to 9 became copies of row 0, and lost their pairs with rows 21 to 29.
    assert len(find_duplicates(np.unique(X, axis=0))) == 11


def test_groups_of_two_sets_are_an_error_and_its_advice_works():
    X = make_features()
    pairs = find_duplicates(X[:20], X[20:])
    with pytest.raises(ValueError, match=r"find the pairs of np.vstack\(\[features, other\]\)"):
        group_duplicates(pairs, 20)
    both = find_duplicates(np.vstack([X[:20], X[20:]]))
    assert_array_equal(group_duplicates(both, 40), np.tile(np.arange(20), 2))


def test_groups_of_fewer_samples_are_an_error():
    pairs = find_duplicates(make_features())
    with pytest.raises(ValueError, match="n_samples=10, but pairs contains row 39"):
        group_duplicates(pairs, 10)


def test_an_interruption_ends_the_comparison(monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(duplicates, "_confirm", interrupt)
    with pytest.raises(KeyboardInterrupt):
        find_duplicates(make_features())


def test_progress(capsys):
    find_duplicates(make_features(), verbose=True)
    assert "Comparing images" in capsys.readouterr().err
    find_duplicates(make_features())
    assert capsys.readouterr().err == ""
