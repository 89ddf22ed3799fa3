"""Measure how well wrong labels are found, against cleanlab; print markdown tables.

``python benchmarks/label_issues.py --images DIR --labels CSV``, both as often as there are data
sets. Some labels are flipped, and all methods rank the entries of Y by the same out-of-sample
probabilities. See README.md.
"""

import argparse
from statistics import mean, stdev

import numpy as np
from cleanlab.internal.multilabel_scorer import ClassLabelScorer, MultilabelScorer
from cleanlab.multilabel_classification.filter import find_multilabel_issues_per_class
from machine import describe_machine, find_version
from measuring import log
from quality import MIN_POSITIVES, embed, name_data
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, f1_score
from sklearn.preprocessing import StandardScaler, normalize

from skmlic.datasets import load_labelled_images
from skmlic.kernel_ridge import KernelRidgeMultiLabelClassifierCV
from skmlic.label_issues import find_label_issues
from skmlic.model_selection import MultiLabelStratifiedKFold

N_FOLDS = 5
PENALTY = 1.0
# All entries are flipped with the same probability, or positives only.
RANDOM, MISSING = (0.03, 0.05, 0.1), (0.1, 0.2, 0.3)
FILTERS = (
    "prune_by_noise_rate",
    "prune_by_class",
    "both",
    "confident_learning",
    "predicted_neq_given",
)
OURS = "`find_label_issues`"
SELF_CONFIDENCE, ADJUSTED = "self-confidence", "adjusted"
FLAGGED_FIRST = "best filter first"


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", metavar="DIR", action="append", required=True)
    parser.add_argument("--labels", metavar="CSV", action="append", required=True)
    parser.add_argument("--seeds", metavar="N", type=int, nargs="+", default=range(400, 405))
    parser.add_argument("--scores", choices=SCORES, default="out-of-fold")
    options = parser.parse_args()
    if len(options.images) != len(options.labels):
        parser.error("--images and --labels go together: pass both equally often")
    return options


def make_cases(Y, rng):
    """Yield a name and where labels are flipped."""
    for rate in RANDOM:
        yield f"{rate:.0%} of all entries", rng.random(Y.shape) < rate
    for rate in MISSING:
        yield f"{rate:.0%} of the positives", (Y == 1) & (rng.random(Y.shape) < rate)


def score_out_of_fold(X, Y, seed):
    """Return out-of-fold probabilities of ridge regression, calibrated per label."""
    Z = normalize(StandardScaler().fit_transform(np.sign(X) * np.sqrt(np.abs(X))))
    kernel = Z @ Z.T + 1
    scores = np.empty(Y.shape)
    folds = MultiLabelStratifiedKFold(N_FOLDS, shuffle=True, random_state=seed)
    for train, test in folds.split(kernel, Y):
        head = KernelRidge(alpha=PENALTY, kernel="precomputed")
        head.fit(kernel[np.ix_(train, train)], 2 * Y[train] - 1)
        scores[test] = head.predict(kernel[np.ix_(test, train)])
    columns = [
        LogisticRegression(C=1e3).fit(score[:, None], y).predict_proba(score[:, None])[:, 1]
        for score, y in zip(scores.T, Y.T, strict=True)
    ]
    return np.column_stack(columns)


def score_leave_one_out(X, Y, seed):
    """Return leave-one-out probabilities of the kernel ridge head."""
    return KernelRidgeMultiLabelClassifierCV().fit(X, Y).loo_predict_proba_


SCORES = {"out-of-fold": score_out_of_fold, "leave-one-out": score_leave_one_out}


def rank_by_ours(Y, probabilities):
    """Return the error probability of each entry."""
    issues = find_label_issues(Y, probabilities, threshold=0, label_names=range(Y.shape[1]))
    suspicion = np.empty(Y.shape)
    suspicion[issues["sample"], issues["label"].astype(int)] = issues["error_probability"]
    return suspicion


def rank_by_cleanlab(Y, probabilities):
    """Return rankings, larger for more suspicious entries, and flags of its filters."""
    scorer = MultilabelScorer(ClassLabelScorer.SELF_CONFIDENCE)
    plain = -scorer.get_class_label_quality_scores(Y, probabilities)
    options = {"adjust_pred_probs": True}
    adjusted = -scorer.get_class_label_quality_scores(Y, probabilities, options)
    lists = [np.flatnonzero(row).tolist() for row in Y]
    flags = [
        find_multilabel_issues_per_class(lists, probabilities, filter_by=name, n_jobs=1)
        for name in FILTERS
    ]
    rankings = {SELF_CONFIDENCE: plain, ADJUSTED: adjusted}
    first = {
        f"{FLAGGED_FIRST}: {name}, {ranking}": 2 * flagged + suspicion
        for name, flagged in zip(FILTERS, flags, strict=True)
        for ranking, suspicion in rankings.items()
    }
    return rankings | first, flags


