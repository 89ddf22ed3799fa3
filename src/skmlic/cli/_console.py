"""All that the command line writes: results on stdout, everything else on stderr."""

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

# A table that goes to a file or a pipe is as wide as it needs to be.
_UNLIMITED = 10_000


class Console:
    """What a command says: tables on stdout; notes, progress, warnings and errors on stderr.

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
        """Whether somebody watches."""
        return self._err.is_terminal and not self.quiet

    def write(self, text: str = "") -> None:
        """Write a line of results."""
        self._out.print(text, soft_wrap=True)

    def note(self, text: str) -> None:
        """Say what is going on."""
        if not self.quiet:
            self._err.print(text, soft_wrap=True)

    def warn(self, text: str) -> None:
        """Write a warning, in one line."""
        if not self.quiet:
            self._complain("warning", "yellow", text)

    def error(self, text: str) -> None:
        """Write an error, in one line."""
        self._complain("error", "red", text)

    def _complain(self, what: str, colour: str, text: str) -> None:
        # In one piece: a spinner redraws its line after each, over what has no end yet.
        line = Text.assemble((f"skmlic: {what}:", f"bold {colour}"), " ", " ".join(text.split()))
        self._err.print(line, soft_wrap=True)

    def table(
        self, columns: Sequence[str], rows: Iterable[Sequence[object]], title: str | None = None
    ) -> None:
        """Write a table; numbers stand on the right, with three decimals if they are no integers.

        Parameters
        ----------
        columns : sequence of str
            The headings.
        rows : iterable of sequences
            The cells: text, numbers, NaN or None, which are left blank. A row without cells is a
            gap.
        title : str, default=None
            Written above it.
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
            table.add_column(heading, justify="right" if is_number else "left", overflow="fold")
        for row in rows:
            table.add_row(*map(_as_cell, row))
        if title is not None:
            self._out.print(title, style="bold", soft_wrap=True)
        self._out.print(table)
        self._out.print()

    @contextlib.contextmanager
    def status(self, text: str) -> Iterator[None]:
        """Say what goes on, and show that it still does."""
        if not self.shows_progress:
            self.note(text)
            yield
            return
        with self._err.status(text):
            yield
        self.note(text)

    @contextlib.contextmanager
    def progress(self, title: str, total: int | None = None) -> Iterator:
        """Show a bar while pictures are gone through.

        Parameters
        ----------
        title : str
            What is done to them.
        total : int, default=None
            How many there are, if that is known.

        Yields
        ------
        advance : callable
            ``advance(n)``: so many more are done.
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
            *(how_far or [TextColumn("{task.completed} pictures")]),
            console=self._err,
            transient=True,
        )
        with bar:
            task = bar.add_task(title, total=total)
            yield lambda n: bar.advance(task, n)


def _make(stream):
    # What COLUMNS says goes for pipes, too.
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
    return f"{value:,}" if isinstance(value, int) else str(value)
