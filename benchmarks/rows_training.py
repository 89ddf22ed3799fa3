"""Rows about training: a grid search against its parts, training against bare loops."""

import copy
import subprocess
import sys
from contextlib import contextmanager
from functools import partial

import numpy as np
import torch
from images import count_distinct
from loops import fine_tune_plainly, train_plainly
from measuring import (
    Contender,
    divide,
    format_rate,
    format_spread,
    log,
    make_result,
    time_alternately,
)
from sklearn.base import clone
from sklearn.metrics import get_scorer
from sklearn.model_selection import GridSearchCV, ParameterGrid
from torch import nn

import skmlic
from skmlic import ImageEmbedder, TrainingOptions, TransferMultiLabelClassifier
from skmlic.backbones import load_backbone
from skmlic.model_selection import MultiLabelStratifiedKFold

GRID = {
    "hidden_layer_sizes": [(), (256,), (512,)],
    "dropout": [0.3, 0.5],
    "class_weight": [None, "inv_sqrt"],
}
N_FOLDS = 3
SCORING = "average_precision"
MAX_SEARCH_RATIO = 1.3
MAX_HEAD_RATIO = 1.4
# The value of input_dropout="auto" for so many features.
INPUT_DROPOUT = 0.7
HEAD_SHAPE = (2000, 2048)
MIN_FINE_TUNING_RATIO = 0.9
N_FINE_TUNING = 96


def sample_labels(n_samples, n_labels):
    """Return random labels; their meaning does not change the cost of training."""
    return (np.random.RandomState(0).uniform(size=(n_samples, n_labels)) < 0.3).astype(int)


def run_search(paths, repeats):
    """Compare GridSearchCV on files with one embedding pass and the fits of the heads alone."""
    X, Y = np.array(paths), sample_labels(len(paths), 5)
    splits = list(MultiLabelStratifiedKFold(N_FOLDS, shuffle=True, random_state=0).split(X, Y))
    n_distinct = count_distinct(paths)

    def prepare():
        ImageEmbedder().fit_transform(X[:8])
        skmlic.clear_cache()

    def search():
        fit_search(X, Y, splits)
        passes = skmlic.cache_info().backbone_passes
        if passes != n_distinct:
            raise AssertionError(f"{passes} passes of the backbone for {n_distinct} images")

    def parts():
        fit_heads(ImageEmbedder().fit_transform(X), Y, splits)

    contenders = {"search": Contender(prepare, search), "parts": Contender(prepare, parts)}
    seconds = time_alternately(contenders, repeats)
    n_candidates = len(ParameterGrid(GRID))
    return [
        make_result(
            f"`GridSearchCV`, {n_candidates} candidates × {N_FOLDS} folds + refit, against one "
            f"embedding pass and the {n_candidates * N_FOLDS + 1} head fits: times the seconds",
            divide(seconds["search"], seconds["parts"]),
            ("<=", MAX_SEARCH_RATIO),
            f"search {format_spread(seconds['search'])} s; parts "
            f"{format_spread(seconds['parts'])} s; {n_distinct} distinct images, "
            f"{n_distinct} backbone passes",
        )
    ]


def fit_search(X, Y, splits):
    """Fit the grid search from files."""
    classifier = TransferMultiLabelClassifier(head="net", random_state=0)
    GridSearchCV(classifier, GRID, scoring=SCORING, cv=splits).fit(X, Y)


def fit_heads(features, Y, splits):
    """Fit and score the same heads on features, and the last one on all of them."""
    scorer = get_scorer(SCORING)
    classifier = TransferMultiLabelClassifier("precomputed", head="net", random_state=0)
    candidates = [clone(classifier).set_params(**values) for values in ParameterGrid(GRID)]
    scores = np.zeros(len(candidates))
    for number, candidate in enumerate(candidates):
        for train, test in splits:
            fitted = clone(candidate).fit(features[train], Y[train])
            scores[number] += scorer(fitted, features[test], Y[test])
    candidates[int(scores.argmax())].fit(features, Y)


def run_head(paths, repeats):
    """Compare the training of the default head with a bare torch loop of the same steps."""
    results = []
    for n_labels in (5, 20):
        contenders = make_head_contenders(n_labels)
        results += measure_head(contenders, 2 * repeats + 1, f"{n_labels} labels")
    with busy_process():
        return results + measure_head(contenders, 3, f"{n_labels} labels, next to a busy process")