def average_over_labels(wrong, suspicion):
    columns = zip(wrong.T, suspicion.T, strict=True)
    return mean(average_precision_score(y, s) for y, s in columns if y.any())


def recall_of_rare(Y, wrong, suspicion):
    """Return the recall in the rarer half of the labels among as many entries as are wrong."""
    rare = np.argsort(Y.sum(axis=0))[: Y.shape[1] // 2]
    first = np.zeros(Y.size, dtype=bool)
    first[np.argsort(-suspicion, axis=None, kind="stable")[: wrong.sum()]] = True
    found = first.reshape(Y.shape) & wrong
    return found[:, rare].sum() / wrong[:, rare].sum()


def score(Y, wrong, probabilities):
    """Return a dict table -> method -> score."""
    ours = rank_by_ours(Y, probabilities)
    rankings, flags = rank_by_cleanlab(Y, probabilities)
    rankings = {OURS: ours, **rankings}
    measures = {
        "all entries": lambda s: average_precision_score(wrong.ravel(), s.ravel()),
        "mean over labels": lambda s: average_over_labels(wrong, s),
        "rare": lambda s: recall_of_rare(Y, wrong, s),
    }
    scores = {
        table: {name: measure(suspicion) for name, suspicion in rankings.items()}
        for table, measure in measures.items()
    }

    def f1(flagged):
        return f1_score(wrong.ravel(), flagged.ravel())

    scores["flagged"] = {OURS: f1(ours >= 0.5)} | {
        name: f1(flagged) for name, flagged in zip(FILTERS, flags, strict=True)
    }
    expected = {"sum of error probabilities": ours.sum(), "flipped": float(wrong.sum())}
    return scores | {"number": expected}


def measure(X, Y, seeds, compute_probabilities):
    """Return a dict table -> case -> method -> scores, one per seed."""
    results = {}
    for seed in seeds:
        log(f"seed {seed}")
        for case, wrong in make_cases(Y, np.random.default_rng(seed)):
            given = np.where(wrong, 1 - Y, Y)
            probabilities = compute_probabilities(X, given, seed)
            for table, by_method in score(given, wrong, probabilities).items():
                of_case = results.setdefault(table, {}).setdefault(case, {})
                for name, value in by_method.items():
                    of_case.setdefault(name, []).append(value)
    return results


def keep_best_filter(by_method):
    """Return the scores with those of the best of the rankings that begin with flagged entries."""
    variants = {name for name in by_method if name.startswith(FLAGGED_FIRST)}
    kept = {name: values for name, values in by_method.items() if name not in variants}
    best = max(variants, key=lambda name: mean(by_method[name]), default=None)
    return kept if best is None else kept | {FLAGGED_FIRST: by_method[best]}


def print_table(title, by_case, digits=3):
    by_case = {case: keep_best_filter(by_method) for case, by_method in by_case.items()}
    methods = list(next(iter(by_case.values())))
    print(f"\n{title}\n\n| flipped | {' | '.join(methods)} |")
    print(f"| --- {'| --- ' * len(methods)}|")
    for case, by_method in by_case.items():
        best = max(round(mean(values), digits) for values in by_method.values())
        cells = []
        for values in by_method.values():
            text = f"{mean(values):.{digits}f}"
            is_best = digits and round(mean(values), digits) == best
            cells.append(f"**{text}** ± {stdev(values):.3f}" if is_best else text)
        print(f"| {case} | {' | '.join(cells)} |")


def main():
    options = parse_options()
    print(f"# Label errors, {options.scores} probabilities\n")
    print(*describe_machine(), f"- cleanlab {find_version('cleanlab')}", sep="\n")
    for images, labels in zip(options.images, options.labels, strict=True):
        loaded = load_labelled_images(images, labels)
        Y = loaded.Y.to_numpy()
        Y = Y[:, Y.sum(axis=0) >= MIN_POSITIVES]
        X = embed(loaded.paths, "stages")
        results = measure(X, Y, options.seeds, SCORES[options.scores])
        print(f"\n## `{name_data(images)}`, {Y.shape[0]} images, {Y.shape[1]} labels")
        print_table("Average precision of flipped entries:", results["all entries"])
        print_table("The same for each label, mean over labels:", results["mean over labels"])
        print_table("Recall in the rarer half of the labels:", results["rare"])
        print_table("F1 of flagged entries:", results["flagged"])
        print_table("Number of errors:", results["number"], digits=0)


if __name__ == "__main__":
    main()
