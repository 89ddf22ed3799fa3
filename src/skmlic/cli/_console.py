"""Output of the command line: results on stdout, everything else on stderr."""

import contextlib
import math
import os
import sys
from collections.abc import Iterable, Iterator, Sequence

from rich import box
from rich.console import Console as RichConsole
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from skmlic._utils._text import printable

# The width of tables in files and pipes is not limited.
_UNLIMITED = 10_000


class Console:
    """Writer of tables to stdout, and of notes, progress, warnings and errors to stderr.

    Parameters
    ----------
    quiet : bool, default=False
        Whether notes, progress and warnings are left out.
    """

    def __init__(self, quiet: bool = False):
        self.quiet = quiet
        self._out = _make(sys.stdout)
        self._err = _make(sys.stderr)

    @property
    def shows_progress(self) -> bool:
        """Whether stderr is a terminal, and output is not suppressed."""
        return self._err.is_terminal and not self.quiet

    def write(self, text: str = "") -> None:
        """Write lines of results, without characters that a terminal obeys, as all methods do."""
        self._out.print(printable(text, keep="\n"), soft_wrap=True)

    def note(self, text: str) -> None:
        """Write a note about what the command does."""
        if not self.quiet:
            self._err.print(printable(text), soft_wrap=True)

    def warn(self, text: str) -> None:
        """Write a warning in one line."""
        if not self.quiet:
            self._write_problem("warning", "yellow", text)

    def error(self, text: str) -> None:
        """Write an error in one line."""
        self._write_problem("error", "red", text)

    def trace(self, text: str) -> None:
        """Write the lines of a traceback."""
        self._err.print(printable(text, keep="\n"), soft_wrap=True, end="")

    def _write_problem(self, kind: str, color: str, text: str) -> None:
        # The line is printed in one call, since a spinner would overwrite an incomplete line.
        text = printable(" ".join(text.split()))
        line = Text.assemble((f"skmlic: {kind}:", f"bold {color}"), " ", text)
        self._err.print(line, soft_wrap=True)

    def table(
        self, columns: Sequence[str], rows: Iterable[Sequence[object]], title: str | None = None
    ) -> None:
        """Write a table, with numbers aligned to the right and floats rounded to three decimals.

        Parameters
        ----------
        columns : sequence of str
            The headings.
        rows : iterable of sequences
            The cells: text or numbers; NaN and None are blank. An empty row leaves a blank line.
        title : str, default=None
            Title above the table.
        """
        rows = [list(row) for row in rows]
        table = Table(
            header_style="bold",
            box=box.SIMPLE_HEAD,
            pad_edge=False,
            show_edge=False,
        )
        for place, heading in enumerate(columns):
            is_number = any(isinstance(row[place], (int, float)) for row in rows if row)
            table.add_column(
                printable(heading), justify="right" if is_number else "left", overflow="fold"
            )
        for row in rows:
            table.add_row(*map(_as_cell, row))
        if title is not None:
            self._out.print(printable(title), style="bold", soft_wrap=True)
        self._out.print(table)
        self._out.print()

    @contextlib.contextmanager
    def status(self, text: str) -> Iterator[None]:
        """Write a note, and show a spinner while the block runs."""
        if not self.shows_progress:
            self.note(text)
            yield
            return
        # A spinner takes any other text for markup.
        with self._err.status(Text(printable(text))):
            yield
        self.note(text)

    @contextlib.contextmanager
    def progress(self, title: str, total: int | None = None) -> Iterator:
        """Show a progress bar while images are processed.

        Parameters
        ----------
        title : str
            Text next to the bar.
        total : int, default=None
            Number of images, if it is known.

        Yields
        ------
        advance : callable
            ``advance(n)`` moves the bar by n images.
        """
        if not self.shows_progress:
            self.note(title)
            yield lambda n: None
            return
        how_far = [MofNCompleteColumn(), TimeRemainingColumn()] if total else []
        bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            *(how_far or [TextColumn("{task.completed} images")]),
            console=self._err,
            transient=True,
        )
        with bar:
            task = bar.add_task(printable(title), total=total)
            yield lambda n: bar.advance(task, n)


def _make(stream):
    # The environment variable COLUMNS applies to pipes, too.
    is_cut = stream.isatty() or "COLUMNS" in os.environ
    return RichConsole(
        file=stream,
        width=None if is_cut else _UNLIMITED,
        markup=False,
        highlight=False,
        emoji=False,
    )


def _as_cell(value):
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float):
        return f"{value:.3f}"
    return f"{value:,}" if isinstance(value, int) else printable(value)
