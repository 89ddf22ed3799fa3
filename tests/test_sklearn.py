"""Conventions of scikit-learn, and its tools, with images as X."""

import warnings

import numpy as np
import pandas as pd
import pytest
import sklearn
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image
from sklearn.base import clone, is_classifier
from sklearn.compose import ColumnTransformer
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    RandomizedSearchCV,
    cross_val_predict,
    cross_validate,
    learning_curve,
    train_test_split,
)
from sklearn.multioutput import ClassifierChain
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn.utils.validation import check_is_fitted

from skmlic import ImageEmbedder, TransferMultiLabelClassifier, cache_info
from skmlic.datasets import make_multilabel_shapes
from skmlic.model_selection import MultiLabelStratifiedKFold

X, Y = make_multilabel_shapes(40, n_labels=3, random_state=0)
CV = MultiLabelStratifiedKFold(3, shuffle=True, random_state=0)
F1 = make_scorer(f1_score, average="macro", zero_division=0.0)

# Checks of scikit-learn that can't pass, the reasons, and the tests that replace them.
ROWS_OF_CLASSES = {
    "check_classifier_multioutput": (
        "indexes classes_ with the matrix of predictions, as if there were one row for all labels; "
        "here there is a row per label, without which scikit-learn's scorers take two labels for "
        "a binary problem: test_predictions_index_classes"
    )
}
MINIBATCHES = {
    "check_sample_weight_equivalence_on_dense_data": (
        "a weight of 2 and the sample twice give the same loss, but other minibatches and dropout "
        "masks are sampled for another number of samples: test_sample_weight_2_is_the_sample_twice"
        "_in_the_loss and test_sample_weight_0_leaves_samples_out in test_classifier.py"
    )
}
NOT_PASSED = {
    "auto": ROWS_OF_CLASSES,
    "kernel": ROWS_OF_CLASSES,
    "net": {**ROWS_OF_CLASSES, **MINIBATCHES},
}


@pytest.fixture(scope="session")
def make(make_classifier):
    def make_it(**parameters):
        defaults = {"backbone": "tiny_cnn", "precision": "fp32", "max_epochs": 2, "random_state": 0}
        return make_classifier(**{**defaults, **parameters})

    return make_it


@pytest.mark.slow
@parametrize_with_checks(
    [
        TransferMultiLabelClassifier("precomputed"),
        TransferMultiLabelClassifier("precomputed", head="kernel"),
        TransferMultiLabelClassifier("precomputed", head="net"),
        ImageEmbedder("precomputed"),
    ],
    expected_failed_checks=lambda estimator: NOT_PASSED.get(getattr(estimator, "head", None), {}),
)
def test_estimator_checks(estimator, check):
    with warnings.catch_warnings():
        # Some checks pass data for which scikit-learn itself warns.
        warnings.simplefilter("ignore")
        check(estimator)


def test_predictions_index_classes(frozen_classifier):
    clf, X, _ = frozen_classifier
    predicted = (clf.decision_function(X) >= 0).astype(int)
    for j, classes in enumerate(clf.classes_):
        assert_array_equal(classes[predicted[:, j]], clf.predict(X)[:, j])


def test_tags_follow_the_backbone(make):
    assert get_tags(make(backbone="precomputed")).input_tags.two_d_array
    tags = get_tags(make())
    assert not tags.input_tags.two_d_array
    assert tags.classifier_tags.multi_label
    assert is_classifier(make())


def test_clone_and_parameters(make):
    clf = make(class_weight={"a": 1.0}, hidden_layer_sizes=(4, 2))
    copied = clone(clf)
    assert copied is not clf
    assert copied.get_params() == clf.get_params()
    assert not hasattr(clone(make().fit(X, Y)), "net_")
    with pytest.raises(sklearn.exceptions.NotFittedError):
        check_is_fitted(clone(make().fit(X, Y)))
    with pytest.raises(ValueError, match="Invalid parameter 'drop_out'"):
        clf.set_params(drop_out=0.1)
    check_is_fitted(make().fit(X, Y))


