"""Checks of the input and the parameters of splitters."""

import numbers

import numpy as np
import pandas as pd
from sklearn.model_selection import ShuffleSplit

from skmlic._utils._compat import Interval, validate_parameter_constraints
from skmlic._utils._numbers import check_array_like
from skmlic._utils._targets import check_binary_target, check_targets, is_one_dimensional
from skmlic._utils._warnings import warn_caller

_GROUPS = "the group of every sample, of shape (n_samples,)"
SIZE = [
    Interval(numbers.Real, 0, 1, closed="neither"),
    Interval(numbers.Integral, 1, None, closed="left"),
    None,
]
_CONSTRAINTS = {
    "shuffle": ["boolean"],
    "random_state": ["random_state"],
    "test_size": SIZE,
    "train_size": SIZE,
}


def check_y_is_given(y, name, call="split(X, y)"):
    """Raise an error if there is no y.

    Parameters
    ----------
    y : object
        The labels, or None.

    name : str
        Name of the splitter.

    call : str, default="split(X, y)"
        The call that the error recommends.
    """
    if y is None:
        raise ValueError(
            f"The labels are missing; {name} stratifies by label and expects them as an array of "
            f"shape (n_samples, n_labels). Write {call}."
        )


def check_groups_are_given(groups, name):
    """Raise an error if there are no groups."""
    if groups is None:
        raise ValueError(
            f"groups is missing; {name} needs the group of every sample. Write split(X, y, "
            "groups=groups), and groups=groups in cross_validate and fit, or with metadata routing "
            "params={'groups': groups}. Without groups use MultiLabelStratifiedKFold."
        )
    check_array_like(groups, "groups", _GROUPS)


def warn_ignored_groups(groups, name):
    """Warn if there are groups, which a splitter ignores."""
    if groups is not None:
        warn_caller(
            f"The groups parameter is ignored by {name}: samples of one group may be in both the "
            "training and the test set. MultiLabelStratifiedGroupKFold and "
            "multilabel_train_test_split keep groups together."
        )


def read_targets(y):
    """Return y as an array of 0 and 1 of shape (n_samples, n_labels), dtype float32.

    Missing labels become 0, so only known positives are stratified.
    """
    if is_one_dimensional(y):
        return check_binary_target(y)[1]
    return np.nan_to_num(check_targets(y)[0])


def read_groups(groups):
    """Return the number of each sample's group, counted from 0 in order of appearance."""
    check_array_like(groups, "groups", _GROUPS)
    groups = np.asarray(groups)
    if groups.ndim != 1:
        raise ValueError(f"groups has shape {groups.shape}; expected (n_samples,).")
    group_numbers, _ = pd.factorize(groups)
    missing = np.flatnonzero(group_numbers < 0)
    if len(missing):
        raise ValueError(
            f"groups[{missing[0]}] is missing; expected the group of every sample. If a sample "
            "belongs to no other one, give it a group of its own."
        )
    return group_numbers


def check_integer(name, value, least):
    """Raise an error if a parameter is not an integer, or too small."""
    if not Interval(numbers.Integral, least, None, closed="left").is_satisfied_by(value):
        raise ValueError(f"{name}={value!r}; expected an integer >= {least}.")


def check_parameters(splitter):
    """Raise an error for a parameter of a splitter that is of a wrong type."""
    given = vars(splitter)
    constraints = {name: _CONSTRAINTS[name] for name in _CONSTRAINTS if name in given}
    validate_parameter_constraints(constraints, given, type(splitter).__name__)


def check_order(order):
    """Raise an error for an order of stratification other than 1 and 2."""
    if not Interval(numbers.Integral, 1, 2, closed="both").is_satisfied_by(order):
        raise ValueError(
            f"order={order!r}; expected 1, to stratify by label, or 2, to stratify by pairs of "
            "labels as well."
        )


def check_n_splits(n_splits, n_units, what):
    """Raise an error if there are more folds than samples or groups."""
    if n_splits > n_units:
        raise ValueError(
            f"n_splits={n_splits} is more than the number of {what}, {n_units}; each fold needs at "
            "least one of them."
        )


def resolve_sizes(n_samples, test_size, train_size, default):
    """Return the sizes of the test, training and unused sets; the last one only if not empty."""
    if test_size is None and train_size is None:
        test_size = default
    # ShuffleSplit resolves fractions and raises errors exactly as scikit-learn's users expect.
    splitter = ShuffleSplit(1, test_size=test_size, train_size=train_size, random_state=0)
    train, test = next(splitter.split(np.empty(n_samples)))
    sizes = np.array([len(test), len(train), n_samples - len(test) - len(train)])
    return sizes[sizes > 0]
