"""Bad input of scores, scorers and reports."""

from functools import partial

import numpy as np
import pandas as pd
import torch
from scipy import sparse

Y = np.array([[1, 0, 1], [0, 1, 0], [1, 1, 0], [0, 0, 1]])
P = np.array([[0.9, 0.2, 0.7], [0.3, 0.8, 0.1], [0.6, 0.7, 0.2], [0.1, 0.4, 0.8]])
NAMES = ["sea", "sky", "dune"]
FRAME = pd.DataFrame(Y, columns=NAMES, index=["a", "b", "c", "d"])


def change(array, value, dtype=float):
    """Return a copy whose second entry has another value."""
    changed = array.astype(dtype)
    changed[0, 1] = value
    return changed


def nest():
    """Return a list that contains itself."""
    nested = []
    nested.append(nested)
    return nested


MASKED = np.ma.masked_array(P, mask=P > 0.85)
GRADIENT = torch.tensor(P, requires_grad=True)

# (id, Y, error, words)
TARGETS = [
    ("None", None, TypeError, "Y is None; expected a 0/1 array"),
    ("number", 3, TypeError, "Y is the int 3"),
    ("string", "sea", TypeError, "Y is the str 'sea'"),
    ("class", list, TypeError, "Y is the class list"),
    ("generator", (row for row in Y), TypeError, "Y is a generator … Write list(Y)"),
    ("dict", {"sea": [1]}, TypeError, "Y is a dict"),
    ("set", {(1, 0, 1)}, TypeError, "Y is a set"),
    ("one-dimensional", Y[:, 0], ValueError, "one-dimensional … reshape(-1, 1)"),
    ("three-dimensional", Y[:, :, None], ValueError, "Y has shape (4, 3, 1)"),
    ("no labels", Y[:, :0], ValueError, "n_labels >= 1"),
    ("no samples", Y[:0], ValueError, "at least one sample"),
    ("2", change(Y, 2), ValueError, "is 2.0 … expected 0 or 1, or NaN"),
    ("-1", change(Y, -1), ValueError, "is -1.0"),
    ("infinite", change(Y, np.inf), ValueError, "is inf"),
    ("text", change(Y, "yes", object), ValueError, "Y holds the str 'yes'"),
    ("list inside", [*Y.tolist()[:-1], [0]], ValueError, "label lists"),
    ("huge integer", change(Y, 10**400, object), ValueError, "expected 0 or 1"),
    ("complex", Y * 1j, ValueError, "dtype complex128"),
    ("dates", Y.astype("M8[s]"), ValueError, "dtype datetime64"),
    ("durations", Y.astype("m8[s]"), ValueError, "dtype timedelta64"),
    ("records", np.zeros(4, dtype=[("sea", int)]), ValueError, "dtype [('sea'"),
    ("masked", np.ma.masked_array(Y, mask=Y == 0), ValueError, "6 masked entries … filled(np.nan)"),
    ("recursive", nest(), ValueError, "nested too deeply"),
    ("tensor with gradients", GRADIENT, TypeError, "write Y.detach().cpu()"),
    ("columns of one name", pd.DataFrame(Y, columns=list("aab")), ValueError, "same name: 'a'"),
    (
        "control characters",
        pd.DataFrame(change(Y, 7), columns=["a", "b\x1b[2J", "c"]),
        ValueError,
        r"'b\x1b[2J'",
    ),
]
# (id, Y_score, error, words)
SCORES = [
    ("None", None, TypeError, "Y_score is None; expected scores of shape"),
    ("string", "sea", TypeError, "Y_score is the str 'sea'"),
    ("generator", (row for row in P), TypeError, "Write list(Y_score)"),
    ("dict", {"sea": P}, TypeError, "Y_score is a dict"),
    ("fewer rows", P[:-1], ValueError, "inconsistent numbers of samples: [4, 3]"),
    ("fewer columns", P[:, :2], ValueError, "(4, 2) … expected that of Y_true, (4, 3)"),
    ("transposed", P.T, ValueError, "inconsistent numbers of samples"),
    ("one-dimensional", P[:, 0], ValueError, "(4, 1) … (4, 3)"),
    ("NaN", change(P, np.nan), ValueError, "Y_score[0, '1'] is nan"),
    ("infinite", change(P, np.inf), ValueError, "is inf; expected finite numbers"),
    ("strings", P.astype(str), ValueError, "Y_score has strings … astype(float)"),
    ("text inside", change(P, "yes", object), ValueError, "Y_score[0, 1] is the str 'yes'"),
    ("dict inside", change(P, {}, object), ValueError, "Y_score[0, 1] is a dict"),
    ("huge integer", change(P, 10**400, object), ValueError, "largest float"),
    ("rows of different lengths", [*P.tolist()[:-1], [0.1]], ValueError, "different lengths"),
    ("complex", P * 1j, ValueError, "Y_score has complex numbers"),
    ("dates", (P * 9).astype(int).astype("M8[s]"), ValueError, "Y_score has dates"),
    ("masked", MASKED, ValueError, "1 masked entries"),
    ("recursive", nest(), ValueError, "nested too deeply"),
    ("tensor with gradients", GRADIENT, TypeError, "Y_score.detach().cpu()"),
]
PREDICTIONS = [
    ("None", None, TypeError, "Y_pred is not a matrix of predictions"),
    ("probabilities", P, ValueError, "expected 0 and 1, as predict returns"),
    ("NaN", change(Y, np.nan), ValueError, "Y_pred has NaN"),
    ("fewer rows", Y[:-1], ValueError, "inconsistent numbers of samples"),
    ("more columns", np.hstack([Y, Y]), ValueError, "(4, 6) … (4, 3)"),
    ("masked", np.ma.masked_array(Y, mask=Y == 0), ValueError, "6 masked entries"),
]
WEIGHTS = [
    ("string", "sea", TypeError, "sample_weight is the str 'sea'"),
    ("set", {1.0, 2.0}, TypeError, "sample_weight is a set"),
    ("fewer", np.ones(3), ValueError, "(3,)"),
    ("matrix", np.ones((4, 1)), ValueError, "1D"),
    ("NaN", [1, np.nan, 1, 1], ValueError, "NaN"),
    ("negative", [1, -1, 1, 1], ValueError, "Negative values"),
    ("zeros", np.zeros(4), ValueError, "at least one non-zero number"),
    ("huge", np.full(4, 1e308), ValueError, "sample_weight / sample_weight.max()"),
    ("None inside", [1, {}, 1, 1], ValueError, "sample_weight[1] is a dict"),
    ("strings", ["1", "1", "1", "1"], ValueError, "sample_weight has strings"),
]
OF_PREDICTIONS = [
    "precision_score",
    "recall_score",
    "fbeta_score",
    "f1_score",
    "jaccard_score",
    "overall_and_class_scores",
    "subset_accuracy_score",
    "label_accuracy_score",
    "balanced_accuracy_score",
    "hamming_loss",
    "multilabel_confusion_matrix",
    "classification_report",
]
OF_PROBABILITIES = ["log_loss", "brier_score_loss", "expected_calibration_error"]
OF_SCORES = [
    "average_precision_score",
    "roc_auc_score",
    "one_label_accuracy_score",
    "one_error",
    "coverage_error",
    "label_ranking_loss",
    "label_ranking_average_precision_score",
    *OF_PROBABILITIES,
]


