"""The problems in the text of a DatasetReport."""

import os

from skmlic.datasets._text_layout import WIDTH, count_of, shorten, wrap

_N_IMAGES = 5
_N_LABELS = 20
_N_FOLDS = 5


def write_problems(report):
    """Return a line for each kind of problem, followed by the first cases.

    Parameters
    ----------
    report : DatasetReport

    Returns
    -------
    lines : list of str
    """
    unreadable = zip(
        _relative(report, report.unreadable["path"]), report.unreadable["reason"], strict=True
    )
    lines = [
        *_write_cases("without a file, left out", "row", report.missing),
        *_write_cases(
            "in the folder that no row names", "image", _relative(report, report.unlisted)
        ),
        *_write_cases(
            "can't be read", "image", [f"{name}: {reason}" for name, reason in unreadable]
        ),
        *_write_duplicates(report),
        *_write_near_duplicates(report),
        *_write_labels(report),
    ]
    n_missing = int(report.labels["missing"].sum())
    if n_missing:
        fraction = n_missing / (report.n_images * report.n_labels)
        lines.append(f"  {count_of(n_missing, 'missing label')} in Y ({fraction:.1%})")
    return ["Problems:", *lines] if lines else ["No problems with the files and labels."]


def _write_labels(report):
    counts = report.labels
    is_rare = counts["positive"].between(2, _N_FOLDS - 1)
    lines = []
    for chosen, problem in [
        (counts["remark"] == "never", "without a positive image, which can't be learned"),
        (counts["remark"] == "once", "with one positive image, for either training or test"),
        (
            is_rare,
            f"with 2 to {_N_FOLDS - 1} positive images, too few for each of {_N_FOLDS} folds",
        ),
        (counts["remark"] == "always", "without a negative image, which can't be learned"),
    ]:
        lines += _write_cases(problem, "label", counts.index[chosen].tolist())
    blocks = "whose images come in blocks of rows: shuffle before splitting"
    return lines + _write_cases(blocks, "label", report.in_blocks)


def _write_duplicates(report):
    duplicates = report.duplicates
    if not len(duplicates):
        return []
    groups = duplicates.assign(name=_relative(report, duplicates["path"])).groupby("group")
    same, different = [], []
    for _, group in groups:
        equal = " = ".join(group["name"].iloc[:3]) + (" = ..." if len(group) > 3 else "")
        labels = group["differing"].iloc[0]
        if labels:
            different.append(f"{equal}: {_write_differing(labels)}")
        else:
            same.append(equal)
    return [
        *_write_cases("of identical files with the same labels", "group", same),
        *_write_cases("of identical files with different labels", "group", different),
    ]


def _write_near_duplicates(report):
    pairs = report.near_duplicates
    firsts = _relative(report, pairs["first_path"])
    seconds = _relative(report, pairs["second_path"])
    same, different = [], []
    rows = zip(firsts, seconds, pairs["similarity"], pairs["differing"], strict=True)
    for first, second, similarity, labels in rows:
        pair = f"{first} ~ {second} ({similarity:.3f})"
        if labels:
            different.append(f"{pair}: {_write_differing(labels)}")
        else:
            same.append(pair)
    return [
        *_write_cases("of similar images with the same labels", "pair", same),
        *_write_cases("of similar images with different labels", "pair", different),
    ]


def _write_differing(labels):
    more = f" and {len(labels) - 3} more" if len(labels) > 3 else ""
    return f"different in {', '.join(labels[:3])}{more}"


def _write_cases(problem, noun, cases):
    """Return a line with the number of cases, and the first of them indented below it."""
    if not cases:
        return []
    lines = [f"  {count_of(len(cases), noun)} {problem}"]
    if noun == "label":
        n_more = len(cases) - _N_LABELS
        more = [f"and {n_more} more"] if n_more > 0 else []
        return lines + wrap([*cases[:_N_LABELS], *more], indent=" " * 6)
    lines += [f"      {shorten(case, WIDTH - 6)}" for case in cases[:_N_IMAGES]]
    if len(cases) > _N_IMAGES:
        lines.append(f"      and {len(cases) - _N_IMAGES} more")
    return lines


def _relative(report, paths):
    """Return paths relative to the report's folder, if they are inside it."""
    if report.folder is None:
        return list(paths)
    start = os.path.join(os.path.normpath(report.folder), "")
    return [os.path.normpath(path).removeprefix(start) for path in paths]
