"""Images whose annotations are probably wrong."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from PIL import Image

from skmlic import TransferMultiLabelClassifier
from skmlic.datasets import make_multilabel_shapes
from skmlic.label_issues import find_label_issues
from skmlic.plots import LabelIssuesDisplay

X, Y_TRUE = make_multilabel_shapes(60, n_labels=3, random_state=0)
NAMES = ["disc", "square", "ring"]
SCORES = np.where(Y_TRUE == 1, 0.95, 0.05) + np.random.default_rng(0).uniform(
    -0.05, 0.05, size=Y_TRUE.shape
)
WRONG = [(3, 0), (10, 1), (20, 2)]
Y = pd.DataFrame(Y_TRUE.copy(), columns=NAMES)
for row, column in WRONG:
    Y.iloc[row, column] = 1 - Y.iloc[row, column]
draw = LabelIssuesDisplay.from_predictions


def read_texts(display):
    return [text.get_text() for text in display.ax_.texts]


def test_wrong_annotations_are_shown():
    display = draw(X, Y, SCORES)
    assert set(zip(display.issues["sample"], display.issues["label"], strict=True)) == {
        (row, NAMES[column]) for row, column in WRONG
    }
    assert len(display.ax_.images) == 3
    texts = read_texts(display)
    assert "Suspicious annotations (1 to 3 of 3)" in texts
    first = display.issues.iloc[0]
    assert any(text.startswith(f"[{first['sample']}]") for text in texts)
    sign = "−" if first["given"] else "+"
    assert any(text == f"{sign} {first['label']}" for text in texts)


def test_table_and_pages(tmp_path):
    paths = [str(tmp_path / f"{k}.png") for k in range(len(X))]
    for path, image in zip(paths, X, strict=True):
        Image.fromarray(image).save(path)
    display = draw(paths, Y, SCORES, threshold=0, n_images=2, page=2)
    expected = find_label_issues(Y, SCORES, threshold=0)
    frame = display.frame()
    pd.testing.assert_frame_equal(frame.drop(columns="source"), expected)
    assert frame["source"].tolist() == [paths[row] for row in expected["sample"]]
    assert f"Suspicious annotations (3 to 4 of {Y.size})" in read_texts(display)
    with pytest.raises(ValueError, match="page=3: there are 3 such images, on 2 pages of 2"):
        draw(X, Y, SCORES, n_images=2, page=3)


def test_part_of_a_table():
    issues = find_label_issues(Y, SCORES, threshold=0)
    rings = issues[issues["label"] == "ring"]
    display = LabelIssuesDisplay(images=X, issues=rings).plot(n_images=2)
    assert sum(text.endswith(" ring") for text in read_texts(display)) == 2


def test_no_suspicious_annotation_is_no_error():
    display = draw(X, Y_TRUE, SCORES)
    assert len(display.frame()) == 0
    assert "Suspicious annotations (none)" in read_texts(display)


@pytest.mark.slow
def test_estimator():
    clf = TransferMultiLabelClassifier("tiny_cnn", max_epochs=2, random_state=0)
    clf.fit(X[:40], Y[:40])
    display = LabelIssuesDisplay.from_estimator(clf, X[40:], Y[40:], threshold=0, n_images=1)
    expected = find_label_issues(Y[40:], clf.predict_proba(X[40:]), threshold=0)
    assert_array_equal(display.issues["sample"], expected["sample"])
    # The names are those that the classifier was fitted with.
    display = LabelIssuesDisplay.from_estimator(
        clf, X[40:], Y[40:].to_numpy(), threshold=0, n_images=1
    )
    assert set(display.issues["label"]) == set(NAMES)