@pytest.mark.slow
def test_grid_search_passes_each_image_once(make):
    grid = {"dropout": [0.3, 0.6], "hidden_layer_sizes": [(), (8,)], "class_weight": [None, "inv"]}
    search = GridSearchCV(make(), grid, scoring="average_precision", cv=CV).fit(X, Y)
    assert cache_info().backbone_passes == len(X)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.predict_proba(X).shape == Y.shape


@pytest.mark.slow
def test_grid_search_over_backbones_passes_each_image_once_per_backbone(make):
    grid = {"backbone": ["tiny_cnn", _other_network], "dropout": [0.3, 0.6]}
    GridSearchCV(make(), grid, scoring=F1, cv=CV, refit=False).fit(X, Y)
    assert cache_info().backbone_passes == 2 * len(X)


def _other_network():
    from torch import nn

    return nn.Conv2d(3, 6, 3, stride=4)


# For scikit-learn, one column is binary, and "f1_micro" is then an average over classes.
@pytest.mark.parametrize(
    ("scoring", "n_labels"),
    [
        (scoring, n_labels)
        for scoring in ("average_precision", "f1_micro", "roc_auc", None)
        for n_labels in (1, 2, 3)
        if (scoring, n_labels) != ("f1_micro", 1)
    ],
)
def test_scorers(make, scoring, n_labels):
    rng = np.random.RandomState(0)
    targets = (rng.uniform(size=(len(X), n_labels)) < 0.5).astype(int)
    scores = cross_validate(make(), X, targets, cv=2, scoring=scoring)["test_score"]
    assert np.isfinite(scores).all()


def test_a_scorer_gets_the_probabilities(frozen_classifier):
    from sklearn.metrics import average_precision_score, get_scorer

    clf, X, Y = frozen_classifier
    expected = average_precision_score(Y, clf.predict_proba(X))
    assert_allclose(get_scorer("average_precision")(clf, X, Y), expected)


def test_randomized_search(make):
    distributions = {"dropout": [0.1, 0.5], "lr": [1e-3, 1e-2], "activation": ["relu", "tanh"]}
    search = RandomizedSearchCV(make(), distributions, n_iter=3, cv=CV, random_state=0, scoring=F1)
    assert search.fit(X, Y).best_estimator_.predict(X).shape == Y.shape
    assert cache_info().backbone_passes == len(X)


@pytest.mark.slow
def test_halving_search(make):
    search = HalvingGridSearchCV(
        make(), {"dropout": [0.1, 0.3, 0.6]}, cv=CV, resource="max_epochs", max_resources=6,
        min_resources=2, scoring=F1, random_state=0,
    )  # fmt: skip
    assert search.fit(X, Y).n_resources_ == [2, 6]
    assert cache_info().backbone_passes == len(X)


def test_cross_validate_with_several_scorers(make):
    scores = cross_validate(
        make(), X, Y, cv=CV, scoring={"ap": "average_precision", "f1": F1}, return_estimator=True
    )
    assert np.isfinite(scores["test_ap"]).all()
    assert np.isfinite(scores["test_f1"]).all()
    assert cache_info().backbone_passes == len(X)


def test_cross_val_predict(make):
    probabilities = cross_val_predict(make(), X, Y, cv=CV, method="predict_proba")
    assert probabilities.shape == Y.shape
    for train, test in CV.split(X, Y):
        expected = make().fit(X[train], Y[train]).predict_proba(X[test])
        assert_array_equal(probabilities[test], expected)


def test_learning_curve(make):
    sizes, _, scores = learning_curve(make(), X, Y, cv=CV, train_sizes=[0.5, 1.0], scoring=F1)
    assert scores.shape == (len(sizes), 3)


