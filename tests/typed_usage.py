"""Uses of skmlic that mypy checks; they are never run."""

from pathlib import Path
from typing import Any, assert_type

import numpy as np
from numpy.typing import NDArray

from skmlic import ImageEmbedder, TrainingOptions, TransferMultiLabelClassifier
from skmlic.calibration import CalibratedMultiLabelClassifierCV
from skmlic.datasets import make_multilabel_shapes
from skmlic.metrics import average_precision_score, classification_report, f1_score
from skmlic.model_selection import MultiLabelStratifiedKFold, TunedThresholdMultiLabelClassifierCV


def classify(paths: list[Path], Y: NDArray[np.int64]) -> None:
    training = TrainingOptions(mix=None)
    clf = TransferMultiLabelClassifier("tiny_cnn", image_size=[32, 64], training=training)
    assert_type(clf.fit(paths, Y, sample_weight=[1.0, 2.0]), TransferMultiLabelClassifier)
    assert_type(clf.predict_proba(paths), NDArray[np.float64])
    assert_type(clf.predict_label_names(["a.jpg", "b.jpg"]), list[tuple[Any, ...]])
    TransferMultiLabelClassifier("precomputed").fit([[0.0], [1.0]], [[0, 1], [1, 0]])
    TransferMultiLabelClassifier(pooling="mean")  # type: ignore[arg-type]
    TransferMultiLabelClassifier("tiny_cnn", None)  # type: ignore[call-arg]
    TransferMultiLabelClassifier(training={"mix": None})  # type: ignore[arg-type]
    TrainingOptions(mix="mixing")  # type: ignore[arg-type]
    clf.fit(paths)  # type: ignore[call-arg]


def embed(images: list[bytes]) -> None:
    X, Y = make_multilabel_shapes(4)
    assert_type(Y, NDArray[np.int64])
    assert_type(ImageEmbedder("tiny_cnn").fit(X), ImageEmbedder)
    ImageEmbedder(["tiny_cnn", "resnet50"], weights=None, memory=False).fit(images)


def tune(clf: TransferMultiLabelClassifier, paths: list[str], Y: NDArray[np.int64]) -> None:
    cv = MultiLabelStratifiedKFold(3, shuffle=True, random_state=0)
    tuned = TunedThresholdMultiLabelClassifierCV(clf, strategy="shared", cv=cv).fit(paths, Y)
    assert_type(tuned, TunedThresholdMultiLabelClassifierCV)
    assert_type(tuned.predict_proba(paths), NDArray[np.float64])
    CalibratedMultiLabelClassifierCV(clf, method="platt")  # type: ignore[arg-type]


def score(Y: NDArray[np.int64], probabilities: NDArray[np.float64]) -> float:
    f1_score(Y, Y, average="weighted", undefined=0.0)
    average_precision_score(Y, probabilities, average="samples")  # type: ignore[arg-type]
    average_precision_score(Y, probabilities, average=None).round(2)
    assert_type(classification_report(Y, Y, output="text"), str)
    return average_precision_score(Y, probabilities)
