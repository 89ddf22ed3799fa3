"""Bad input of splitters and of objectives of thresholds."""

import numpy as np

X = np.arange(24.0).reshape(12, 2)
Y = np.array([[1, 0, 1], [0, 1, 0], [1, 1, 0], [0, 0, 1]] * 3)
GROUPS = np.repeat([0, 1, 2, 3], 3)


def split(splitter, y=Y, X=X, groups=None):
    """Return all splits."""
    return list(splitter.split(X, y, groups))


TABLES = {
    "skmlic.model_selection.MultiLabelStratifiedKFold": [
        ("one fold", lambda f: split(f(1)), ValueError, "n_splits=1"),
        ("text", lambda f: split(f("5")), ValueError, "n_splits='5'"),
        ("bool", lambda f: split(f(True)), ValueError, "n_splits=True"),
        ("1e18", lambda f: split(f(10**18)), ValueError, "the number of samples, 12"),
        ("order", lambda f: split(f(2, order=3)), ValueError, "order=3"),
        ("shuffle", lambda f: split(f(2, shuffle="no")), ValueError, "'shuffle' parameter"),
        ("seed", lambda f: split(f(2, random_state="a")), ValueError, "'random_state'"),
        ("no y", lambda f: split(f(2), None), ValueError, "Write split(X, y)"),
        ("Y of 2", lambda f: split(f(2), 2 * Y), ValueError, "expected 0 or 1"),
        ("fewer", lambda f: split(f(2), Y[:3]), ValueError, "[12, 3]"),
    ],
    "skmlic.model_selection.RepeatedMultiLabelStratifiedKFold": [
        ("never", lambda f: split(f(2, n_repeats=0)), ValueError, "n_repeats=0"),
        ("half", lambda f: split(f(2, n_repeats=1.5)), ValueError, "n_repeats=1.5"),
        ("seed", lambda f: split(f(2, random_state=-1)), ValueError, "'random_state'"),
    ],
    "skmlic.model_selection.MultiLabelStratifiedShuffleSplit": [
        ("none", lambda f: split(f(0)), ValueError, "n_splits=0"),
        ("more", lambda f: split(f(2, test_size=13)), ValueError, "test_size=13"),
        ("list", lambda f: split(f(2, test_size=[1])), ValueError, "'test_size'"),
        ("NaN", lambda f: split(f(2, train_size=np.nan)), ValueError, "Got nan"),
    ],
    "skmlic.model_selection.MultiLabelStratifiedGroupKFold": [
        ("no groups", lambda f: split(f(2)), ValueError, "groups is missing"),
        ("matrix", lambda f: split(f(2), groups=GROUPS[:, None]), ValueError, "(12, 1)"),
        (
            "missing",
            lambda f: split(f(2), groups=[None, *GROUPS[1:]]),
            ValueError,
            "groups[0] is missing",
        ),
        ("set", lambda f: split(f(2), groups=set(range(12))), TypeError, "a set"),
        ("too many", lambda f: split(f(5), groups=GROUPS), ValueError, "groups, 4"),
    ],
    "skmlic.model_selection.multilabel_train_test_split": [
        ("X of None", lambda f: f(None, Y), TypeError, "X is None"),
        ("Y of None", lambda f: f(X, None), ValueError, "multilabel_train_test_split(X, Y)"),
        ("third array", lambda f: f(X, Y, None), TypeError, "arrays[0] is None"),
        ("percent", lambda f: f(X, Y, test_size=20), ValueError, "test_size=20"),
        ("all", lambda f: f(X, Y, test_size=1.0), ValueError, "'test_size'"),
        ("control characters", lambda f: f(X, Y, test_size="a\x1b"), ValueError, r"'a\x1b'"),
        ("seed", lambda f: f(X, Y, random_state=10**12), ValueError, "'random_state'"),
        ("fewer", lambda f: f(X[:5], Y), ValueError, "[5, 12]"),
    ],
    "skmlic.objectives.FBeta": [
        ("beta", lambda f: f(0), ValueError, "beta=0"),
        ("average", lambda f: f(average="weighted"), ValueError, "average='weighted'"),
    ],
    "skmlic.objectives.Jaccard": [
        ("average", lambda f: f(average=["macro"]), ValueError, "average=['macro']"),
    ],
    "skmlic.objectives.RecallAtPrecision": [
        ("percent", lambda f: f(90), ValueError, "at most 1"),
        ("bool", lambda f: f(True), ValueError, "precision=True"),
    ],
    "skmlic.objectives.PrecisionAtRecall": [
        ("0", lambda f: f(0.0), ValueError, "above 0"),
    ],
    "skmlic.objectives.ExpectedCost": [
        ("vector", lambda f: f([1, 2]), ValueError, "cost has shape (2,); expected (2, 2)"),
        ("texts", lambda f: f([["a", "b"], ["c", "d"]]), ValueError, "cost has strings"),
        ("None", lambda f: f(None), TypeError, "cost is None"),
        ("NaN", lambda f: f(np.full((2, 2), np.nan)), ValueError, "finite numbers"),
        ("complex", lambda f: f(1j * np.eye(2)), ValueError, "complex numbers"),
        ("rows", lambda f: f([[1, 2], [3]]), ValueError, "different lengths"),
    ],
}


def test_rejects(row, reject):
    reject(*row)
