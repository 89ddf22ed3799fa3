"""Settings, and features of the process store, for the worker processes of joblib's loky."""

import pickle
from multiprocessing import parent_process
from typing import Any

from skmlic._utils._compat import let_worker_grow, register_for_workers
from skmlic._utils._config import get_config, restore_config
from skmlic.embedding._combinations import is_precomputed
from skmlic.embedding._feature_store import process_store

# Large networks, of which a worker keeps two, and their engines.
_BYTES_OF_NETWORKS = 4 * 2**30


class SharesFeatures:
    """A mixin of estimators that embed images, which workers do with the parent's features.

    What reaches a worker is a pickle of the estimator. If it is made for a worker, it carries the
    settings of the parent, and if the estimator stores features in the process (``memory=None``),
    the path of a temporary directory, in which all processes store what they compute. Other
    pickles, copies and hashes do not.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        register_for_workers(cls, _reduce)


def _reduce(estimator):
    make, arguments, *rest = estimator.__reduce_ex__(pickle.HIGHEST_PROTOCOL)
    is_shared = estimator.memory is None and not is_precomputed(estimator.backbone)
    directory = process_store.share() if is_shared else None
    return _make_in_worker, (get_config(), directory, make, arguments), *rest


def _make_in_worker(config, directory, make, arguments):
    """Use the settings and the directory of the parent, and make the estimator."""
    if parent_process() is not None:  # Results return to the parent in the same way.
        restore_config(config)
        let_worker_grow(_BYTES_OF_NETWORKS + config["feature_cache_bytes"])
    if directory is not None:
        process_store.join(directory)
    return make(*arguments)