def score(function, name, parameter, value):
    """Call a score with a bad value of one parameter."""
    response = ("Y_score", P) if name in OF_SCORES else ("Y_pred", Y)
    arguments = {
        "Y_true": FRAME if isinstance(value, pd.DataFrame) else Y,
        response[0]: response[1],
    }
    options = {"beta": 2.0} if name == "fbeta_score" else {}
    (options if parameter not in arguments else arguments)[parameter] = value
    return function(*arguments.values(), **options)


# One score of a kind meets all values; the others share its checks, and meet some of them.
ARRAYS = {
    **{(name, "Y_true"): TARGETS[::5] for name in [*OF_PREDICTIONS, *OF_SCORES]},
    **{(name, "Y_pred"): PREDICTIONS[::2] for name in OF_PREDICTIONS},
    **{(name, "Y_score"): SCORES[::4] for name in OF_SCORES},
    **{(name, "sample_weight"): WEIGHTS[::3] for name in [*OF_PREDICTIONS[:-1], *OF_SCORES]},
    ("precision_score", "Y_true"): TARGETS,
    ("log_loss", "Y_true"): TARGETS,
    ("f1_score", "Y_pred"): PREDICTIONS,
    ("roc_auc_score", "Y_score"): SCORES,
    ("f1_score", "sample_weight"): WEIGHTS,
}
ARRAYS["average_precision_score", "label_names"] = [
    ("number", 3, TypeError, "label_names is the int 3"),
    ("string", "abc", TypeError, "label_names is the str 'abc'"),
    ("set", set(NAMES), TypeError, "label_names is a set"),
    ("generator", (name for name in NAMES), TypeError, "label_names is a generator"),
    ("fewer", NAMES[:2], ValueError, "2 names; Y_true has 3 labels"),
    ("twice", ["sea", "sea", "sky"], ValueError, "'sea' more than once"),
    ("lists", [["sea"], ["sky"], ["dune"]], TypeError, "label_names has a list"),
]
UNDEFINED = {"undefined": "drop"}
# (score, id, parameter, value, error, words)
CASES = [
    *(
        (name, f"{parameter}: {what}", parameter, value, error, words)
        for (name, parameter), table in ARRAYS.items()
        for what, value, error, words in table
    ),
    *(
        (name, "undefined: unknown", "undefined", "drop", ValueError, "undefined='drop' … 'skip'")
        for name in [*OF_PREDICTIONS[:6], *OF_SCORES[:3]]
    ),
    *(
        (name, "average: array", "average", np.array([1, 2]), ValueError, "expected one of")
        for name in [*OF_PREDICTIONS[:5], *OF_SCORES[:2], *OF_PROBABILITIES]
    ),
    ("f1_score", "average: bool", "average", True, ValueError, "average=True: expected one of"),
    ("fbeta_score", "beta: 0", "beta", 0, ValueError, "beta=0: expected a number above 0"),
    ("fbeta_score", "beta: NaN", "beta", np.nan, ValueError, "beta=nan"),
    ("fbeta_score", "beta: text", "beta", "2", ValueError, "beta='2'"),
    ("fbeta_score", "beta: huge", "beta", 10**30, ValueError, "at most 1e+06"),
    ("fbeta_score", "beta: bool", "beta", True, ValueError, "beta=True"),
    (
        "average_precision_score",
        "interpolation: unknown",
        "interpolation",
        "voc07",
        ValueError,
        "interpolation='voc07': expected None, 'voc', 'voc11' or 'coco'",
    ),
    (
        "average_precision_score",
        "interpolation: list",
        "interpolation",
        ["voc"],
        ValueError,
        "interpolation=['voc']",
    ),
    ("expected_calibration_error", "n_bins: 0", "n_bins", 0, ValueError, "n_bins=0"),
    ("expected_calibration_error", "n_bins: half", "n_bins", 2.5, ValueError, "n_bins=2.5"),
    ("expected_calibration_error", "n_bins: 1e9", "n_bins", 10**9, ValueError, "at most 10000"),
    ("classification_report", "output: html", "output", "html", ValueError, "'text' or 'frame'"),
    (
        "classification_report",
        "Y_score: other columns",
        "Y_score",
        pd.DataFrame(P, columns=NAMES[::-1]),
        ValueError,
        "write Y_score[Y_true.columns]",
    ),
    ("classification_report", "Y_score: NaN", "Y_score", P * np.nan, ValueError, "is nan"),
]

