"""What all displays have in common."""

import sys

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import same_color
from numpy.testing import assert_allclose
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmlic import TransferMultiLabelClassifier, plots
from skmlic.dummy import DummyMultiLabelClassifier
from skmlic.plots._style import COLORS

OF_SCORES = [
    plots.MultiLabelPrecisionRecallDisplay,
    plots.MultiLabelRocCurveDisplay,
    plots.LabelScoresDisplay,
    plots.MultiLabelCalibrationDisplay,
    plots.ThresholdCurveDisplay,
]
OF_PREDICTIONS = [*OF_SCORES, plots.MultiLabelConfusionMatrixDisplay]
OF_CURVES = [display for display in OF_SCORES if display is not plots.LabelScoresDisplay]
OF_LABELS = [plots.LabelFrequencyDisplay, plots.LabelCooccurrenceDisplay]


def make_scores(n_labels, n_samples=150, names=None):
    """Return a frame of labels, and probabilities that are correlated with them."""
    rng = np.random.default_rng(0)
    proba = rng.uniform(size=(n_samples, n_labels)) ** np.linspace(1, 3, n_labels)
    Y = (rng.uniform(size=proba.shape) < proba).astype(int)
    Y[:2] = [[0], [1]]
    names = [f"label number {j} of them all" for j in range(n_labels)] if names is None else names
    return pd.DataFrame(Y, columns=names), proba


def draw_predictions(display, Y, proba):
    if display is plots.MultiLabelConfusionMatrixDisplay:
        return display.from_predictions(Y, proba > 0.5)
    return display.from_predictions(Y, proba)


@pytest.mark.slow
@pytest.mark.parametrize("n_labels", [1, 2, 80])
@pytest.mark.parametrize("display", OF_PREDICTIONS)
def test_any_number_of_labels(display, n_labels):
    Y, proba = make_scores(n_labels)
    drawn = draw_predictions(display, Y, proba)
    assert list(drawn.label_names) == list(Y.columns)
    assert set(Y.columns) <= set(drawn.frame()["label"])
    assert drawn.figure_.get_layout_engine() is not None
    drawn.figure_.draw_without_rendering()


@pytest.mark.slow
@pytest.mark.parametrize("n_labels", [1, 2, 80])
@pytest.mark.parametrize("display", OF_LABELS)
def test_any_number_of_labels_of_y(display, n_labels):
    Y, _ = make_scores(n_labels)
    drawn = display.from_labels(Y)
    assert len(drawn.frame()) == n_labels
    drawn.figure_.draw_without_rendering()


@pytest.mark.parametrize("display", OF_PREDICTIONS)
def test_drawing_again(display):
    Y, proba = make_scores(3)
    drawn = draw_predictions(display, Y, proba)
    first = drawn.figure_
    figure, (_, ax) = plt.subplots(1, 2)
    assert drawn.plot(ax) is drawn
    assert drawn.figure_ is figure
    assert drawn.figure_ is not first


@pytest.mark.slow
@pytest.mark.parametrize("display", OF_PREDICTIONS)
def test_forms_of_predictions(display):
    """All forms of labels and predictions give the same data."""
    Y, proba = make_scores(3, names=["a", "b", "c"])
    expected = draw_predictions(display, Y, proba).frame()
    named = draw_predictions(
        display, Y.astype(float), pd.DataFrame(proba, columns=Y.columns)
    ).frame()
    pd.testing.assert_frame_equal(named, expected)
    numbered = draw_predictions(display, Y.to_numpy(), proba).frame()
    assert {"0", "1", "2"} <= set(numbered["label"])
    pd.testing.assert_frame_equal(numbered.drop(columns="label"), expected.drop(columns="label"))
    if display in OF_SCORES:
        listed = display.from_predictions(Y, [np.stack([1 - p, p], axis=1) for p in proba.T])
        pd.testing.assert_frame_equal(listed.frame(), expected)
    renamed = display.from_predictions(
        Y.to_numpy(), proba if display in OF_SCORES else proba > 0.5, label_names=["a", "b", "c"]
    )
    pd.testing.assert_frame_equal(renamed.frame(), expected)


