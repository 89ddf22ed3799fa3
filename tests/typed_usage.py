"""Uses of skmlic that mypy checks in strict mode; they are never run.

Every name of the API reference occurs here, and what it returns is asserted if it is one of
skmlic's or numpy's types. Other packages' types are not looked at: they are ``Any``.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, assert_type

import numpy as np
import torch
from numpy.typing import NDArray

import skmlic
from skmlic import (
    ImageEmbedder,
    TrainingOptions,
    TransferMultiLabelClassifier,
    active_learning,
    augmentation,
    class_weight,
    cli,
    comparison,
    datasets,
    distributed,
    dummy,
    duplicates,
    exceptions,
    export,
    inspection,
    kernel_ridge,
    label_issues,
    learning_rate,
    losses,
    metrics,
    model_selection,
    objectives,
    plots,
    recipes,
    sampling,
)
from skmlic.calibration import (
    CalibratedMultiLabelClassifierCV,
)
from skmlic.comparison import (
    BackboneComparisonDisplay,
)
from skmlic.embedding import CacheInfo
from skmlic.model_selection import (
    FixedThresholdMultiLabelClassifier,
    MultiLabelStratifiedGroupKFold,
    MultiLabelStratifiedKFold,
    MultiLabelStratifiedShuffleSplit,
    RepeatedMultiLabelStratifiedKFold,
    TunedThresholdMultiLabelClassifierCV,
)
from skmlic.plots import (
    LabelActivationMapDisplay,
    LabelFrequencyDisplay,
    LabelIssuesDisplay,
    LabelScoresDisplay,
    MultiLabelCalibrationDisplay,
    MultiLabelConfusionMatrixDisplay,
    MultiLabelPrecisionRecallDisplay,
    MultiLabelRocCurveDisplay,
    PredictionGalleryDisplay,
    ThresholdCurveDisplay,
    TrainingHistoryDisplay,
)

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Splits = Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]
LabelNames = list[tuple[Any, ...]]


def classify(paths: list[Path], Y: Integers) -> None:
    training = TrainingOptions(mix=None)
    clf = TransferMultiLabelClassifier("tiny_cnn", image_size=[32, 64], training=training)
    assert_type(clf.fit(paths, Y, sample_weight=[1.0, 2.0]), TransferMultiLabelClassifier)
    assert_type(clf.partial_fit(paths, Y), TransferMultiLabelClassifier)
    assert_type(clf.decision_function(paths), NDArray[np.float32])
    assert_type(clf.predict_proba(paths), Floats)
    assert_type(clf.predict(paths), NDArray[Any])
    assert_type(clf.predict_label_names(["a.jpg", "b.jpg"]), LabelNames)
    assert_type(clf.loo_predict_proba_, Floats)
    assert_type((clf.label_weight_, clf.label_names_), tuple[Floats, NDArray[Any]])
    assert_type((clf.n_labels_, clf.n_iter_, clf.best_epoch_), tuple[int, int, int])
    assert_type((clf.embedder_, clf.head_), tuple[ImageEmbedder, str])
    TransferMultiLabelClassifier("precomputed").fit([[0.0], [1.0]], [[0, 1], [1, 0]])
    TransferMultiLabelClassifier(pooling="mean")  # type: ignore[arg-type]
    TransferMultiLabelClassifier("tiny_cnn", None)  # type: ignore[call-arg]
    TransferMultiLabelClassifier(training={"mix": None})  # type: ignore[arg-type]
    TrainingOptions(mix="mixing")  # type: ignore[arg-type]
    clf.fit(paths)  # type: ignore[call-arg]


def embed(images: list[bytes]) -> None:
    X, Y = datasets.make_multilabel_shapes(4)
    assert_type((X, Y), tuple[NDArray[np.uint8], Integers])
    embedder = ImageEmbedder("tiny_cnn").fit(X)
    assert_type(embedder, ImageEmbedder)
    assert_type(embedder.transform(X), NDArray[np.floating])
    assert_type((embedder.engine_, embedder.block_widths_), tuple[str, tuple[int, ...]])
    ImageEmbedder(["tiny_cnn", "resnet50"], weights=None, memory=False).fit(images)
    assert_type(skmlic.model_stages("tiny_cnn"), list[str])
    skmlic.list_backbones("resnet", details=True)
    assert_type(skmlic.cache_info(), CacheInfo)
    assert_type(skmlic.cache_info().hits, int)
    skmlic.clear_cache()


def configure() -> None:
    skmlic.set_config(feature_cache_bytes=2**20)
    assert_type(skmlic.get_config(), dict[str, Any])
    with skmlic.config_context(feature_cache_bytes=0):
        skmlic.show_versions()
    assert_type(cli.main(["backbones"]), int)


def write(clf: TransferMultiLabelClassifier, X: list[str], Y: Integers) -> None:
    skmlic.save_model(clf, "clf.skmlic", include_backbone=False)
    loaded: TransferMultiLabelClassifier = skmlic.load_model(Path("clf.skmlic"))
    export.export_onnx(loaded, "clf.onnx")
    export.export_openvino(loaded, Path("clf.xml"))
    assert_type(export.get_trusted_types(), list[str])
    assert_type(skmlic.report(clf, X, Y, "report.html"), Path)
    assert_type(skmlic.report_dataset(datasets.describe_dataset(X), "report.html"), Path)
    for block in skmlic.predict_stream(clf, X):
        assert_type((block.probabilities, block.labels), tuple[Floats, Integers])
    assert_type(inspection.label_activation_maps(clf, X), NDArray[np.float32])
    skmlic.save_model([clf], "clf.skmlic")  # type: ignore[arg-type]


def split(X: list[str], Y: Integers) -> None:
    assert_type(MultiLabelStratifiedKFold(3, shuffle=True).split(X, Y), Splits)
    assert_type(RepeatedMultiLabelStratifiedKFold(3, n_repeats=2).split(X, Y), Splits)
    assert_type(MultiLabelStratifiedShuffleSplit(2, test_size=0.2).split(X, Y), Splits)
    assert_type(MultiLabelStratifiedGroupKFold(3).split(X, Y, groups=Y[:, 0]), Splits)
    assert_type(model_selection.multilabel_train_test_split(X, Y, test_size=0.2), list[Any])


def tune(clf: TransferMultiLabelClassifier, paths: list[str], Y: Integers) -> None:
    cv = MultiLabelStratifiedKFold(3, shuffle=True, random_state=0)
    tuned = TunedThresholdMultiLabelClassifierCV(clf, strategy="shared", cv=cv).fit(paths, Y)
    assert_type(tuned, TunedThresholdMultiLabelClassifierCV)
    assert_type(tuned.predict_proba(paths), Floats)
    assert_type((tuned.thresholds_, tuned.best_score_), tuple[Floats, float])
    fixed = FixedThresholdMultiLabelClassifier(clf, threshold={"dog": 0.3}).fit(paths, Y)
    assert_type((fixed.thresholds_, fixed.predict(paths)), tuple[Floats, NDArray[Any]])
    calibrated = CalibratedMultiLabelClassifierCV(
        clf, method="isotonic", cv="loo", store_cv_results=True
    ).fit(paths, Y)
    assert_type(
        (calibrated.predict_proba(paths), calibrated.cv_results_["ece_after"]),
        tuple[Floats, Floats],
    )
    CalibratedMultiLabelClassifierCV(clf, method="platt")  # type: ignore[arg-type]
    TunedThresholdMultiLabelClassifierCV("resnet18")  # type: ignore[arg-type]


class HalfAccuracy(objectives.Objective):
    def parts(self, counts: Any) -> tuple[Floats, Floats]:
        return counts.tp / 2, counts.positives


def choose_objective(Y: Bools) -> None:
    for objective in (
        HalfAccuracy(),
        objectives.FBeta(2.0, average="micro"),
        objectives.Jaccard(),
        objectives.SubsetAccuracy(),
        objectives.LabelAccuracy(),
        objectives.BalancedAccuracy(),
        objectives.RecallAtPrecision(0.9),
        objectives.PrecisionAtRecall(0.9),
        objectives.ExpectedCost([[0, 1], [5, 0]]),
    ):
        assert_type(objective.evaluate(Y, Y), float)
    assert_type(objectives.ExpectedCost([[0, 1], [5, 0]]).cost, Floats)
    objectives.FBeta(1.0, "weighted")  # type: ignore[arg-type]


def solve(X: Floats, Y: Integers) -> None:
    clf = kernel_ridge.KernelRidgeMultiLabelClassifierCV(kernels=("linear",)).fit(X, Y)
    assert_type(clf.fit_batches([(X, Y)]), kernel_ridge.KernelRidgeMultiLabelClassifierCV)
    assert_type((clf.predict_proba(X), clf.loo_predict_proba_), tuple[Floats, Floats])
    assert_type((clf.kernel_, clf.alpha_, clf.gamma_), tuple[str, float, float | None])
    assert_type(distributed.embed_to_parquet(["a.jpg"], "features"), list[str])
    assert_type(distributed.FeatureBatches("features", Y).n_samples, int)
    baseline = dummy.DummyMultiLabelClassifier("stratified", random_state=0).fit(X, Y)
    assert_type((baseline.predict_proba(X), baseline.label_frequency_), tuple[Floats, Floats])
    dummy.DummyMultiLabelClassifier("prior")  # type: ignore[arg-type]


def score(Y: Integers, probabilities: Floats) -> float:
    metrics.precision_score(Y, Y)
    metrics.recall_score(Y, Y, average=None).round(2)
    metrics.fbeta_score(Y, Y, beta=2.0)
    metrics.f1_score(Y, Y, average="weighted", undefined=0.0)
    metrics.jaccard_score(Y, Y, average="samples")
    metrics.balanced_accuracy_score(Y, Y)
    metrics.label_accuracy_score(Y, Y)
    assert_type(metrics.subset_accuracy_score(Y, Y), float)
    assert_type(metrics.hamming_loss(Y, Y), float)
    assert_type(metrics.overall_and_class_scores(Y, Y), dict[str, float])
    assert_type(metrics.multilabel_confusion_matrix(Y, Y), NDArray[Any])
    assert_type(metrics.top_k_labels(probabilities, 3), Integers)
    metrics.average_precision_score(Y, probabilities, average="samples")  # type: ignore[arg-type]
    metrics.average_precision_score(Y, probabilities, average=None).round(2)
    metrics.roc_auc_score(Y, probabilities, undefined="nan")
    assert_type(metrics.one_label_accuracy_score(Y, probabilities), float)
    assert_type(metrics.one_error(Y, probabilities), float)
    assert_type(metrics.coverage_error(Y, probabilities), float)
    assert_type(metrics.label_ranking_loss(Y, probabilities), float)
    assert_type(metrics.label_ranking_average_precision_score(Y, probabilities), float)
    metrics.log_loss(Y, probabilities)
    metrics.brier_score_loss(Y, probabilities)
    metrics.expected_calibration_error(Y, probabilities, n_bins=10)
    assert_type(metrics.classification_report(Y, Y, output="text"), str)
    assert_type(metrics.get_scorer_names(), list[str])
    metrics.multilabel_scorers("map", "OF1")["map"] = metrics.get_scorer("map")
    assert_type(metrics.imbalance_summary(Y), metrics.ImbalanceSummary)
    assert_type(metrics.imbalance_summary(Y).mean_ir, float)
    metrics.f1_score(Y, Y, undefined="zero")  # type: ignore[arg-type]
    score: float = metrics.average_precision_score(Y, probabilities)
    return score


def draw(clf: TransferMultiLabelClassifier, X: list[str], Y: Integers, scores: Floats) -> None:
    assert_type(
        MultiLabelPrecisionRecallDisplay.from_estimator(clf, X, Y), MultiLabelPrecisionRecallDisplay
    )
    assert_type(
        MultiLabelRocCurveDisplay.from_predictions(Y, scores).plot(), MultiLabelRocCurveDisplay
    )
    assert_type(MultiLabelConfusionMatrixDisplay.from_predictions(Y, Y).n_pages_, int)
    assert_type(
        ThresholdCurveDisplay.from_predictions(Y, scores, metric="f1"), ThresholdCurveDisplay
    )
    assert_type(MultiLabelCalibrationDisplay.from_predictions(Y, scores).errors, Floats)
    assert_type(
        LabelScoresDisplay.from_predictions(Y, scores).plot(labels="worst"), LabelScoresDisplay
    )
    assert_type(LabelFrequencyDisplay.from_labels(Y).plot(rare_below=5), LabelFrequencyDisplay)
    assert_type(plots.LabelCooccurrenceDisplay.from_labels(Y).order_, Integers)
    assert_type(TrainingHistoryDisplay.from_estimator(clf), TrainingHistoryDisplay)
    assert_type(
        PredictionGalleryDisplay.from_predictions(X, Y, scores, order="best"),
        PredictionGalleryDisplay,
    )
    assert_type(LabelIssuesDisplay.from_estimator(clf, X, Y), LabelIssuesDisplay)
    assert_type(
        LabelActivationMapDisplay.from_estimator(clf, X, ["dog"]), LabelActivationMapDisplay
    )
    finder = learning_rate.LearningRateFinder(clf).fit(X, Y)
    assert_type((finder.best_lr_, finder.losses_), tuple[float, Floats])
    assert_type(finder.plot(), learning_rate.LearningRateDisplay)
    results = comparison.compare_backbones(X, Y, ["resnet18", "tiny_cnn"])
    assert_type(BackboneComparisonDisplay.from_results(results), BackboneComparisonDisplay)


def load(folder: Path) -> None:
    for data in (
        datasets.load_dataset(folder),
        datasets.load_labelled_images(folder, "labels.csv", na_values=-1),
        datasets.load_label_lists(folder, "lists"),
        datasets.load_json_lines(folder, "labels.jsonl"),
        datasets.load_voc(folder, split="test"),
        datasets.load_coco(folder, "instances.json", crowd="missing"),
        datasets.fetch_voc2007(split="test"),
        datasets.fetch_voc2012(),
        datasets.fetch_coco(year=2014),
    ):
        data.paths.index("a.jpg")
    assert_type(datasets.load_voc(folder).paths, list[str])
    assert_type(datasets.describe_dataset(data), datasets.DatasetReport)
    digits, _ = datasets.make_digit_scenes(10)
    assert_type(digits, NDArray[np.uint8])
    datasets.fetch_coco(year=2015)  # type: ignore[arg-type]


def curate(X: list[str], Y: Integers, scores: Floats, features: Floats) -> None:
    label_issues.find_label_issues(Y, scores)
    pairs = duplicates.find_duplicates(features, threshold=0.9)
    assert_type(duplicates.group_duplicates(pairs, 100), Integers)
    assert_type(active_learning.suggest_images(Y, scores, features), Integers)
    sampling.select_labels(sampling.drop_rare_labels(Y, 5), ["dog"])
    assert_type(sampling.undersample_unlabelled(X, Y), tuple[Any, Any])
    assert_type(sampling.MultiLabelRandomOverSampler(0.5).fit_resample(X, Y), tuple[Any, Any])
    sampler = sampling.MultiLabelRandomUnderSampler(random_state=0)
    assert_type(sampler.sample_indices_, NDArray[np.intp])
    assert_type(class_weight.compute_label_weight(Y, "inv"), Floats)
    assert_type(class_weight.ScaledLabelWeight(scale={"dog": 0.5})(Y), Floats)


def train(image: NDArray[np.uint8], batch: torch.Tensor) -> None:
    losses.LOSSES["bce"]()
    losses.BCELoss()
    losses.AssumedNegatives(losses.make_loss("focal", options={"gamma": 1.0}), 0.1)
    losses.FocalLoss(2.0, label_smoothing=0.1)
    assert_type(losses.AsymmetricLoss(clip=0.0).clip, float)
    losses.DistributionBalancedLoss([10, 20], 100)
    assert_type(losses.TwoWayLoss(tp=2.0).tp, float)
    losses.ZLPRLoss()
    losses.FBetaLoss(1.0, "micro")
    losses.MSELoss(pos_weight=[1.0, 2.0])
    losses.L1Loss()
    losses.SoftMarginLoss()
    losses.HammingLoss()
    losses.FBetaLoss(1.0, "weighted")  # type: ignore[arg-type]
    assert_type(augmentation.list_augmentations(), list[str])
    augment: Callable[..., torch.Tensor] = augmentation.make_augmentation("flip", (224, 320))
    augmentation.mix(augment(image)[None], batch, "cutmix")
    assert_type(recipes.list_recipes("coco"), list[str])
    recipes.describe_recipe("baseline")
    recipes.get_recipe("baseline", random_state=0).fit([image], [[0, 1]])


def handle(clf: TransferMultiLabelClassifier) -> None:
    try:
        clf.predict_proba(["a.jpg"])
    except exceptions.ImageReadError as error:
        assert_type((error.indices, error.problems), tuple[list[int], list[tuple[int, str, str]]])
    except (
        exceptions.FileRefusedError,
        exceptions.ModelFileError,
        exceptions.WeightsNotFoundError,
        exceptions.ImageReadWarning,
    ):
        raise
