"""Classifier with decision thresholds that are tuned on out-of-fold scores."""

from collections.abc import Callable
from numbers import Integral, Real
from typing import Any, Literal

import numpy as np
from sklearn.base import clone
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing
from sklearn.utils.validation import check_is_fitted

from skmlic._utils._compat import N_JOBS, BaseScorer, Interval, RealNotInt, StrOptions
from skmlic._utils._labels import quote_names
from skmlic._utils._typing import CV, Estimator, Floats, RandomState
from skmlic._utils._warnings import warn_caller
from skmlic.metrics import top_k_labels
from skmlic.metrics._validation import check_weight
from skmlic.model_selection._objectives import check_objective
from skmlic.model_selection._out_of_fold import OutOfFoldScores, as_folds
from skmlic.model_selection._threshold_classifier import ThresholdClassifier
from skmlic.model_selection._threshold_strategies import (
    STRATEGIES,
    choose_k,
    resolve_strategy,
    tune_with_folds,
)
from skmlic.model_selection._tuning_data import TuningData
from skmlic.objectives import ExpectedCost, Objective


class TunedThresholdMultiLabelClassifierCV(ThresholdClassifier):
    """Tune the decision thresholds of a multi-label classifier by cross-validation.

    The classifier is fitted on the training set of each fold and scores the test set. The
    thresholds are chosen that maximize the objective on these out-of-fold scores; then the
    classifier is fitted on all samples. The best threshold of a rare label is often far below 0.5.

    Parameters
    ----------
    estimator : estimator instance
        A multi-label classifier with ``predict_proba``, of shape (n_samples, n_labels) or a list
        of arrays of shape (n_samples, 2), or with ``decision_function``.

    objective : str, Objective, scorer or callable, default="f1_macro"
        The objective to maximize. The exact optimum is found, by sorting the scores once, for

        - "f1_macro", "f1_micro", "f1_samples", and any other beta: "f2_macro", "f0.5_micro";
        - "jaccard_macro", "jaccard_micro", "jaccard_samples";
        - "subset_accuracy", "label_accuracy" (one minus the Hamming loss), "balanced_accuracy";
        - the objectives of :mod:`skmlic.objectives`, for example ``RecallAtPrecision(0.9)``,
          ``PrecisionAtRecall(0.9)`` and ``ExpectedCost([[0, 1], [5, 0]])``.

        A grid of thresholds is tried for any other scorer of predictions, its name in
        :func:`skmlic.metrics.get_scorer_names`, or a function ``f(Y_true, Y_pred)`` that is to be
        maximized.

    strategy : str, default="auto"
        How thresholds are chosen.

        - "per_label": one threshold per label. It is the exact optimum for macro and micro
          averages [1]_. For averages over samples, the labels are optimized one at a time,
          starting from the shared optimum, until no threshold can be improved.
        - "mean_of_folds": the mean of the optima that each exclude the scores of one fold. It
          varies less with the training samples.
        - "shared": the same threshold for all labels.
        - "shrunken": "mean_of_folds", but thresholds of labels are moved toward the shared
          threshold, and more so the fewer positives a label has.
        - "fbr": "per_label", but labels whose best value is below ``fbr`` are predicted only if
          the score reaches the largest out-of-fold score [2]_.
        - "top_k": no threshold; the ``k`` labels with the largest scores are predicted.
        - "auto": "shrunken" for averages over labels, "per_label" under a constraint on each label,
          and otherwise "shared", which in theory is enough for averages over samples and micro
          averages [3]_. These were the best on average in this project's benchmarks; the
          differences are small.

    at_least_one : bool, default=False
        Whether to predict the label with the largest score for samples without any label.

    response_method : {"auto", "predict_proba", "decision_function"}, default="auto"
        Method whose scores are compared with the thresholds; "auto" prefers ``predict_proba``.

    cv : int, float, splitter, iterable, "loo" or "prefit", default=5
        An integer is the number of folds of :class:`MultiLabelStratifiedKFold`. A number between 0
        and 1 is the fraction of samples in the test set of a single split. With "loo", the
        estimator is fitted once, on all samples, and thresholds are tuned on its own leave-one-out
        scores: ``loo_predict_proba_`` or ``loo_decision_function_``, whichever belongs to
        ``response_method`` (see :ref:`leave_one_out`). With "prefit", the estimator is fitted
        already, and thresholds are tuned on X and y, which must not be its training data.

    refit : bool, default=True
        Whether to fit the estimator on all samples after tuning. ``False`` is possible with
        "prefit" and with a single split, whose estimator is kept. It has no effect with "loo",
        whose estimator was fitted on all samples already.

    fbr : float, default=0.3
        With ``strategy="fbr"``, the smallest value of a label at which its best threshold is used.

    shrinkage : float, default=5.0
        With ``strategy="shrunken"``, the number of positives at which the threshold of a label is
        halfway between its own and the shared one. The mean of probabilities is computed on the
        scale of log-odds.

    k : int, default=None
        With ``strategy="top_k"``, the number of labels to predict. By default, the best number is
        chosen.

    n_jobs : int, default=None
        Number of folds that are fitted in parallel. ``None`` means 1 unless in a joblib context.
        Processes do not share the feature store in memory: with images as X, set ``memory`` of the
        classifier to a directory.

    random_state : int, RandomState instance or None, default=None
        Determines the split if ``cv`` is a float.

    store_cv_results : bool, default=False
        Whether to store ``cv_results_``.

    Attributes
    ----------
    best_score_ : float
        Value of the objective on the scores that thresholds were tuned on. It is optimistic for
        new samples.

    classes_ : ndarray of shape (n_labels, 2)
        0 and 1 for each label. With a one-dimensional y, its two values.

    cv_results_ : dict
        With ``store_cv_results=True``: "y_true" and "y_score" of shape (n_scored, n_labels), "row"
        and "fold" of shape (n_scored,), and "score_per_fold" of shape (n_folds,), the value of the
        objective on each fold with thresholds that were tuned on the other folds (with "top_k",
        the same k). A single split, or leave-one-out, is divided into five folds.

    estimator_ : estimator instance
        The fitted estimator. With ``refit=True`` or ``cv="loo"`` it was fitted on all samples.

    feature_names_in_, n_features_in_ : ndarray, int
        Those of the fitted estimator, if it has them.

    k_ : int
        With ``strategy="top_k"``, the number of labels that are predicted.

    label_names_ : ndarray of shape (n_labels,), dtype object
        The columns of y if it was a frame, otherwise "0", "1", …; with a one-dimensional y, the
        second of its values.

    loo_decision_function_, loo_predict_proba_ : ndarray
        Leave-one-out scores of the training samples, if the estimator has them and was fitted on
        all samples. They are as ``decision_function`` and ``predict_proba`` return them.

    strategy_ : str
        The strategy that was used.

    thresholds_ : ndarray of shape (n_labels,)
        The threshold of each label. It is ``inf`` if the label is never predicted because no
        threshold satisfies the objective, and ``-inf`` with "top_k".

    thresholds_per_fold_ : ndarray of shape (n_folds, n_labels)
        Thresholds that were tuned on the scores of all folds but one. They show how much
        thresholds vary with the training samples.

    Warns
    -----
    UserWarning
        If labels have no positives, no negatives or the same score for all samples. Their
        threshold is the default, 0.5 (0 for decision values), or with "shrunken" the shared
        threshold. Also if no threshold of a label satisfies the objective.

    See Also
    --------
    FixedThresholdMultiLabelClassifier : Uses given thresholds.
    skmlic.calibration.CalibratedMultiLabelClassifierCV : Calibrates probabilities.

    Notes
    -----
    If the classifier cannot predict a label, its F1 is largest if the label is predicted for all
    samples, so the threshold may be near 0. ``strategy="shrunken"`` and "fbr" raise it.

    All thresholds between two neighbouring scores are equivalent; the midpoint is used. Among
    equally good thresholds, the one in the widest gap between scores is chosen.

    ``OneVsRestClassifier(TunedThresholdClassifierCV(...))`` of scikit-learn seems to do the same
    for macro averages, but it compares the probabilities of its estimators with 0.5 and silently
    ignores the tuned thresholds. ``MultiOutputClassifier`` does use them.

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

    best_score_: float
    cv_results_: dict[str, Any]
    k_: int
    strategy_: str
    thresholds_per_fold_: Floats

    _parameter_constraints = {
        **ThresholdClassifier._parameter_constraints,
        "objective": [str, Objective, callable],
        "strategy": [StrOptions(set(STRATEGIES))],
        "at_least_one": ["boolean"],
        "cv": [
            "cv_object",
            StrOptions({"loo", "prefit"}),
            Interval(RealNotInt, 0.0, 1.0, closed="neither"),
        ],
        "refit": ["boolean"],
        "fbr": [Interval(Real, 0, None, closed="left")],
        "shrinkage": [Interval(Real, 0, None, closed="left")],
        "k": [Interval(Integral, 1, None, closed="left"), None],
        "n_jobs": N_JOBS,
        "random_state": ["random_state"],
        "store_cv_results": ["boolean"],
    }

    def __init__(
        self,
        estimator: Estimator,
        *,
        objective: str | Objective | Callable[..., float] = "f1_macro",
        strategy: Literal[
            "auto", "per_label", "mean_of_folds", "shared", "shrunken", "fbr", "top_k"
        ] = "auto",
        at_least_one: bool = False,
        response_method: Literal["auto", "predict_proba", "decision_function"] = "auto",
        cv: CV | float | Literal["loo", "prefit"] = 5,
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
        if self._is_prefit:
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
        if self.refit and not self._is_leave_one_out:
            self.estimator_ = clone(self.estimator).fit(X, y, **routed.estimator.fit)

    @property
    def _is_prefit(self):
        return isinstance(self.cv, str) and self.cv == "prefit"

    def _read_leave_one_out_scores(self, method):
        if not self.refit and not self._is_leave_one_out:
            raise AttributeError(
                "With refit=False, the estimator was not fitted on these samples, so it has no "
                "leave-one-out scores of them; expected refit=True or cv='loo'."
            )
        return super()._read_leave_one_out_scores(method)

    def _score_prefit(self, X, Y):
        if self.refit:
            raise ValueError("refit=True is not possible with cv='prefit'; expected refit=False.")
        check_is_fitted(self.estimator)
        self.estimator_ = self.estimator
        scores, method = self._compute_finite_scores(X, self.response_method)
        return OutOfFoldScores(np.arange(len(Y)), np.zeros(len(Y), dtype=int), scores, method, None)

    def _check_rules(self, objective):
        """Raise an error for parameters that contradict the number of labels or the objective."""
        by_rank = "strategy='top_k'" if self.strategy_ == "top_k" else None
        by_rank = "at_least_one=True" if self.at_least_one else by_rank
        if by_rank and self._n_labels == 1:
            raise ValueError(f"{by_rank} would predict the only label for all samples.")
        if self.at_least_one and objective.is_constrained:
            raise ValueError(f"at_least_one=True cannot keep the constraint of {objective!r}.")
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
            tuned, per_fold = tune_with_folds(
                data, rows, fold, objective, self.strategy_, **options
            )
            self._warn_of_fallbacks(data, tuned, objective)
            self.thresholds_ = np.where(np.isnan(tuned), data.default_threshold, tuned)
            self.thresholds_per_fold_ = np.where(np.isnan(per_fold), self.thresholds_, per_fold)
        self.best_score_ = data.evaluate(objective, self._apply_thresholds(data.scores))

    def _warn_of_fallbacks(self, data, thresholds, objective):
        if self.strategy_ == "shared":
            return
        if self.strategy_ == "shrunken" and not np.isnan(thresholds).all():
            fallback = "the threshold that is best for all labels together"
        else:
            fallback = f"the default threshold, {data.default_threshold:g}"
        problems = [
            (
                ~data.is_tunable,
                "no positives, no negatives or the same score for all samples",
                f"They have {fallback}.",
            ),
            (
                np.isinf(thresholds),
                f"no threshold that satisfies {objective!r}",
                "They are never predicted.",
            ),
        ]
        texts = [
            f"In the scores that thresholds are tuned on, these labels have {what}: "
            f"{quote_names(self.label_names_[affected])}. {consequence}"
            for affected, what, consequence in problems
            if affected.any()
        ]
        if texts:
            warn_caller(" ".join(texts))

    def _score_folds(self, data, fold, objective):
        scores = []
        for k, thresholds in enumerate(self.thresholds_per_fold_):
            part = data.take(fold == k)
            predicted = self._apply_thresholds(part.scores, thresholds)
            scores.append(part.evaluate(objective, predicted))
        return np.array(scores)

    def _apply_thresholds(self, scores, thresholds=None):
        if self.strategy_ == "top_k":
            return top_k_labels(scores, self.k_) == 1
        predicted = scores >= (self.thresholds_ if thresholds is None else thresholds)
        if self.at_least_one:
            empty = np.flatnonzero(~predicted.any(axis=1))
            predicted[empty, scores[empty].argmax(axis=1)] = True
        return predicted

    def get_metadata_routing(self) -> MetadataRouter:
        """Return the metadata routing; see scikit-learn's guide on metadata routing.

        Returns
        -------
        router : MetadataRouter
            Routes metadata of ``fit`` to the estimator's ``fit``, the splitter's ``split`` and, if
            the objective is a scorer, its ``score``, whose ``sample_weight`` is used in tuning.
        """
        router = super().get_metadata_routing()
        if isinstance(self.objective, BaseScorer):
            router.add(
                scorer=self.objective,
                method_mapping=MethodMapping().add(caller="fit", callee="score"),
            )
        return router