@pytest.mark.slow
@pytest.mark.parametrize("display", OF_PREDICTIONS)
def test_one_dimensional_target(display):
    Y, proba = make_scores(1, names=["sea"])
    expected = draw_predictions(display, Y, proba).frame()
    pd.testing.assert_frame_equal(draw_predictions(display, Y["sea"], proba).frame(), expected)
    pd.testing.assert_frame_equal(
        draw_predictions(display, Y["sea"], proba[:, 0]).frame(), expected
    )
    plain = draw_predictions(display, Y["sea"].to_numpy(), proba[:, 0])
    assert list(plain.label_names) == [1]


@pytest.mark.parametrize("display", OF_PREDICTIONS)
def test_missing_annotations_are_ignored(display):
    """A label is drawn as if samples with missing annotations were left out."""
    Y, proba = make_scores(2, names=["a", "b"])
    missing = Y.astype(float)
    missing.iloc[::3, 0] = np.nan
    got = draw_predictions(display, missing, proba).frame()
    kept = np.arange(len(Y)) % 3 > 0
    alone = draw_predictions(display, Y.loc[kept, ["a"]], proba[kept, :1]).frame()
    pd.testing.assert_frame_equal(got[got["label"] == "a"].reset_index(drop=True), alone)
    known = draw_predictions(display, Y[["b"]], proba[:, 1:]).frame()
    pd.testing.assert_frame_equal(got[got["label"] == "b"].reset_index(drop=True), known)


@pytest.mark.parametrize(
    "display", [*OF_SCORES[:3], plots.ThresholdCurveDisplay], ids=lambda d: d.__name__
)
def test_labels_without_positives_are_left_out(display):
    Y, proba = make_scores(3, names=["a", "b", "c"])
    Y["b"] = 0
    with pytest.warns(UndefinedMetricWarning, match="in Y_true are left out .*: 'b'"):
        drawn = display.from_predictions(Y, proba)
    assert drawn.frame().dropna()["label"].isin(["a", "c", "micro", "macro"]).all()
    drawn.figure_.draw_without_rendering()
    if hasattr(drawn, "lines_"):
        named = drawn.plot(labels=["b", "c"])
        assert "undefined" in named.lines_["b"].get_label()
    Y[:] = 0
    with pytest.raises(ValueError, match=r"All labels have .* nothing to draw"):
        display.from_predictions(Y, proba)


CLASSIFIERS = {
    "list": RandomForestClassifier(n_estimators=5, random_state=0),
    "pipeline": make_pipeline(StandardScaler(), OneVsRestClassifier(LogisticRegression())),
    "decision_function": RidgeClassifier(),
}


@pytest.fixture(
    scope="module",
    params=[(name, n_labels) for name in CLASSIFIERS for n_labels in (1, 2)],
    ids=lambda param: f"{param[0]}-{param[1]}",
)
def fitted(request):
    """Return a fitted classifier, X, y and Y."""
    name, n_labels = request.param
    Y, _ = make_scores(n_labels, n_samples=80)
    X = Y.to_numpy() + np.random.default_rng(0).normal(size=(80, n_labels))
    y = Y.iloc[:, 0] if n_labels == 1 else Y
    return clone(CLASSIFIERS[name]).fit(X, y), X, y, Y


@pytest.mark.slow
@pytest.mark.parametrize("display", OF_PREDICTIONS)
def test_any_estimator(display, fitted):
    classifier, X, y, Y = fitted
    if isinstance(classifier, RidgeClassifier) and display is plots.MultiLabelCalibrationDisplay:
        with pytest.raises(AttributeError, match="RidgeClassifier has no predict_proba"):
            display.from_estimator(classifier, X, y)
        return
    drawn = display.from_estimator(classifier, X, y)
    assert list(drawn.label_names) == list(Y.columns)
    expected = _respond(display, classifier, X, Y.shape[1])
    pd.testing.assert_frame_equal(
        drawn.frame(), display.from_predictions(Y, expected).frame(), check_dtype=False
    )


def _respond(display, classifier, X, n_labels):
    if display is plots.MultiLabelConfusionMatrixDisplay:
        return classifier.predict(X).reshape(-1, n_labels)
    if isinstance(classifier, RidgeClassifier):
        return classifier.decision_function(X).reshape(-1, n_labels)
    return classifier.predict_proba(X)


