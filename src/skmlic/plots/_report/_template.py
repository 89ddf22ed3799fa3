"""The page of an HTML report, from its sections."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skmlic._utils._atomic_file import replace_atomically
from skmlic._utils._text import printable

if TYPE_CHECKING:
    from skmlic.plots._report._parts import Section

__all__ = ["Page"]

logger = logging.getLogger("skmlic")


class Page:
    """An HTML page in one file without external resources.

    It is created before anything takes long, because it raises errors about its requirements.

    Parameters
    ----------
    path : str or path-like
        The file to write.

    Raises
    ------
    FileNotFoundError
        If the directory of ``path`` does not exist.

    ImportError
        If matplotlib is not installed.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.template = _load_template()
        self.path = Path(path)
        if not self.path.absolute().parent.is_dir():
            raise FileNotFoundError(
                f"path={str(self.path)!r}: the directory does not exist; create it."
            )

    def write(
        self,
        title: str,
        subtitle: str,
        makers: Mapping[str, Callable[[Any], Section]],
        data: Any,
    ) -> Path:
        """Write the page.

        Parameters
        ----------
        title : str
            Title of the page.
        subtitle : str
            What it is about; the time is added.
        makers : dict of str to callable
            Functions that make the section of each title from ``data``.
        data : object
            What the page shows.

        Returns
        -------
        path : Path
            The file. An existing file is replaced once the page is complete.
        """
        sections = [_make_section(name, make, data) for name, make in makers.items()]
        text = self.template.render(
            title=title,
            subtitle=f"{subtitle}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
            sections=sections,
        )
        with replace_atomically(self.path) as unfinished:
            unfinished.write_text(text, encoding="utf-8")
        return self.path


def _load_template():
    try:
        import matplotlib  # noqa: F401
        from jinja2 import DictLoader, Environment
    except ImportError as error:
        raise ImportError(
            f"HTML reports need matplotlib ({error}): pip install 'skmlic[plot]'"
        ) from error
    source = (
        resources.files("skmlic.plots._report").joinpath("page.html").read_text(encoding="utf-8")
    )
    environment = Environment(
        loader=DictLoader({"page": source}), autoescape=True, trim_blocks=True, finalize=_finalize
    )
    return environment.get_template("page")


def _finalize(value):
    """Return what is shown of a value: names may have characters that reverse a line."""
    is_text = isinstance(value, str) and not hasattr(value, "__html__")
    return printable(value, keep="\n") if is_text else value


def _make_section(title: str, make: Callable[[Any], Section], data: Any) -> Section:
    """Return a section, or one that gives the reason why it is left out."""
    import matplotlib.pyplot as plt

    from skmlic.plots._report._parts import Section

    logger.info("report: %s", title)
    before = plt.get_fignums()
    with (
        warnings.catch_warnings(record=True) as caught,
        plt.style.context("default"),
        plt.ioff(),
    ):
        warnings.simplefilter("always")
        try:
            section = make(data)
        except ValueError as error:
            section = Section(left_out=str(error))
        except Exception as error:
            # Any error in one section must not lose the others, whose predictions may have taken
            # hours. The error is logged, and the report names it.
            logger.exception("report: %s failed", title)
            section = Section(left_out=f"{type(error).__name__}: {error}")
        for number in set(plt.get_fignums()).difference(before):
            plt.close(number)
    section.title = title
    notes = dict.fromkeys(str(warning.message) for warning in caught)
    section.notes = [*section.notes, *notes]
    return section
