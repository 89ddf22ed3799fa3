"""Bad input of functions that select, weigh and suggest samples and labels."""

import numpy as np
import pandas as pd

from skmlic.duplicates import find_duplicates
from skmlic.sampling import MultiLabelRandomOverSampler, MultiLabelRandomUnderSampler

X = np.arange(24.0).reshape(12, 2)
Y = np.array([[1, 0, 1], [0, 1, 0], [1, 1, 0], [0, 0, 1]] * 3)
P = np.where(Y == 1, 0.9, 0.2)
MISSING = np.where(np.arange(12)[:, None] < 6, Y, np.nan)
MASKED = np.ma.masked_array(X, mask=X > 20)
PAIRS = find_duplicates(X, threshold=0.9)


def over(ratio, X=X, Y=Y, **options):
    """Oversample."""
    return MultiLabelRandomOverSampler(ratio, **options).fit_resample(X, Y)


def under(ratio, X=X, Y=Y, **options):
    """Undersample."""
    return MultiLabelRandomUnderSampler(ratio, **options).fit_resample(X, Y)


TABLES = {
    "skmlic.active_learning.suggest_images": [
        ("no image", lambda f: f(MISSING, P, X, n_images=0), ValueError, "[1, inf)"),
        ("half an image", lambda f: f(MISSING, P, X, n_images=2.5), ValueError, "Got 2.5"),
        ("text as number", lambda f: f(MISSING, P, X, n_images="3"), ValueError, "Got '3'"),
        ("all annotated", lambda f: f(Y, P, X), ValueError, "All images are annotated"),
        ("decision values", lambda f: f(MISSING, P - 1, X), ValueError, "predict_proba"),
        ("NaN in features", lambda f: f(MISSING, P, X * np.nan), ValueError, "NaN"),
        ("masked features", lambda f: f(MISSING, P, MASKED), ValueError, "3 masked"),
        ("fewer features", lambda f: f(MISSING, P, X[:-1]), ValueError, "[12, 11]"),
        ("paths", lambda f: f(MISSING, P, ["a.png"] * 12), ValueError, "features has strings"),
        ("None", lambda f: f(MISSING, P, None), TypeError, "features is None"),
    ],
    "skmlic.duplicates.find_duplicates": [
        ("threshold of 0", lambda f: f(X, threshold=0), ValueError, "(0.0, 1.0]"),
        ("NaN as threshold", lambda f: f(X, threshold=np.nan), ValueError, "Got nan"),
        ("text as threshold", lambda f: f(X, threshold="high"), ValueError, "Got 'high'"),
        ("verbose of text", lambda f: f(X, verbose="no"), ValueError, "'verbose'"),
        ("one-dimensional", lambda f: f(X[:, 0]), ValueError, "Expected 2D array"),
        ("infinite", lambda f: f(X + np.inf), ValueError, "infinity"),
        (
            "partly NaN",
            lambda f: f([[1, np.nan], [1, 2]]),
            ValueError,
            "1 NaN among its 2 features",
        ),
        ("other features", lambda f: f(X, X[:, :1]), ValueError, "features of one embedder"),
        ("Y of two sets", lambda f: f(X, X, Y=Y), ValueError, "np.vstack([features, other])"),
        ("paths", lambda f: f(["a.png", "b.png"]), ValueError, "features has strings"),
        ("dict", lambda f: f({"a": [1.0]}), TypeError, "features is a dict"),
        ("fewer labels", lambda f: f(X, Y=Y[:3]), ValueError, "[12, 3]"),
    ],
    "skmlic.duplicates.group_duplicates": [
        ("None", lambda f: f(None, 12), ValueError, "instance of 'pandas"),
        (
            "other columns",
            lambda f: f(PAIRS[["similarity"]], 12),
            ValueError,
            "expected 'first' and 'second'",
        ),
        ("too few", lambda f: f(PAIRS, 2), ValueError, "n_samples=2, but pairs contains row"),
        ("text", lambda f: f(PAIRS, "12"), ValueError, "Got '12'"),
        ("1e18", lambda f: f(PAIRS, 10**18), ValueError, "2147483647"),
        (
            "text as rows",
            lambda f: f(PAIRS.assign(first="a"), 12),
            ValueError,
            "pairs['first'][0] is the str 'a'; expected integers",
        ),
        (
            "half a row",
            lambda f: f(PAIRS.assign(first=0.5), 12),
            ValueError,
            "pairs['first'] has numbers that are no integers",
        ),
    ],
    "skmlic.sampling.drop_rare_labels": [
        ("negative", lambda f: f(Y, -1), ValueError, "[0, inf)"),
        ("all", lambda f: f(Y, 10**9), ValueError, "Write min_count=6"),
        ("generator", lambda f: f(row for row in Y), TypeError, "Write list(Y)"),
    ],
    "skmlic.sampling.select_labels": [
        ("None", lambda f: f(Y, None), TypeError, "labels is None; expected a list"),
        ("one name", lambda f: f(Y, "sea"), ValueError, "write ['sea']"),
        (
            "mistyped",
            lambda f: f(pd.DataFrame(Y, columns=["sea", "sky", "dune"]), ["see"]),
            ValueError,
            "Did you mean 'sea'",
        ),
        ("none", lambda f: f(Y, []), ValueError, "labels is empty"),
        ("twice", lambda f: f(Y, [0, 0]), ValueError, "more than once"),
        ("beyond", lambda f: f(Y, [3]), ValueError, "Y has 3 labels, numbered from 0"),
        ("negative", lambda f: f(Y, [-1]), ValueError, "numbered from 0"),
        ("list inside", lambda f: f(Y, [[0]]), ValueError, "names the label [0]"),
        ("bool", lambda f: f(Y, [True]), ValueError, "names the label True"),
    ],
    "skmlic.sampling.undersample_unlabelled": [
        ("fraction", lambda f: f(X, Y, 0.5), ValueError, "Got 0.5"),
        ("X of None", lambda f: f(None, Y), TypeError, "X is None; expected images"),
        ("X of a set", lambda f: f(set(range(12)), Y), TypeError, "X is a set"),
        ("fewer", lambda f: f(X[:3], Y), ValueError, "[3, 12]"),
        ("seed", lambda f: f(X, Y, random_state=-1), ValueError, "'random_state'"),
    ],
    "skmlic.sampling.MultiLabelRandomOverSampler": [
        ("negative", lambda f: over(-0.1), ValueError, "'ratio'"),
        ("X of None", lambda f: over(0.1, X=None), TypeError, "X is None"),
        ("bad Y", lambda f: over(0.1, Y=Y * 2), ValueError, "expected 0 or 1"),
    ],
    "skmlic.sampling.MultiLabelRandomUnderSampler": [
        ("all", lambda f: under(1.0), ValueError, "[0.0, 1.0)"),
        ("seed", lambda f: under(0.1, random_state="a"), ValueError, "'random_state'"),
    ],
    "skmlic.class_weight.compute_label_weight": [
        ("unknown", lambda f: f(Y, "inverse"), ValueError, "class_weight='inverse' … inv_sqrt"),
        (
            "fewer",
            lambda f: f(Y, [1.0, 2.0]),
            ValueError,
            "(2,); expected one weight per label, (3,)",
        ),
        ("negative", lambda f: f(Y, [1, -1, 1]), ValueError, "finite numbers >= 0"),
        ("zeros", lambda f: f(Y, [0, 0, 0]), ValueError, "not all 0"),
        ("set", lambda f: f(Y, {1.0, 2.0}), TypeError, "class_weight is a set"),
        ("texts", lambda f: f(Y, ["a", "b", "c"]), ValueError, "class_weight has strings"),
        ("unknown label", lambda f: f(Y, {"sea": 1.0}), ValueError, "'sea', which Y does not have"),
        (
            "text for a label",
            lambda f: f(Y, {0: "much"}),
            TypeError,
            "class_weight[0] is the str 'much'",
        ),
        ("function", lambda f: f(Y, lambda Y: None), TypeError, "class_weight is None"),
        (
            "scale",
            lambda f: f(Y, "inv", scale=2.0),
            TypeError,
            "scale is the float 2.0; expected a dict",
        ),
    ],
    "skmlic.class_weight.ScaledLabelWeight": [
        ("scale", lambda f: f("inv", scale=None), TypeError, "scale is None; expected a dict"),
        ("missing", lambda f: f("inv", missing="drop"), ValueError, "'raise' or 'warn'"),
        (
            "unknown label",
            lambda f: f("inv", scale={7: 1.0})(Y),
            ValueError,
            "scale names the label 7",
        ),
    ],
    "skmlic.label_issues.find_label_issues": [
        ("threshold", lambda f: f(Y, P, threshold=2), ValueError, "[0.0, 1.0]"),
        ("None", lambda f: f(Y, P, threshold=None), ValueError, "Got None"),
        ("method", lambda f: f(Y, P, response_method=["predict"]), ValueError, "decision_function"),
        ("decision values", lambda f: f(Y, 4 * P - 2), ValueError, "predict_proba"),
        ("names", lambda f: f(Y, P, label_names="abc"), TypeError, "label_names"),
        ("lists", lambda f: f(np.array([[1], [0, 1]], dtype=object), P[:2]), ValueError, "lists"),
        ("three classes", lambda f: f([0, 1, 2], [0.1, 0.2, 0.3]), ValueError, "Only binary"),
        ("NaN", lambda f: f(Y, P * np.nan), ValueError, "is nan"),
    ],
}


def test_rejects(row, reject):
    reject(*row)