def test_names_of_labels_come_from_the_estimator():
    Y, proba = make_scores(2)

    class Named(LogisticRegression):
        classes_ = np.tile([0, 1], (2, 1))
        label_names_ = ("sea", "sky")

        def predict_proba(self, X):
            return X

    display = plots.MultiLabelRocCurveDisplay
    assert list(display.from_estimator(Named(), proba, Y.to_numpy()).label_names) == ["sea", "sky"]
    assert list(display.from_estimator(Named(), proba, Y).label_names) == list(Y.columns)
    given = display.from_estimator(Named(), proba, Y, label_names=["a", "b"])
    assert list(given.label_names) == ["a", "b"]
    with pytest.raises(ValueError, match="There are 1 label names, but Y has 2 labels"):
        display.from_estimator(Named(), proba, Y, label_names=["a"])


def test_names_of_labels_come_from_within_pipelines_and_searches():
    Y, proba = make_scores(2, names=["sea", "sky"])
    dummy = DummyMultiLabelClassifier()
    search = GridSearchCV(dummy, {"strategy": ["frequency"]}, cv=2, scoring="accuracy")
    for around in (search, make_pipeline(StandardScaler(), dummy), make_pipeline(search)):
        fitted = around.fit(proba, Y)
        display = plots.MultiLabelCalibrationDisplay.from_estimator(fitted, proba, Y.to_numpy())
        assert list(display.label_names) == ["sea", "sky"]


@pytest.fixture(scope="module")
def fitted_in_all_forms():
    """Return X, y and classifiers fitted on the forms of one label."""
    Y, _ = make_scores(1, n_samples=80, names=["sea"])
    X = Y.to_numpy() + np.random.default_rng(0).normal(size=(80, 1))
    y = Y["sea"].to_numpy()
    forms = {"column": Y.to_numpy(), "array": y, "frame": Y, "text": np.array(["no", "yes"])[y]}
    clf = TransferMultiLabelClassifier("precomputed", max_epochs=3, random_state=0)
    return X, forms, {name: clone(clf).fit(X, form) for name, form in forms.items()}


@pytest.mark.parametrize("display", OF_PREDICTIONS)
def test_one_label_fitted_in_one_form_and_drawn_in_another(display, fitted_in_all_forms):
    X, forms, classifiers = fitted_in_all_forms
    expected = display.from_estimator(classifiers["column"], X, forms["frame"]).frame()
    names = []
    for fitted, drawn in [
        ("column", "array"),
        ("frame", "array"),
        ("array", "column"),
        ("text", "column"),
        ("text", "text"),
    ]:
        found = display.from_estimator(classifiers[fitted], X, forms[drawn])
        names.append(found.label_names[0])
        pd.testing.assert_frame_equal(
            found.frame().drop(columns="label"), expected.drop(columns="label")
        )
    assert names == ["0", "sea", 1, "yes", "yes"]


NAMES = {
    "short": ["$a", "$b$", r"$\foo$ x_1^2", "_a", "__", ""],
    "odd": [" ", "a\nb", "c\r\nd", "שלום", "x" * 500, "$" * 29],
    "numbers": [7, 2, 1],
    "tuples": [("a", 1), ("a", 2), ("b", 1)],
}


@pytest.mark.slow
@pytest.mark.parametrize("names", NAMES.values(), ids=NAMES)
@pytest.mark.parametrize("display", [*OF_PREDICTIONS, *OF_LABELS])
def test_odd_names_of_labels(display, names):
    """Names are drawn literally, and change no number."""
    Y, proba = make_scores(len(names))
    if display in OF_LABELS:
        drawn = display.from_labels(Y.to_numpy(), label_names=names)
    else:
        response = proba if display in OF_SCORES else proba > 0.5
        drawn = display.from_predictions(Y.to_numpy(), response, label_names=names)
    drawn.figure_.draw_without_rendering()
    frame = drawn.frame()
    found = list(frame["label"]) if "label" in frame else list(frame.index)
    assert set(names) <= set(found)
    legend = drawn.ax_.get_legend() if hasattr(drawn, "lines_") else None
    if legend is not None:
        assert len(legend.get_texts()) == len(drawn.lines_)


