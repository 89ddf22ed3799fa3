"""Bad parameters of estimators, and bad input of their methods."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.multioutput import MultiOutputClassifier
from sklearn.naive_bayes import GaussianNB

from skmlic import ImageEmbedder, TransferMultiLabelClassifier
from skmlic.dummy import DummyMultiLabelClassifier
from skmlic.kernel_ridge import KernelRidgeMultiLabelClassifierCV

rng = np.random.default_rng(0)
X = rng.normal(size=(24, 4)).astype(np.float32)
Y = (X[:, :3] > 0).astype(int)
IMAGES = np.zeros((3, 16, 16, 3), dtype=np.uint8)
BAYES = MultiOutputClassifier(GaussianNB())
GRADIENT = torch.tensor(X, requires_grad=True)
MASKED = np.ma.masked_array(X, mask=X > 1.5)
OPTION = "a parameter of TrainingOptions: write training__"


def fit(*arguments, X=X, Y=Y, **parameters):
    """Return a call that fits an estimator with these parameters."""
    return lambda kind: kind(*arguments, **parameters).fit(X, Y)


def net(X=X, Y=Y, weight=None, **parameters):
    """Return a call that fits a classifier of features."""
    quick = {"backbone": "precomputed", "max_epochs": 1, "random_state": 0, "head": "net"}
    return lambda kind: kind(**{**quick, **parameters}).fit(X, Y, weight)


def images(**parameters):
    """Return a call that fits a classifier of images."""
    return lambda kind: kind("tiny_cnn", max_epochs=1, **parameters).fit(IMAGES, Y[:3])


def options(**parameters):
    """Return a call that fits a classifier with these options of training."""
    return lambda kind: net(training=kind(**parameters))(TransferMultiLabelClassifier)


@cache
def fitted(kind):
    """Return an estimator that is fitted on features, or an embedder."""
    if kind is ImageEmbedder:
        return ImageEmbedder("tiny_cnn").fit(IMAGES)
    if kind is TransferMultiLabelClassifier:
        return kind("precomputed", max_epochs=1, random_state=0, head="net").fit(X, Y)
    return (kind() if kind is KernelRidgeMultiLabelClassifierCV else kind(BAYES)).fit(X, Y)


def with_costs(kind):
    """Tune thresholds for costs of two labels, where there are three."""
    from skmlic.objectives import ExpectedCost

    kind(BAYES, objective=ExpectedCost(np.ones((2, 2, 2))), cv=2).fit(X, Y)


TABLES = {
    "skmlic.TransferMultiLabelClassifier": [
        (
            "mistyped backbone",
            fit("resnet5O", X=IMAGES, Y=Y[:3]),
            ValueError,
            "resnet5O … nearest are 'resnet50'",
        ),
        ("backbone of None", fit(None), ValueError, "'backbone'"),
        ("max_epochs of 0", net(max_epochs=0), ValueError, "'max_epochs' … [1, inf)"),
        ("max_epochs of True", net(max_epochs=True), ValueError, "Got True"),
        ("max_epochs of text", net(max_epochs="9"), ValueError, "Got '9'"),
        ("negative lr", net(lr=-1.0), ValueError, "'lr'"),
        ("lr of NaN", net(lr=np.nan), ValueError, "Got nan"),
        ("dropout of 1", net(dropout=1), ValueError, "[0.0, 1.0)"),
        ("activation", net(activation="rel"), ValueError, "'activation' … 'relu'"),
        ("mistyped loss", net(loss="focall"), ValueError, "Did you mean 'focal'"),
        (
            "option of loss",
            net(loss="focal", loss_params={"gama": 1}),
            ValueError,
            "Did you mean 'gamma'",
        ),
        ("optimizer", net(optimizer="adm"), ValueError, "adm"),
        ("another class", net(optimizer=int), TypeError, "optimizer is the class int"),
        ("schedule", net(lr_schedule="cosin"), ValueError, "cosin"),
        ("None of schedule", net(lr_schedule=lambda _: None), TypeError, "lr_schedule(0) is None"),
        ("scorer", net(scoring="mapp", early_stopping=True), ValueError, "mapp"),
        (
            "None of scorer",
            net(scoring=lambda *_: None, early_stopping=True),
            TypeError,
            "The result of scoring=<lambda> is None",
        ),
        ("units of a layer", net(hidden_layer_sizes=10**9), ValueError, "from 1 to 65536"),
        ("layers", net(hidden_layer_sizes=(0,)), ValueError, "hidden_layer_sizes"),
        ("layer of text", net(hidden_layer_sizes=("a",)), ValueError, "hidden_layer_sizes"),
        ("class weight", net(class_weight="inverse"), ValueError, "class_weight='inverse'"),
        (
            "weight of a label",
            net(class_weight={"sea": 2.0}),
            ValueError,
            "'sea', which Y does not have",
        ),
        ("device", net(device="gpu"), ValueError, "gpu"),
        ("seed", net(random_state="a"), ValueError, "'random_state'"),
        ("head", net(head="svm"), ValueError, "'head'"),
        ("training", net(training={"mix": None}), ValueError, "'training'"),
        ("option outside", lambda kind: kind().set_params(mix="mixup"), ValueError, f"{OPTION}mix"),
        ("unknown parameter", lambda kind: kind(dropot=0.1), TypeError, "dropot"),
        (
            "X_val alone",
            lambda kind: kind("precomputed").fit(X, Y, X_val=X),
            ValueError,
            "pass both, or none",
        ),
        ("X of None", net(X=None), (TypeError, ValueError), "X is None"),
        ("X of text", net(X="a.png"), TypeError, "X is the str 'a.png'"),
        ("X of dict", net(X={"a": X}), TypeError, "X is a dict"),
        ("X of generator", net(X=(row for row in X)), TypeError, "Write list(X)"),
        ("X with NaN", net(X=X * np.nan), ValueError, "NaN"),
        ("X infinite", net(X=X + np.inf), ValueError, "infinity"),
        ("X one-dimensional", net(X=X[:, 0]), ValueError, "2D"),
        ("X complex", net(X=X * 1j), ValueError, "Complex"),
        ("X of dates", net(X=X.astype(int).astype("M8[s]")), TypeError, "X has dates"),
        ("X masked", net(X=MASKED), ValueError, "masked entries"),
        ("X with gradients", net(X=GRADIENT), TypeError, "X.detach().cpu()"),
        ("X shorter", net(X=X[:3]), ValueError, "[3, 24]"),
        ("Y of None", net(Y=None), ValueError, "requires y"),
        ("Y of names", net(Y=["sea"] * 24), ValueError, "y has one class only"),
        ("Y of lists", net(Y=[["sea"], ["sky", "sea"]] * 12), ValueError, "MultiLabelBinarizer"),
        ("Y of 2", net(Y=2 * Y), ValueError, "expected 0 or 1, or NaN"),
        ("Y continuous", net(Y=X[:, 0]), ValueError, "continuous"),
        ("Y masked", net(Y=np.ma.masked_array(Y, mask=Y == 0)), ValueError, "masked entries"),
        ("weights", net(weight=np.ones(3)), ValueError, "(3,)"),
        ("negative weights", net(weight=-np.ones(24)), ValueError, "Negative"),
        ("zero weights", net(weight=np.zeros(24)), ValueError, "non-zero"),
        ("weights of text", net(weight="equal"), TypeError, "sample_weight is the str"),
        ("not fitted", lambda kind: kind("precomputed").predict(X), ValueError, "not fitted"),
        (
            "other columns",
            lambda kind: fitted(kind).predict(X[:, :2]),
            ValueError,
            "expecting 4 features",
        ),
        ("predict None", lambda kind: fitted(kind).predict_proba(None), TypeError, "X is None"),
        ("predict NaN", lambda kind: fitted(kind).decision_function(X * np.nan), ValueError, "NaN"),
        ("pooling", images(pooling="mean"), ValueError, "'pooling'"),
        ("freeze", images(freeze="all"), ValueError, "all"),
        ("augment", images(augment="ligth"), ValueError, "Did you mean 'light'"),
        ("value range", images(value_range=(1, 0)), ValueError, "value_range"),
        ("image size", images(image_size=(0, 0)), ValueError, "image_size"),
        ("1e9 pixels", images(image_size=10**9), ValueError, "pixels up to 10000"),
        ("weights of backbone", images(weights="none.pth"), OSError, "none.pth"),
        (
            "first classes",
            lambda kind: kind("precomputed").partial_fit(X, [1] * 24, [1, 2, 3]),
            ValueError,
            "Only binary",
        ),
    ],
    "skmlic.TrainingOptions": [
        ("views", options(n_views=0), ValueError, "'n_views'"),
        ("mix", options(mix="mixop"), ValueError, "'mix'"),
        ("erasing", options(erasing=2), ValueError, "'erasing'"),
        ("holdout", options(validation_fraction=1.0), ValueError, "'validation_fraction'"),
        ("layer decay", options(layer_decay=0), ValueError, "'layer_decay'"),
        ("steps", options(accumulation_steps=True), ValueError, "'accumulation_steps'"),
        ("unknown", lambda kind: kind(mixing=1), TypeError, "mixing"),
    ],
    "skmlic.ImageEmbedder": [
        (
            "batch size",
            lambda kind: kind("tiny_cnn", batch_size=0).fit(IMAGES),
            ValueError,
            "'batch_size'",
        ),
        ("jobs", lambda kind: kind("tiny_cnn", n_jobs=0).fit(IMAGES), ValueError, "'n_jobs'"),
        ("engine", lambda kind: kind("tiny_cnn", engine="tf").fit(IMAGES), ValueError, "'engine'"),
        (
            "precision",
            lambda kind: kind("tiny_cnn", precision=16).fit(IMAGES),
            ValueError,
            "'precision'",
        ),
        ("None", lambda kind: fitted(kind).transform(None), (TypeError, ValueError), "None"),
        ("number", lambda kind: fitted(kind).transform(3), (TypeError, ValueError), "X"),
        (
            "views",
            lambda kind: fitted(kind).transform_views(IMAGES, None),
            TypeError,
            "views is None; expected a list of View",
        ),
        ("missing file", lambda kind: fitted(kind).transform(["none.png"]), ValueError, "none.png"),
        (
            "control characters",
            lambda kind: fitted(kind).transform(["no\x1b[2J.png"]),
            ValueError,
            r"no\x1b[2J.png",
        ),
        (
            "floats",
            lambda kind: fitted(kind).transform(np.full((1, 8, 8, 3), np.nan)),
            ValueError,
            "NaN",
        ),
        ("not fitted", lambda kind: kind("tiny_cnn").transform(IMAGES), ValueError, "not fitted"),
        (
            "frame of columns",
            lambda kind: fitted(kind).transform(pd.DataFrame({"a": ["x"], "b": ["y"]})),
            ValueError,
            "one column of images",
        ),
    ],
    "skmlic.predict_stream": [
        ("model", lambda f: next(f(None, IMAGES)), (TypeError, ValueError), "None"),
        (
            "not fitted",
            lambda f: next(f(TransferMultiLabelClassifier("tiny_cnn"), IMAGES)),
            ValueError,
            "not fitted",
        ),
        (
            "block size",
            lambda f: next(f(fitted(TransferMultiLabelClassifier), X, block_size=0)),
            ValueError,
            "block_size",
        ),
        (
            "on_error",
            lambda f: next(f(fitted(TransferMultiLabelClassifier), X, on_error="skip")),
            ValueError,
            "on_error",
        ),
    ],
    "skmlic.kernel_ridge.KernelRidgeMultiLabelClassifierCV": [
        ("kernel", fit(kernels=["gauss"]), ValueError, "gauss"),
        ("widths", fit(widths=[-1.0]), ValueError, "widths"),
        ("alphas", fit(alphas=[0.0]), ValueError, "alphas"),
        ("scaling", fit(feature_scaling="minmax"), ValueError, "'feature_scaling'"),
        ("landmarks", fit(n_landmarks=0), ValueError, "'n_landmarks'"),
        ("scoring", fit(scoring="mapp"), ValueError, "mapp"),
        ("NaN", fit(X=X * np.nan), ValueError, "NaN"),
        ("set", fit(X={1.0, 2.0}), TypeError, "X is a set"),
        ("1e308", fit(X=X.astype(float) * 1e307), ValueError, "whose squares are infinite"),
        ("Y", fit(Y=Y + 1), ValueError, "expected 0 or 1"),
        (
            "columns",
            lambda kind: fitted(kind).predict(X[:, :1]),
            ValueError,
            "expecting 4 features",
        ),
        ("weights", lambda kind: kind().fit(X, Y, np.zeros(24)), ValueError, "non-zero"),
        ("not fitted", lambda kind: kind().predict(X), ValueError, "not fitted"),
    ],
    "skmlic.dummy.DummyMultiLabelClassifier": [
        ("strategy", fit("mean"), ValueError, "'strategy'"),
        ("seed", fit(random_state=2.5), ValueError, "'random_state'"),
        ("Y of None", fit(Y=None), ValueError, "requires y"),
        ("X empty", fit(X=[], Y=Y[:0]), ValueError, "0 sample"),
        ("weights", lambda kind: kind().fit(X, Y, {1, 2}), TypeError, "sample_weight is a set"),
        ("not fitted", lambda kind: kind().predict(X), ValueError, "not fitted"),
    ],
    "skmlic.model_selection.TunedThresholdMultiLabelClassifierCV": [
        ("estimator", fit("bayes"), ValueError, "'estimator'"),
        ("class", fit(GaussianNB, cv=2), TypeError, "instead of a class"),
        ("objective", fit(BAYES, objective="f1_marco"), ValueError, "Did you mean"),
        (
            "None of objective",
            fit(BAYES, objective=lambda *a: None, cv=2),
            TypeError,
            "is None; expected a number",
        ),
        ("costs", with_costs, ValueError, "2 cost matrices"),
        ("strategy", fit(BAYES, strategy="best"), ValueError, "'strategy'"),
        ("one fold", fit(BAYES, cv=1), ValueError, "1"),
        ("cv of text", fit(BAYES, cv="five"), ValueError, "'cv'"),
        ("prefit", fit(BAYES, cv="prefit"), ValueError, "refit=False"),
        ("not fitted", fit(BAYES, cv="prefit", refit=False), ValueError, "not fitted"),
        ("k", fit(BAYES, strategy="top_k", k=0), ValueError, "'k'"),
        ("jobs", fit(BAYES, n_jobs=0), ValueError, "'n_jobs'"),
        ("Y", fit(BAYES, Y=Y - 1), ValueError, "expected 0 or 1"),
        ("unfitted", lambda kind: kind(BAYES).predict(X), ValueError, "not fitted"),
    ],
    "skmlic.model_selection.FixedThresholdMultiLabelClassifier": [
        ("text", fit(BAYES, threshold="half"), ValueError, "'threshold'"),
        ("fewer", fit(BAYES, threshold=[0.5, 0.5]), ValueError, "each of the 3 labels"),
        ("NaN", fit(BAYES, threshold=[0.5, np.nan, 0.5]), ValueError, "contains NaN"),
        ("texts", fit(BAYES, threshold=["a", "b", "c"]), ValueError, "threshold has strings"),
        ("complex", fit(BAYES, threshold=np.ones(3) * 1j), ValueError, "complex numbers"),
        ("bool", fit(BAYES, threshold=True), TypeError, "bool"),
        ("label", fit(BAYES, threshold={"sea": 0.5}), ValueError, "'sea', which Y does not have"),
        (
            "text of a label",
            fit(BAYES, threshold={0: "low"}),
            TypeError,
            "threshold[0] is the str 'low'",
        ),
        ("method", fit(BAYES, response_method="predict"), ValueError, "'response_method'"),
        ("X", lambda kind: fitted(kind).predict(X[:, :1]), ValueError, "expecting 4 features"),
    ],
    "skmlic.calibration.CalibratedMultiLabelClassifierCV": [
        ("method", fit(BAYES, method="platt"), ValueError, "'method'"),
        ("estimator", fit(None), ValueError, "'estimator'"),
        ("cv", fit(BAYES, cv=1.5), ValueError, "'cv'"),
        ("jobs", fit(BAYES, n_jobs=True), ValueError, "'n_jobs'"),
        ("Y", fit(BAYES, Y=Y[:3]), ValueError, "[24, 3]"),
        ("flag", fit(BAYES, store_cv_results="yes"), ValueError, "'store_cv_results'"),
        ("not fitted", lambda kind: kind(BAYES).predict_proba(X), ValueError, "not fitted"),
    ],
    "skmlic.learning_rate.LearningRateFinder": [
        ("estimator", fit(BAYES), ValueError, "has no learning rate"),
        ("class", fit("net"), ValueError, "'estimator'"),
        (
            "one step",
            fit(TransferMultiLabelClassifier("precomputed"), n_steps=1),
            ValueError,
            "'n_steps'",
        ),
        (
            "order",
            fit(TransferMultiLabelClassifier("precomputed"), min_lr=1.0, max_lr=0.1),
            ValueError,
            "is not above min_lr",
        ),
        (
            "kernel",
            fit(TransferMultiLabelClassifier("precomputed", head="kernel")),
            ValueError,
            "head='kernel'",
        ),
        (
            "smoothing",
            fit(TransferMultiLabelClassifier("precomputed"), smoothing=np.nan),
            ValueError,
            "'smoothing'",
        ),
    ],
    "skmlic.inspection.label_activation_maps": [
        ("estimator", lambda f: f(None, IMAGES), (TypeError, ValueError), "None"),
        (
            "not fitted",
            lambda f: f(TransferMultiLabelClassifier("tiny_cnn"), IMAGES),
            ValueError,
            "not fitted",
        ),
        (
            "features",
            lambda f: f(fitted(TransferMultiLabelClassifier), X),
            ValueError,
            "precomputed",
        ),
    ],
}


def test_rejects(row, reject):
    reject(*row)


@pytest.mark.parametrize("kind", [KernelRidgeMultiLabelClassifierCV, DummyMultiLabelClassifier])
def test_read_only_input_is_accepted_and_unchanged(kind):
    copies = X.copy(), Y.astype(float)
    for array in copies:
        array.setflags(write=False)
    kind(random_state=0).fit(*copies).predict(copies[0])
    np.testing.assert_array_equal(copies[0], X)
    np.testing.assert_array_equal(copies[1], Y)
