"""Decisions by thresholds that are tuned out of fold."""

from collections.abc import Callable
from numbers import Integral, Real
from typing import Literal

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing
from sklearn.utils.validation import check_is_fitted

from skmlic._utils._compat import BaseScorer, Interval, RealNotInt, StrOptions
from skmlic._utils._labels import quote_names
from skmlic._utils._typing import CV, RandomState
from skmlic._utils._warnings import warn_caller
from skmlic.metrics import top_k_labels
from skmlic.metrics._validation import check_weight
from skmlic.model_selection._base import HeldOut, as_folds, leave_out
from skmlic.model_selection._fixed_threshold import ThresholdClassifier
from skmlic.model_selection._objectives import check_objective
from skmlic.model_selection._threshold_search import TuningData
from skmlic.model_selection._threshold_strategies import (
    STRATEGIES,
    choose_k,
    resolve_strategy,
    tune,
)
from skmlic.objectives import ExpectedCost, Objective


class TunedThresholdMultiLabelClassifierCV(ThresholdClassifier):
    """Tune the decision thresholds of a multi-label classifier by cross-validation.

    The classifier is fitted on each fold's training part, and scores the samples held out. From
    these scores, of samples it has not seen, thresholds are chosen that maximise the objective;
    then it is fitted on all samples. A rare label is often best decided well below 0.5, which this
    finds for any multi-label classifier.

    Parameters
    ----------
    estimator : estimator instance
        A multi-label classifier with ``predict_proba``, of shape (n_samples, n_labels) or a list
        of arrays of shape (n_samples, 2), or with ``decision_function``.

    objective : str, Objective, scorer or callable, default="f1_macro"
        What is maximised. Exactly, from one sort of the scores, for

        - "f1_macro", "f1_micro", "f1_samples", and any other beta: "f2_macro", "f0.5_micro";
        - "jaccard_macro", "jaccard_micro", "jaccard_samples";
        - "subset_accuracy", "label_accuracy" (one minus the Hamming loss), "balanced_accuracy";
        - the objects of :mod:`skmlic.objectives`, among them ``RecallAtPrecision(0.9)``,
          ``PrecisionAtRecall(0.9)`` and ``ExpectedCost([[0, 1], [5, 0]])``.

        By trying thresholds for any other scorer of decisions, its name in
        :func:`skmlic.metrics.get_scorer_names`, or a function ``f(Y_true, Y_pred)`` of which more
        is better.

    strategy : str, default="auto"
        How thresholds are made.

        - "per_label": one for each label. The exact optimum for macro and micro averages [1]_;
          for averages over samples label by label, from the shared optimum, until none gains.
        - "mean_of_folds": the mean of the optima that leave out one fold's scores each, which
          varies less with the samples at hand.
        - "shared": one for all labels.
        - "shrunken": the same mean of thresholds that are drawn toward the shared one, the more the
          fewer positives the label has.
        - "fbr": "per_label", but labels whose best value is below ``fbr`` are set only where the
          score reaches the largest one seen [2]_.
        - "top_k": no threshold; the ``k`` labels of largest score.
        - "auto": "shrunken" for averages over labels, "per_label" under a constraint on each label,
          otherwise "shared", which in theory is enough for micro and sample averages [3]_. These
          were the best on average in this project's benchmarks; differences are small.

    at_least_one : bool, default=False
        Whether a sample without a label gets that of its largest score.

    response_method : {"auto", "predict_proba", "decision_function"}, default="auto"
        What the thresholds are compared with; "auto" prefers ``predict_proba``.

    cv : int, float, splitter, iterable or "prefit", default=5
        An integer is the number of folds of :class:`MultiLabelStratifiedKFold`, a number between
        0 and 1 the share held out once. "prefit" takes a fitted estimator and tunes on X and y,
        which it must not have been fitted on.

    refit : bool, default=True
        Whether to fit the estimator on all samples after tuning. ``False`` goes with "prefit" and
        with a single split, whose estimator is kept.

    fbr : float, default=0.3
        With ``strategy="fbr"``, the value below which a label is held back.

    shrinkage : float, default=5.0
        With ``strategy="shrunken"``, the number of positives at which a label's own threshold and
        the shared one weigh the same; between probabilities the mean is taken of log-odds.

    k : int, default=None
        With ``strategy="top_k"``, the number of labels; ``None`` chooses the best.

    n_jobs : int, default=None
        Number of folds fitted at once; ``None`` is 1 unless in a joblib context. Processes don't
        share the feature store in memory: with images as X give ``memory=`` a directory.

    random_state : int, RandomState instance or None, default=None
        Determines the split if ``cv`` is a float.

    store_cv_results : bool, default=False
        Whether to keep ``cv_results_``.

    Attributes
    ----------
    best_score_ : float
        The objective's value on the scores it was tuned on; too good to be true on others.

    classes_ : ndarray of shape (n_labels, 2)
        0 and 1 for each label. With a one-dimensional y, its two values.

    cv_results_ : dict
        With ``store_cv_results=True``: "y_true" and "y_score" of shape (n_scored, n_labels), "row"
        and "fold" of shape (n_scored,), and "score_per_fold" of shape (n_folds,), the objective on
        each fold under the thresholds tuned on the samples of the others (with "top_k", under the
        same k). A single split counts as five folds.

    estimator_ : estimator instance
        Fitted, on all samples if ``refit``.

    feature_names_in_, n_features_in_ : ndarray, int
        As the estimator has them, if it does.

    k_ : int
        With ``strategy="top_k"``, the number of labels.

    label_names_ : ndarray of shape (n_labels,), dtype object
        The columns of y if it was a frame, otherwise "0", "1", …; the second of its values if it
        was one-dimensional.

    strategy_ : str
        The strategy in use.

    thresholds_ : ndarray of shape (n_labels,)
        The threshold of each label. ``inf`` if it is never to be set, because no threshold
        satisfies the objective; ``-inf`` with "top_k".

    thresholds_per_fold_ : ndarray of shape (n_folds, n_labels)
        The thresholds tuned on the scores of all folds but one: how much they vary with the
        samples at hand.

    Warns
    -----
    UserWarning
        If labels that are to have a threshold of their own have no positives, no negatives or the
        same score everywhere, so that it is the default of 0.5 (0 for decision values), with
        "shrunken" the shared one; or if no threshold satisfies the objective.

    See Also
    --------
    FixedThresholdMultiLabelClassifier : Thresholds that are known.
    skmlic.calibration.CalibratedMultiLabelClassifierCV : Probabilities that can be trusted.

    Notes
    -----
    F1 of a label that the classifier can't tell is best if the label is set everywhere: a rare
    label without signal may get a threshold near 0. ``strategy="shrunken"`` and "fbr" hold such
    labels back.

    Equal thresholds are all those between two neighbouring scores; the one in the middle is taken,
    and of equally good ones that in the widest gap.

    ``OneVsRestClassifier(TunedThresholdClassifierCV(...))`` of scikit-learn looks like the same for
    macro averages, but decides by its estimators' probabilities at 0.5: the tuned thresholds are
    never used, without a word. ``MultiOutputClassifier`` does use them.

    References
    ----------
    .. [1] Z. C. Lipton, C. Elkan, B. Naryanaswamy, "Optimal Thresholding of Classifiers to Maximize
       F1 Measure", ECML PKDD 2014; I. Pillai, G. Fumera, F. Roli, "Threshold optimisation for
       multi-label classifiers", Pattern Recognition 46, 2013.
    .. [2] Y. Yang, "A Study on Thresholding Strategies for Text Categorization", SIGIR 2001.
    .. [3] O. Koyejo, N. Natarajan, P. Ravikumar, I. S. Dhillon, "Consistent Multilabel
       Classification", NeurIPS 2015.

    Examples
    --------
    >>> from sklearn.datasets import make_multilabel_classification
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from skmlic.model_selection import TunedThresholdMultiLabelClassifierCV
    >>> X, Y = make_multilabel_classification(n_classes=3, random_state=0)
    >>> forest = RandomForestClassifier(n_estimators=20, random_state=0)
    >>> clf = TunedThresholdMultiLabelClassifierCV(forest, objective="f1_macro").fit(X, Y)
    >>> clf.thresholds_.round(2)
    array([0.38, 0.48, 0.36])
    >>> clf.predict(X).shape
    (100, 3)
    """

    _parameter_constraints = {
        **ThresholdClassifier._parameter_constraints,
        "objective": [str, Objective, callable],
        "strategy": [StrOptions(set(STRATEGIES))],
        "at_least_one": ["boolean"],
        "cv": [
            "cv_object",
            StrOptions({"prefit"}),
            Interval(RealNotInt, 0.0, 1.0, closed="neither"),
        ],
        "refit": ["boolean"],
        "fbr": [Interval(Real, 0, None, closed="left")],
        "shrinkage": [Interval(Real, 0, None, closed="left")],
        "k": [Interval(Integral, 1, None, closed="left"), None],
        "n_jobs": [Integral, None],
        "random_state": ["random_state"],
        "store_cv_results": ["boolean"],
    }

    def __init__(
        self,
        estimator: BaseEstimator,
        *,
        objective: str | Objective | Callable[..., float] = "f1_macro",
        strategy: Literal[
            "auto", "per_label", "mean_of_folds", "shared", "shrunken", "fbr", "top_k"
        ] = "auto",
        at_least_one: bool = False,
        response_method: Literal["auto", "predict_proba", "decision_function"] = "auto",
        cv: CV | float | Literal["prefit"] = 5,
        refit: bool = True,
        fbr: float = 0.3,
        shrinkage: float = 5.0,
        k: int | None = None,
        n_jobs: int | None = None,
        random_state: RandomState = None,
        store_cv_results: bool = False,
    ) -> None:
        self.estimator = estimator
        self.objective = objective
        self.strategy = strategy
        self.at_least_one = at_least_one
        self.response_method = response_method
        self.cv = cv
        self.refit = refit
        self.fbr = fbr
        self.shrinkage = shrinkage
        self.k = k
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.store_cv_results = store_cv_results

    def _fit(self, X, y, Y, known, **params):
        objective = check_objective(self.objective)
        self.strategy_ = resolve_strategy(self.strategy, objective)
        routed = process_routing(self, "fit", **params)
        self._check_rules(objective)
        weight = None
        if isinstance(self.objective, BaseScorer):
            weight = check_weight(routed.scorer.score.get("sample_weight"), Y)
        if isinstance(self.cv, str):
            held_out = self._score_prefit(X, Y)
        else:
            held_out = self._score_out_of_fold(X, y, routed, self.response_method)
            self.estimator_ = held_out.estimator
        rows = held_out.rows
        data = TuningData(
            Y[rows],
            held_out.scores,
            is_probability=held_out.method == "predict_proba",
            weight=None if weight is None else weight[rows] / weight[rows].mean(),
            known=None if known is None else known[rows],
        )
        fold = as_folds(held_out.fold, data.Y)
        self._tune(data, fold, rows, objective)
        if self.store_cv_results:
            self.cv_results_ = {
                "y_true": np.where(data.Y | data.negative, data.Y.astype(float), np.nan),
                "y_score": data.scores,
                "row": rows,
                "fold": fold,
                "score_per_fold": self._score_folds(data, fold, objective),
            }
        if self.refit:
            self.estimator_ = clone(self.estimator).fit(X, y, **routed.estimator.fit)

    def _score_prefit(self, X, Y):
        if self.refit:
            raise ValueError("cv='prefit' fits nothing; expected refit=False with it.")
        check_is_fitted(self.estimator)
        self.estimator_ = self.estimator
        scores, method = self._score(X, self.response_method)
        return HeldOut(np.arange(len(Y)), np.zeros(len(Y), dtype=int), scores, method, None)

    def _check_rules(self, objective):
        """Refuse rules that would set a label always, or against the objective."""
        by_rank = "strategy='top_k'" if self.strategy_ == "top_k" else None
        by_rank = "at_least_one=True" if self.at_least_one else by_rank
        if by_rank and self._n_labels == 1:
            raise ValueError(f"{by_rank} would set the one label for all samples.")
        if self.at_least_one and objective.is_constrained:
            raise ValueError(f"at_least_one=True can't keep the constraint of {objective!r}.")
        n_costs = objective.n_costs if isinstance(objective, ExpectedCost) else 1
        if n_costs not in (1, self._n_labels):
            raise ValueError(
                f"The objective has {n_costs} cost matrices; expected one, or one for each of the "
                f"{self._n_labels} labels."
            )

    def _tune(self, data, fold, rows, objective):
        if self.strategy_ == "top_k":
            self.k_ = self.k or choose_k(data, objective)
            self.thresholds_ = np.full(data.n_labels, -np.inf)
            self.thresholds_per_fold_ = np.full((fold.max() + 1, data.n_labels), -np.inf)
        else:
            options = {"fbr": self.fbr, "shrinkage": self.shrinkage}
            per_fold = np.stack(
                [
                    tune(data.take(leave_out(rows, fold, k)), objective, self.strategy_, **options)
                    for k in range(fold.max() + 1)
                ]
            )
            tuned = tune(data, objective, self.strategy_, **options)
            if self.strategy_ in ("mean_of_folds", "shrunken"):
                tuned = _mean_of_defined(per_fold, tuned)
            self._warn_of_fallbacks(data, tuned, objective)
            self.thresholds_ = np.where(np.isnan(tuned), data.default_threshold, tuned)
            self.thresholds_per_fold_ = np.where(np.isnan(per_fold), self.thresholds_, per_fold)
        self.best_score_ = data.evaluate(objective, self._decide(data.scores))

    def _warn_of_fallbacks(self, data, thresholds, objective):
        if self.strategy_ == "shared":
            return
        if self.strategy_ == "shrunken" and not np.isnan(thresholds).all():
            fallback = "the threshold that is best for all labels together"
        else:
            fallback = f"the default threshold, {data.default_threshold:g}"
        problems = [
            (
                ~data.is_determined,
                "no positives, no negatives or the same score everywhere",
                f"They get {fallback}.",
            ),
            (
                np.isinf(thresholds),
                f"no threshold that satisfies {objective!r}",
                "They are never set.",
            ),
        ]
        texts = [
            f"In the scores to tune on, these labels have {what}: "
            f"{quote_names(self.label_names_[chosen])}. {consequence}"
            for chosen, what, consequence in problems
            if chosen.any()
        ]
        if texts:
            warn_caller(" ".join(texts))

    def _score_folds(self, data, fold, objective):
        scores = []
        for k, thresholds in enumerate(self.thresholds_per_fold_):
            part = data.take(fold == k)
            predicted = self._decide(part.scores, thresholds)
            scores.append(part.evaluate(objective, predicted))
        return np.array(scores)

    def _decide(self, scores, thresholds=None):
        if self.strategy_ == "top_k":
            return top_k_labels(scores, self.k_) == 1
        decisions = scores >= (self.thresholds_ if thresholds is None else thresholds)
        if self.at_least_one:
            empty = np.flatnonzero(~decisions.any(axis=1))
            decisions[empty, scores[empty].argmax(axis=1)] = True
        return decisions

    def get_metadata_routing(self) -> MetadataRouter:
        """Return how metadata is passed on; see scikit-learn's guide on metadata routing.

        Returns
        -------
        router : MetadataRouter
            To the estimator's ``fit``, the splitter's ``split``, and the objective if it is a
            scorer: its ``sample_weight`` weighs the samples in tuning.
        """
        router = super().get_metadata_routing()
        if isinstance(self.objective, BaseScorer):
            router.add(
                scorer=self.objective,
                method_mapping=MethodMapping().add(caller="fit", callee="score"),
            )
        return router


def _mean_of_defined(per_fold, tuned):
    """Return the mean over folds, leaving out those that say nothing of a label."""
    known = np.isfinite(per_fold)
    total = np.where(known, per_fold, 0).sum(axis=0)
    mean = np.divide(total, known.sum(axis=0), out=tuned.copy(), where=known.any(axis=0))
    return np.where(np.isfinite(tuned), mean, tuned)