def make_head_contenders(n_labels):
    """Return the default head and the bare loop, on one thread and on all of torch's."""
    features = np.random.RandomState(0).uniform(size=HEAD_SHAPE).astype(np.float32)
    Y = sample_labels(len(features), n_labels)
    classifier = TransferMultiLabelClassifier(
        "precomputed", head="net", device="cpu", random_state=0
    )
    (n_hidden,) = classifier.hidden_layer_sizes
    X_tensor = torch.from_numpy((features - features.mean(axis=0)) / features.std(axis=0))
    Y_tensor = torch.from_numpy(Y).float()

    def train(n_threads, max_epochs=classifier.max_epochs):
        before = torch.get_num_threads()
        torch.set_num_threads(n_threads)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            train_plainly(
                X_tensor,
                Y_tensor,
                n_hidden=n_hidden,
                input_dropout=INPUT_DROPOUT,
                dropout=classifier.dropout,
                lr=classifier.lr,
                batch_size=classifier.batch_size,
                max_epochs=max_epochs,
            )
        torch.set_num_threads(before)

    contenders = {
        "skmlic": Contender(
            lambda: clone(classifier).set_params(max_epochs=1).fit(features, Y),
            lambda: clone(classifier).fit(features, Y),
        )
    }
    for name, n_threads in (("one thread", 1), ("all threads", torch.get_num_threads())):
        contenders[name] = Contender(partial(train, n_threads, 1), partial(train, n_threads))
    return contenders


def measure_head(contenders, n_rounds, what):
    """Return a result per number of threads of the bare loop."""
    seconds = time_alternately(contenders, n_rounds)
    n_samples, n_features = HEAD_SHAPE
    return [
        make_result(
            f"Training of the default head, {n_samples} × {n_features} features, {what}, against a "
            f"bare torch loop of the same steps on {name}: times the seconds",
            divide(seconds["skmlic"], seconds[name]),
            ("<=", MAX_HEAD_RATIO),
            f"bare loop {format_spread(seconds[name])} s; skmlic "
            f"{format_spread(seconds['skmlic'])} s",
        )
        for name in ("one thread", "all threads")
    ]


def run_fine_tuning(paths, repeats):
    """Compare an epoch of fine-tuning with a bare torch loop over the same files."""
    paths = paths[:N_FINE_TUNING]
    Y = sample_labels(len(paths), 5)
    classifier = TransferMultiLabelClassifier(
        "resnet18",
        weights=None,
        pooling="avg",
        freeze=False,
        training=TrainingOptions(unfreeze_after=0),
        max_epochs=2,
        batch_size=16,
        device="cpu",
        random_state=0,
    )
    seconds = {"skmlic": [], "plain": []}
    n_rounds = 2 * repeats - 1
    for number in range(n_rounds):
        fitted = clone(classifier).fit(paths, Y)
        backbone = load_backbone(
            "resnet18", None, pooling="avg", image_size=None, resize=classifier.resize
        )
        # The first epoch is a warm-up and is not counted.
        _, plain = fine_tune_plainly(
            nn.Sequential(copy.deepcopy(backbone.extractor.network), nn.Flatten()),
            make_plain_head(backbone.extractor.n_features, classifier, Y.shape[1]),
            paths,
            torch.from_numpy(Y).float(),
            preprocessing=backbone.preprocessing,
            precision=fitted.embedder_.precision_,
            lr=classifier.lr,
            backbone_lr=classifier.lr / 100,
            batch_size=classifier.batch_size,
            n_epochs=2,
        )
        seconds["skmlic"].append(fitted.history_["seconds"].iloc[-1])
        seconds["plain"].append(plain)
        for name, values in seconds.items():
            log(f"  round {number + 1} of {n_rounds}: {name}: {values[-1]:.2f} s")
    return [
        make_result(
            f"An epoch of fine-tuning a ResNet-18 ({fitted.embedder_.precision_}) on files, "
            "decoding included, against a bare torch loop: times the images/s",
            divide(seconds["plain"], seconds["skmlic"]),
            (">=", MIN_FINE_TUNING_RATIO),
            f"bare loop {format_rate(len(paths), seconds['plain'])}; skmlic "
            f"{format_rate(len(paths), seconds['skmlic'])}",
        )
    ]


def make_plain_head(n_features, classifier, n_labels):
    """Return the layers of the default head."""
    (n_hidden,) = classifier.hidden_layer_sizes
    return nn.Sequential(
        nn.Dropout(INPUT_DROPOUT),
        nn.Linear(n_features, n_hidden),
        nn.ReLU(),
        nn.Dropout(classifier.dropout),
        nn.Linear(n_hidden, n_labels),
    )


@contextmanager
def busy_process():
    """Keep one core busy with another process."""
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        process.kill()
        process.wait()