def test_text_of_one_dimensional_targets():
    X = np.array([[0.0], [1.0], [2.0], [3.0]])
    y = np.array(["cat", "dog", "cat", "dog"])
    clf = LogisticRegression().fit(X, y)
    drawn = plots.MultiLabelConfusionMatrixDisplay.from_estimator(clf, X, y)
    assert list(drawn.label_names) == ["dog"]
    assert drawn.matrices.sum() == 4
    same = plots.MultiLabelConfusionMatrixDisplay.from_predictions(y, clf.predict(X))
    assert_allclose(same.matrices, drawn.matrices)


@pytest.mark.slow
@pytest.mark.parametrize("display", OF_CURVES)
def test_which_labels_are_in_color(display):
    Y, proba = make_scores(10, names=list("abcdefghij"))
    averages = {"micro", "macro", "all pairs", "shared"}
    drawn = display.from_predictions(Y, proba)
    assert len(set(drawn.lines_) - averages) == 6
    assert "4 other labels" in [text.get_text() for text in drawn.ax_.get_legend().get_texts()]
    named = drawn.plot(labels=["j", "c"])
    assert list(named.lines_)[:2] == ["j", "c"]
    assert same_color(named.lines_["j"].get_color(), COLORS[0])
    frequent = drawn.plot(labels="frequent", max_labels=2)
    assert list(frequent.lines_)[:2] == list(Y.sum().sort_values(ascending=False).index[:2])
    everything = drawn.plot(max_labels=None)
    assert len(set(everything.lines_) - averages) == 10
    styles = {(line.get_color(), line.get_linestyle()) for line in everything.lines_.values()}
    assert len(styles) == len(everything.lines_)
    with pytest.raises(ValueError, match=r"labels='good': expected one of \('worst', 'best'"):
        drawn.plot(labels="good")
    with pytest.raises(ValueError, match="labels names the label 'k', which Y does not have"):
        drawn.plot(labels=["k"])


@pytest.mark.slow
@pytest.mark.parametrize("display", OF_CURVES)
def test_the_legend_hides_no_curve(display):
    Y, proba = make_scores(80)
    drawn = display.from_predictions(Y, proba)
    drawn.figure_.draw_without_rendering()
    legend = drawn.ax_.get_legend().get_window_extent()
    assert legend.x0 >= drawn.ax_.get_window_extent().x1
    assert legend.x1 <= drawn.figure_.bbox.x1 + 1
    assert drawn.ax_.get_window_extent().width > 0.4 * drawn.figure_.bbox.width


@pytest.mark.slow
@pytest.mark.parametrize("make", ["scores", "frequency", "cooccurrence"])
def test_names_of_80_labels_do_not_overlap(make):
    Y, proba = make_scores(80)
    drawn = {
        "scores": lambda: plots.LabelScoresDisplay.from_predictions(Y, proba),
        "frequency": lambda: plots.LabelFrequencyDisplay.from_labels(Y),
        "cooccurrence": lambda: plots.LabelCooccurrenceDisplay.from_labels(Y),
    }[make]()
    drawn.figure_.draw_without_rendering()
    boxes = [text.get_window_extent() for text in drawn.ax_.get_yticklabels()]
    middles = np.sort([(box.y0 + box.y1) / 2 for box in boxes])
    assert np.diff(middles).min() >= max(box.height for box in boxes) * 0.95
    assert min(box.x0 for box in boxes) >= 0


@pytest.mark.parametrize("display", OF_PREDICTIONS)
def test_wrong_input(display):
    Y, proba = make_scores(2)
    with pytest.raises(ValueError, match="label_names has 3 names; Y_true has 2 labels"):
        display.from_predictions(Y, proba > 0.5, label_names=["a", "b", "c"])
    with pytest.raises(ValueError, match="shape"):
        display.from_predictions(Y, proba[:, :1] > 0.5)


def test_without_matplotlib(monkeypatch):
    Y, proba = make_scores(2)
    history = pd.DataFrame({"trained": ["head"], "train_loss": [1.0]}, index=[1])
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    calls = [
        *(lambda d=display: draw_predictions(d, Y, proba) for display in OF_PREDICTIONS),
        *(lambda d=display: d.from_labels(Y) for display in OF_LABELS),
        plots.TrainingHistoryDisplay(history).plot,
    ]
    for call in calls:
        with pytest.raises(ImportError, match=r"pip install 'skmlic\[plot\]'"):
            call()
