"""The command ``skmlic``: train, evaluate and predict without writing Python."""

import contextlib
import logging
import os
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from skmlic._utils._text import printable
from skmlic.cli._parser import make_parser

if TYPE_CHECKING:
    from skmlic.cli._console import Console

__all__ = ["main"]

_ERROR, _INTERRUPTED, _TERMINATED = 1, 130, 143


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    argv : sequence of str, default=None
        The arguments without the name of the program. By default, those of the process.

    Returns
    -------
    code : int
        The exit code: 0, 1 after an error, 3 if images could not be read, or 130 if interrupted.

    Raises
    ------
    SystemExit
        With code 0 after ``--help`` and ``--version``, 2 if the arguments are wrong, and 143 if
        the process is terminated.

    Examples
    --------
    >>> from skmlic.cli import main
    >>> main(["backbones", "tiny_cnn"])
    name       pixels   parameters   weights   license
    ──────────────────────────────────────────────────
    tiny_cnn       32        6,144   random
    <BLANKLINE>
    0
    """
    argv = sys.argv[1:] if argv is None else argv
    if isinstance(argv, str) or not all(isinstance(argument, str) for argument in argv):
        raise TypeError(f"argv={argv!r}, expected a list of str.")
    argv = list(argv)
    show_all = "--help-all" in argv
    if show_all:
        argv = ["--help" if argument == "--help-all" else argument for argument in argv]
    args = make_parser(show_all).parse_args(argv)

    # Imported after the arguments are parsed, so that the help appears at once.
    from skmlic.cli._console import Console
    from skmlic.cli._places import check_places

    console = Console(args.quiet)
    try:
        with _termination(), _warnings(console):
            check_places(args, console)
            return import_module(f"skmlic.cli._{args.command}").run(args, console) or 0
    except KeyboardInterrupt:
        console.error("interrupted")
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader of the pipe has closed it. Python flushes stdout at exit, which must not fail.
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _ERROR
    except Exception as error:
        # Any error becomes one line and an exit code; --debug shows where it was raised.
        if args.debug:
            console.trace(traceback.format_exc())
        console.error(_explain(error))
        return _ERROR


def _explain(error: Exception) -> str:
    text = str(error)
    if isinstance(error, OSError) and error.strerror:
        name = f"{printable(error.filename)}: " if error.filename else ""
        text = f"{name}{error.strerror}"
    elif isinstance(error, KeyError) or not text:
        text = f"{type(error).__name__} {text}".strip()
    return " ".join([text, *getattr(error, "__notes__", ())])


@contextlib.contextmanager
def _warnings(console: "Console") -> Iterator[None]:
    """Write each warning, and each warning of the package's log, once and in one line."""
    seen = set()

    def show(text):
        if text not in seen:
            seen.add(text)
            console.warn(text)

    handler = _Handler(show)
    log = logging.getLogger("skmlic")
    log.addHandler(handler)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = lambda message, *args, **options: show(str(message))
            yield
    finally:
        log.removeHandler(handler)


class _Handler(logging.Handler):
    """A handler that passes the warnings of a log to a function."""

    def __init__(self, show: Callable[[str], None]):
        super().__init__(logging.WARNING)
        self._show = show

    def emit(self, record: logging.LogRecord) -> None:
        self._show(record.getMessage())


@contextlib.contextmanager
def _termination() -> Iterator[None]:
    """Raise SystemExit on SIGTERM, so that temporary files are removed as after any error."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(_TERMINATED))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
