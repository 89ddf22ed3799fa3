"""Features of the process store for the worker processes of joblib's loky."""

import pickle

from skmlic._utils._compat import register_for_workers
from skmlic.embedding._combinations import is_precomputed
from skmlic.embedding._feature_store import process_store


class SharesFeatures:
    """A mixin of estimators that embed images, which workers do with the parent's features.

    What reaches a worker is a pickle of the estimator. If it is made for a worker and the estimator
    stores features in the process (``memory=None``), it carries the path of a temporary directory,
    in which all processes store what they compute. Other pickles, copies and hashes do not.
    """

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        register_for_workers(cls, _reduce)


def _reduce(estimator):
    reduced = estimator.__reduce_ex__(pickle.HIGHEST_PROTOCOL)
    if estimator.memory is not None or is_precomputed(estimator.backbone):
        return reduced
    directory = process_store.share()
    if directory is None:
        return reduced
    make, arguments, *rest = reduced
    return _join_and_make, (directory, make, arguments), *rest


def _join_and_make(directory, make, arguments):
    """Use the directory of the parent, and make the estimator."""
    process_store.join(directory)
    return make(*arguments)