@pytest.mark.parametrize("scores", ["average_precision", "roc_auc"])
def test_a_fold_without_a_label_does_not_stop_a_search(make, scores):
    rare = Y.copy()
    rare[:, 2] = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search = GridSearchCV(make(), {"dropout": [0.3]}, scoring=scores, cv=CV).fit(X, rare)
    assert search.best_estimator_.predict(X).shape == Y.shape


@pytest.fixture(scope="module")
def frame(tmp_path_factory):
    folder = tmp_path_factory.mktemp("images")
    for i, image in enumerate(X):
        Image.fromarray(image).save(folder / f"{i}.png")
    paths = [str(folder / f"{i}.png") for i in range(len(X))]
    return pd.DataFrame({"path": paths, "price": np.linspace(-1, 1, len(X))})


TARGETS = pd.DataFrame(Y, columns=["disc", "square", "triangle"])


@pytest.fixture(scope="module")
def expected_score(make, frame):
    search = GridSearchCV(make(), {"dropout": [0.3]}, cv=CV, scoring=F1)
    return search.fit(frame["path"], TARGETS).best_score_


@pytest.mark.parametrize(
    "form",
    [
        lambda paths: paths,
        lambda paths: paths.tolist(),
        lambda paths: tuple(paths),
        lambda paths: paths.to_frame(),
        lambda paths: paths.to_numpy(),
        lambda paths: paths.to_numpy()[:, np.newaxis],
        lambda paths: [Image.open(path) for path in paths],
    ],
    ids=["series", "list", "tuple", "frame", "array", "column", "PIL images"],
)
def test_forms_of_x_in_a_search(make, frame, expected_score, form):
    search = GridSearchCV(make(), {"dropout": [0.3]}, cv=CV, scoring=F1)
    search.fit(form(frame["path"]), TARGETS)
    assert search.best_score_ == pytest.approx(expected_score)
    assert search.best_estimator_.label_names_.tolist() == list(TARGETS)


def test_train_test_split(make, frame):
    train, test, targets, _ = train_test_split(frame["path"], TARGETS, random_state=0)
    assert make().fit(train, targets).predict(test).shape == (10, 3)


@pytest.mark.slow
def test_pipeline(make, frame):
    pipeline = Pipeline(
        [
            ("embed", ImageEmbedder("tiny_cnn", precision="fp32")),
            ("scale", StandardScaler()),
            ("head", make(backbone="precomputed")),
        ]
    )
    search = GridSearchCV(pipeline, {"head__dropout": [0.3, 0.6]}, cv=CV, scoring=F1)
    search.fit(frame["path"], TARGETS)
    assert cache_info().backbone_passes == len(X)
    whole = make_pipeline(FunctionTransformer(), make()).fit(X, Y)
    assert_array_equal(whole.predict(X), make().fit(X, Y).predict(X))


def test_images_together_with_a_tabular_column(make, frame):
    columns = ColumnTransformer(
        [
            ("image", ImageEmbedder("tiny_cnn", precision="fp32"), ["path"]),
            ("table", StandardScaler(), ["price"]),
        ]
    )
    model = make_pipeline(columns, make(backbone="precomputed"))
    assert model.fit(frame, TARGETS).predict(frame).shape == Y.shape
    assert np.isfinite(cross_validate(model, frame, TARGETS, cv=CV, scoring=F1)["test_score"]).all()
    assert cache_info().backbone_passes == len(X)


def test_classifier_chain_over_an_embedder():
    from sklearn.linear_model import LogisticRegression

    chain = make_pipeline(
        ImageEmbedder("tiny_cnn"), StandardScaler(), ClassifierChain(LogisticRegression())
    )
    assert chain.fit(X, Y).predict(X).shape == Y.shape


@pytest.mark.slow
def test_n_jobs_2_agrees_with_1(make, tmp_path):
    grid = {"dropout": [0.3, 0.6]}
    search = GridSearchCV(make(), grid, scoring="average_precision", cv=2)
    alone = clone(search).fit(X, Y)
    parallel = clone(search).set_params(n_jobs=2, estimator__memory=tmp_path).fit(X, Y)
    assert_allclose(
        parallel.cv_results_["mean_test_score"], alone.cv_results_["mean_test_score"], rtol=1e-6
    )


