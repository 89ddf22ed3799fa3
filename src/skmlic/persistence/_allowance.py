"""The memory that reading a model file may allocate."""

import contextlib
import threading

from torch.nn.modules.module import (
    register_module_buffer_registration_hook,
    register_module_parameter_registration_hook,
)

# Torchvision's networks are created with their classifiers, which a file does not hold: those of
# VGG and AlexNet take 500 and 230 MB. Networks that share weights in a file have copies in memory.
_N_BYTES = 2**28
_FACTOR = 16


class Allowance:
    """A limit of the bytes that values and networks may take beside those of their file.

    A file can state a length, a width or a network of any size in a few bytes. What would be
    allocated because of it is claimed here first.

    Parameters
    ----------
    n_file_bytes : int
        Number of bytes of the file.
    """

    def __init__(self, n_file_bytes):
        self._limit = _N_BYTES + _FACTOR * n_file_bytes
        self._n_bytes = 0

    def claim(self, n_bytes):
        """Count bytes that are about to be allocated, and are kept.

        Raises
        ------
        ValueError
            If they are too many, together with those before.
        """
        self._n_bytes += n_bytes
        self._check(self._n_bytes)

    @contextlib.contextmanager
    def limit_network(self):
        """Limit the parameters and buffers of a network that is created in a ``with`` block.

        It ends with a ValueError at the first parameter or buffer that is too much.
        """
        n_bytes, thread = 0, threading.get_ident()

        def count(module, name, tensor):
            nonlocal n_bytes
            # Other threads may create networks at the same time.
            if tensor is not None and threading.get_ident() == thread:
                n_bytes += tensor.nbytes
                self._check(n_bytes)

        with contextlib.ExitStack() as stack:
            for register in (
                register_module_parameter_registration_hook,
                register_module_buffer_registration_hook,
            ):
                stack.callback(register(count).remove)
            yield

    def _check(self, n_bytes):
        if n_bytes > self._limit:
            raise ValueError(
                f"its values or networks would take more than {self._limit:,} bytes, which is too "
                "much for its size"
            )
