"""The sections of an HTML report of images and labels."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from skmlic.datasets import DatasetReport
from skmlic.datasets._report_problems import describe_missing, list_problems
from skmlic.plots._report._copies import show_identical, show_similar, show_similar_in_other
from skmlic.plots._report._parts import Section
from skmlic.plots._report._shared_sections import draw_labels, list_versions

__all__ = ["SECTIONS"]

_N_CASES = 20
_N_PAIRS = 100


def summarize(report: DatasetReport) -> Section:
    """Return the numbers of images, labels and problems."""
    n_copies = len(report.duplicates)
    numbers = [
        ("Images", report.n_images, _describe_sizes(report)),
        ("Labels", report.n_labels, f"{report.imbalance.cardinality:.2f} labels per image."),
        ("Unreadable images", len(report.unreadable), "Training would raise an error for them."),
        ("Identical files", n_copies, "Images whose files have the same content as another's."),
    ]
    if report.has_features:
        n_pairs = len(report.near_duplicates)
        numbers.append(("Pairs of similar images", n_pairs, "Their files are not identical."))
    if report.n_others:
        n_pairs = len(report.similar_in_other)
        text = f"Pairs of an image and one of the {report.n_others:,} images of the other set."
        numbers.append(("Similar in the other set", n_pairs, text))
    imbalance = report.imbalance
    sizes = [f"{n}: {count:,}" for n, count in report.labels_per_image.items() if count]
    return Section(
        scores=[{"name": name, "value": f"{n:,}", "definition": text} for name, n, text in numbers],
        facts=[
            ("Images by number of labels", ", ".join(sizes)),
            ("Imbalance between labels: MeanIR", f"{imbalance.mean_ir:.3g}"),
            ("Its variation: CVIR", f"{imbalance.cv_ir:.3g}"),
            ("Rare labels beside frequent ones: SCUMBLE", f"{imbalance.scumble:.3g}"),
        ],
    )


def _describe_sizes(report):
    if len(report.unreadable) == report.n_images:
        return ""
    low, median, high = (report.sizes.loc[name] for name in ("min", "median", "max"))
    return " ".join(
        f"{side.capitalize()} {low[side]:.0f} to {high[side]:.0f} pixels, "
        f"median {median[side]:.0f}."
        for side in ("width", "height")
    )


def show_problems(report: DatasetReport) -> Section:
    """Return the problems, each with the first cases."""
    problems = list_problems(report)
    missing = describe_missing(report)
    texts = [] if problems or missing else ["No problems with the files and labels."]
    return Section(
        texts=[f"{missing}.", *texts] if missing else texts,
        lists=[
            {
                "title": problem.text,
                "items": problem.cases[:_N_CASES],
                "n_more": len(problem.cases[_N_CASES:]),
            }
            for problem in problems
        ],
    )


def draw(report: DatasetReport) -> Section:
    """Return figures of the frequencies and the co-occurrence of labels."""
    return draw_labels(report.Y.to_numpy(dtype=np.float64), list(report.Y.columns))


def tabulate(report: DatasetReport) -> Section:
    """Return a table of the labels."""
    titles = {
        "positive": "Positives",
        "negative": "Negatives",
        "missing": "Missing",
        "frequency": "Frequency",
        "ir_lbl": "Imbalance ratio",
        "remark": "Remark",
    }
    if not report.labels["missing"].any():
        del titles["missing"]
    formats = {"frequency": "{:.1%}", "ir_lbl": "{:.3g}", "remark": "{}"}
    cells = {
        name: [_make_cell(value, formats.get(name, "{:,}")) for value in report.labels[name]]
        for name in titles
    }
    names = [(str(name), str(name)) for name in report.labels.index]
    rows = list(zip(names, *cells.values(), strict=True))
    return Section(
        table={"columns": ["Label", *titles.values()], "rows": rows, "means": []},
        notes=[
            "Imbalance ratio: positives of the most frequent label, divided by those of the label. "
            "Click the name of a column to sort the table."
        ],
    )


def list_pairs(report: DatasetReport) -> Section:
    """Return a table of the pairs of labels that occur together most often."""
    rows = [
        [(f"{label} + {other}", f"{label} + {other}"), (f"{n:,}", n), (f"{lift:.2f}", lift)]
        for label, other, n, lift in report.pairs[:_N_PAIRS].itertuples(index=False)
    ]
    if not rows:
        raise ValueError("no image has two labels.")
    n_more = len(report.pairs) - len(rows)
    notes = [f"{n_more:,} less frequent pairs are not shown."] if n_more else []
    return Section(
        table={"columns": ["Pair of labels", "Images", "Lift"], "rows": rows, "means": []},
        notes=["Lift: images with both, relative to chance.", *notes],
    )


def _make_cell(value, text):
    """Return the text of a cell and its sort key, which is empty if it is undefined."""
    if isinstance(value, float) and not np.isfinite(value):
        return ("∞", "Infinity") if value > 0 else ("–", "")
    return text.format(value), value


SECTIONS: dict[str, Callable[[DatasetReport], Section]] = {
    "Summary": summarize,
    "Problems": show_problems,
    "Identical files": show_identical,
    "Similar images": show_similar,
    "Similar images in the other set": show_similar_in_other,
    "Labels": draw,
    "Table of labels": tabulate,
    "Pairs of labels": list_pairs,
    "Versions": list_versions,
}