@pytest.mark.slow
def test_metadata_routing_off(make):
    weight = np.random.RandomState(0).uniform(0.5, 1, len(X))
    scores = cross_validate(make(), X, Y, cv=CV, scoring=F1, params={"sample_weight": weight})
    assert np.isfinite(scores["test_score"]).all()


def test_metadata_routing_on(make):
    weight = np.random.RandomState(0).uniform(0, 1, len(X)).round()
    with sklearn.config_context(enable_metadata_routing=True):
        clf = make().set_fit_request(sample_weight=True)
        routed = cross_val_predict(
            clf, X, Y, cv=CV, method="predict_proba", params={"sample_weight": weight}
        )
        with pytest.raises(ValueError, match="sample_weight"):
            cross_validate(make(), X, Y, cv=CV, scoring=F1, params={"sample_weight": weight})
    for train, test in CV.split(X, Y):
        expected = make().fit(X[train], Y[train], sample_weight=weight[train])
        assert_array_equal(routed[test], expected.predict_proba(X[test]))


needs_callbacks = pytest.mark.skipif(
    not hasattr(TransferMultiLabelClassifier, "set_callbacks"),
    reason="scikit-learn has callbacks since 1.9",
)


@needs_callbacks
def test_scoring_monitor_by_epoch(make):
    from sklearn.callback import ScoringMonitor

    monitor = ScoringMonitor(scoring="average_precision")
    clf = make(max_epochs=4).set_callbacks(monitor).fit(X, Y)
    log = monitor.get_logs().data_as_pandas
    epochs = log[log["task_name"] == "epoch"]
    assert len(epochs) == 4
    from sklearn.metrics import average_precision_score

    expected = average_precision_score(Y, clf.predict_proba(X))
    assert_allclose(epochs["average_precision"].iloc[-1], expected)
    assert_array_equal(clf.predict_proba(X), make(max_epochs=4).fit(X, Y).predict_proba(X))


@needs_callbacks
def test_scoring_monitor_with_sample_weight(make):
    from sklearn.callback import ScoringMonitor

    monitor = ScoringMonitor(scoring="average_precision")
    make().set_callbacks(monitor).fit(X, Y, sample_weight=np.ones(len(X)))
    assert len(monitor.get_logs().data_as_pandas) == 2


@needs_callbacks
def test_scorers_get_the_users_weights_not_those_of_classes(make):
    from sklearn.callback import ScoringMonitor

    seen = []

    def score(estimator, X, y, **metadata):
        seen.append(metadata)
        return 0.0

    clf = make(class_weight="balanced").set_callbacks(ScoringMonitor(scoring={"s": score}))
    clf.fit(X, Y[:, 0])
    assert seen
    assert not any(seen)


@needs_callbacks
def test_a_callback_may_end_the_training(make):
    from sklearn.callback import ProgressBar

    class Stop(type(ProgressBar()).__mro__[-1]):
        def setup(self, estimator, context):
            pass

        def teardown(self, estimator, context):
            pass

        def on_fit_task_begin(self, estimator, context):
            pass

        def on_fit_task_end(self, estimator, context):
            return context.task_name == "epoch" and context.task_id == 1

    assert make(max_epochs=9).set_callbacks(Stop()).fit(X, Y).n_iter_ == 2


@needs_callbacks
def test_progress_bar_inside_a_search(make, capsys):
    pytest.importorskip("rich")
    from sklearn.callback import ProgressBar

    search = GridSearchCV(make(), {"dropout": [0.3, 0.6]}, cv=CV, scoring=F1)
    search.set_callbacks(ProgressBar(max_propagation_depth=None)).fit(X, Y)
    shown = capsys.readouterr().out
    assert "TransferMultiLabelClassifier" in shown
    assert "GridSearchCV" in shown