TABLES = {
    "skmlic.metrics.top_k_labels": [
        ("k of 0", lambda f: f(P, 0), ValueError, "[1, inf)"),
        ("k of True", lambda f: f(P, True), ValueError, "Got True"),
        ("half a label", lambda f: f(P, 1.5), ValueError, "Got 1.5"),
        (
            "text as threshold",
            lambda f: f(P, 1, threshold="0.5"),
            ValueError,
            "'threshold' … Got '0.5'",
        ),
        (
            "threshold per label",
            lambda f: f(P, 1, threshold=[0.5, 0.5, 0.5]),
            ValueError,
            "must be a float",
        ),
        ("one-dimensional", lambda f: f(P[0], 1), ValueError, "(3,) … (n_samples, n_labels)"),
        ("sparse counts", lambda f: f(sparse.csr_matrix(P) * 1j, 1), ValueError, "complex"),
    ],
    "skmlic.metrics.get_scorer": [
        (
            "mistyped name",
            lambda f: f("f1_marco"),
            ValueError,
            "There is no scorer 'f1_marco'. Did you mean 'f1_macro'",
        ),
        ("control characters", lambda f: f("f1\x1b[2J"), ValueError, r"'f1\x1b[2J'"),
        ("list", lambda f: f(["map"]), ValueError, "get_scorer_names() lists them all"),
        ("None", lambda f: f(None), ValueError, "no scorer None"),
        (
            "unknown option",
            lambda f: f("map", beta=2),
            TypeError,
            "The scorer 'map' has no option 'beta'",
        ),
        ("bad option", lambda f: f("map", interpolation="x"), ValueError, "interpolation='x'"),
        ("bad average", lambda f: f("f1_macro", average="mean"), ValueError, "average='mean'"),
        ("bad policy", lambda f: f("f1_macro", **UNDEFINED), ValueError, "undefined='drop'"),
        (
            "score per label",
            lambda f: f("f1_macro", average=None),
            ValueError,
            "a scorer returns a single number",
        ),
    ],
    "skmlic.metrics.multilabel_scorers": [
        ("no name", lambda f: f(), ValueError, "multilabel_scorers('map', 'OF1')"),
        ("list", lambda f: f(["map", "OF1"]), ValueError, "expected names of scorers"),
        ("mistyped", lambda f: f("map", "CF"), ValueError, "no scorer 'CF'"),
        ("bad policy", lambda f: f("map", **UNDEFINED), ValueError, "undefined='drop'"),
    ],
    "skmlic.metrics.average_precision_score": [
        (
            "rows in another order",
            lambda f: f(FRAME, pd.DataFrame(P, columns=NAMES, index=["b", "a", "c", "d"])),
            ValueError,
            "row 0 is 'a' in Y_true, and 'b' in Y_score. Write Y_score.loc[Y_true.index]",
        ),
    ],
    "skmlic.metrics.f1_score": [
        (
            "columns in another order",
            lambda f: f(FRAME, FRAME[["sky", "sea", "dune"]]),
            ValueError,
            "Y_pred has the columns ['sky', 'sea', 'dune'] … write Y_pred[Y_true.columns]",
        ),
    ],
    "skmlic.metrics.log_loss": [
        (
            "decision values",
            lambda f: f(Y, 4 * P - 2),
            ValueError,
            "Y_proba lies between -1.6 and 1.6 … predict_proba, not of decision_function",
        ),
    ],
    "skmlic.metrics.ImbalanceSummary": [
        ("no fields", lambda kind: kind(), TypeError, "n_samples"),
    ],
    "skmlic.metrics.imbalance_summary": [
        *(
            (what, lambda f, value=value: f(value), error, words)
            for what, value, error, words in TARGETS[::4]
        ),
    ],
}
for name, what, parameter, value, error, words in CASES:
    call = partial(score, name=name, parameter=parameter, value=value)
    TABLES.setdefault(f"skmlic.metrics.{name}", []).append((what, call, error, words))


def test_rejects(row, reject):
    reject(*row)
