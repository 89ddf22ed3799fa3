"""The problems of a DatasetReport."""

import os
from typing import NamedTuple

from skmlic.datasets._text_layout import WIDTH, count_of, shorten, wrap

_N_IMAGES = 5
_N_LABELS = 20
_N_FOLDS = 5


class Problem(NamedTuple):
    """A kind of problem.

    Parameters
    ----------
    text : str
        What the problem is, preceded by the number of cases.
    noun : str
        What has the problem, such as "image" or "label".
    cases : list of str
        All cases.
    """

    text: str
    noun: str
    cases: list[str]


def list_problems(report):
    """Return the kinds of problems that a data set has.

    Parameters
    ----------
    report : DatasetReport

    Returns
    -------
    problems : list of Problem
    """
    unreadable = zip(
        relative(report, report.unreadable["path"]), report.unreadable["reason"], strict=True
    )
    kinds = [
        ("without a file, left out", "row", report.missing),
        ("in the folder that no row names", "image", relative(report, report.unlisted)),
        ("can't be read", "image", [f"{name}: {reason}" for name, reason in unreadable]),
        *_name_differing(_list_identical(report), "group", "identical files"),
        *_name_differing(_list_near_duplicates(report), "pair", "similar images"),
        ("of similar images in the two sets", "pair", _list_similar_in_other(report)),
        *_list_label_problems(report),
    ]
    return [
        Problem(f"{count_of(len(cases), noun)} {text}", noun, cases)
        for text, noun, cases in kinds
        if len(cases)
    ]


def write_problems(report):
    """Return a line for each kind of problem, followed by the first cases.

    Parameters
    ----------
    report : DatasetReport

    Returns
    -------
    lines : list of str
    """
    lines = [line for problem in list_problems(report) for line in _write(problem)]
    missing = describe_missing(report)
    if missing:
        lines.append(f"  {missing}")
    return ["Problems:", *lines] if lines else ["No problems with the files and labels."]


def describe_missing(report):
    """Return how many labels are missing, or "" if there are none."""
    n_missing = int(report.labels["missing"].sum())
    if not n_missing:
        return ""
    fraction = n_missing / (report.n_images * report.n_labels)
    return f"{count_of(n_missing, 'missing label')} in Y ({fraction:.1%})"


def relative(report, paths):
    """Return paths relative to the report's folder, if they are inside it."""
    if report.folder is None:
        return list(paths)
    start = os.path.join(os.path.normpath(report.folder), "")
    places = ((path, os.path.normpath(path)) for path in paths)
    return [
        place.removeprefix(start) if place.startswith(start) else path for path, place in places
    ]


def _list_label_problems(report):
    counts = report.labels
    is_rare = counts["positive"].between(2, _N_FOLDS - 1)
    for chosen, text in [
        (counts["remark"] == "never", "without a positive image, which can't be learned"),
        (counts["remark"] == "once", "with one positive image, for either training or test"),
        (
            is_rare,
            f"with 2 to {_N_FOLDS - 1} positive images, too few for each of {_N_FOLDS} folds",
        ),
        (counts["remark"] == "always", "without a negative image, which can't be learned"),
    ]:
        yield text, "label", counts.index[chosen].tolist()
    blocks = "whose images come in blocks of rows: shuffle before splitting"
    yield blocks, "label", report.in_blocks


def _list_identical(report):
    """Return a text for each group of identical files, and the labels that differ in it."""
    duplicates = report.duplicates
    groups = {}
    for group, name, differing in zip(
        duplicates["group"],
        relative(report, duplicates["path"]),
        duplicates["differing"],
        strict=True,
    ):
        groups.setdefault(group, ([], differing))[0].append(name)
    return [
        (" = ".join(names[:3]) + (" = ..." if len(names) > 3 else ""), differing)
        for names, differing in groups.values()
    ]


def _list_near_duplicates(report):
    """Return a text for each pair of similar images, and the labels that differ in it."""
    pairs = report.near_duplicates
    rows = zip(
        relative(report, pairs["first_path"]),
        relative(report, pairs["second_path"]),
        pairs["similarity"],
        pairs["differing"],
        strict=True,
    )
    return [(f"{first} ~ {second} ({value:.3f})", labels) for first, second, value, labels in rows]


def _list_similar_in_other(report):
    pairs = report.similar_in_other
    rows = zip(
        relative(report, pairs["path"]), pairs["other_path"], pairs["similarity"], strict=True
    )
    return [f"{name} ~ {other} ({value:.3f})" for name, other, value in rows]


def _name_differing(cases, noun, images):
    """Return a problem for the cases with the same labels, and one for those that differ."""
    same = [case for case, labels in cases if not labels]
    different = [f"{case}: {describe_differing(labels)}" for case, labels in cases if labels]
    return [
        (f"of {images} with the same labels", noun, same),
        (f"of {images} with different labels", noun, different),
    ]


def describe_differing(labels):
    """Return the labels that differ, for example "different in sea, trees"."""
    more = f" and {len(labels) - 3} more" if len(labels) > 3 else ""
    return f"different in {', '.join(labels[:3])}{more}"


def _write(problem):
    """Return a line with the number of cases, and the first of them indented below it."""
    cases = problem.cases
    lines = [f"  {problem.text}"]
    if problem.noun == "label":
        n_more = len(cases) - _N_LABELS
        more = [f"and {n_more} more"] if n_more > 0 else []
        return lines + wrap([*cases[:_N_LABELS], *more], indent=" " * 6)
    lines += [f"      {shorten(case, WIDTH - 6)}" for case in cases[:_N_IMAGES]]
    if len(cases) > _N_IMAGES:
        lines.append(f"      and {len(cases) - _N_IMAGES} more")
    return lines
