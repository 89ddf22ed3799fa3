"""The sections of an HTML report that show images."""

from __future__ import annotations

import numpy as np

from skmlic.images import describe_source
from skmlic.inspection import label_activation_maps
from skmlic.label_issues import find_label_issues
from skmlic.plots._activation_maps import draw_map
from skmlic.plots._captions import (
    SIGNS,
    caption_label,
    caption_predictions,
    list_marks,
    name_image,
)
from skmlic.plots._image_grid import load_thumbnail
from skmlic.plots._label_issues import ISSUE_MEANINGS, caption_issue, mark_issue
from skmlic.plots._report._images import encode_image
from skmlic.plots._report._parts import ReportData, Section

__all__ = ["show_images", "show_issues", "show_maps", "show_mistakes"]

_N_WORST, _N_BEST, _N_ISSUES, _N_PER_LABEL, _N_MAPPED = 12, 6, 12, 6, 3
_N_WEAKEST = 4
_FEW_POSITIVES = 5
_MAX_MARKS = 8


def show_images(data: ReportData) -> Section:
    """Return the images with the largest and the smallest losses."""
    data.get_images()
    return Section(
        texts=[
            "The images are ordered by the mean log loss over labels. Below each image: "
            + ", ".join(f"{sign} {meaning}" for sign, _, meaning in SIGNS.values())
            + "; with the score."
        ],
        galleries=[
            _make_gallery(data, data.select(order="worst"), "Worst images", _N_WORST),
            _make_gallery(data, data.select(order="best"), "Best images", _N_BEST),
        ],
    )


def show_mistakes(data: ReportData) -> Section:
    """Return the worst mistakes in the labels with the lowest average precision."""
    data.get_images()
    frame = data.tabulate()[: len(data.label_names)]
    precision = frame["average_precision"].to_numpy()
    # A low precision is less meaningful with few positives, so these labels come last.
    order = np.lexsort((precision, frame["support"] < _FEW_POSITIVES))
    galleries = []
    for label in order[~np.isnan(precision[order])][:_N_WEAKEST]:
        for kind, plural in (("missed", "missed"), ("false positive", "false positives")):
            selected = data.select(label=int(label), kind=kind)
            if len(selected.rows):
                n = len(selected.rows)
                title = f"{data.label_names[label]}: {n} {kind if n == 1 else plural}"
                galleries.append(_make_gallery(data, selected, title, _N_PER_LABEL))
    if not galleries:
        raise ValueError("there are no mistakes.")
    text = (
        "The labels with the lowest average precision, and the images with the largest mistakes in "
        f"them. Labels with at least {_FEW_POSITIVES} positives come first."
    )
    return Section(texts=[text], galleries=galleries)


def show_issues(data: ReportData) -> Section:
    """Return the images whose annotations are probably wrong."""
    images = data.get_images()
    issues = find_label_issues(
        data.truth, data.scores, label_names=data.label_names, response_method=data.method
    )
    signs = ", ".join(f"{SIGNS[state][0]} {meaning}" for state, meaning in ISSUE_MEANINGS.items())
    text = (
        "Annotations that are more likely wrong than right, given the scores of the classifier, "
        f"by decreasing probability of an error: {signs}; with the score. This is valid for images "
        "that the classifier was not trained on."
    )
    entries = [_make_issue(data, images, issue) for issue in issues[:_N_ISSUES].itertuples()]
    title = f"{len(issues):,} suspicious annotation{'' if len(issues) == 1 else 's'}"
    return Section(texts=[text], galleries=[{"title": title, "images": entries}])


def show_maps(data: ReportData) -> Section:
    """Return activation maps of some of the worst and the best images."""
    images = data.get_images()
    worst, best = (data.select(order=order).rows for order in ("worst", "best"))
    with_label = best[(data.truth[best] == 1).any(axis=1)]
    chosen = dict.fromkeys([*worst[:_N_MAPPED], *with_label[:_N_MAPPED]])
    rows = [int(row) for row in chosen if data.encode(row) is not None]
    if not rows:
        raise ValueError("no image can be read.")
    is_array = isinstance(data.X, np.ndarray)
    mapped = data.X[rows] if is_array else [images[row] for row in rows]
    maps = label_activation_maps(data.estimator, mapped)
    return Section(
        texts=[
            "Red places increase the score of the label, blue ones decrease it. All maps of a row "
            "have the same color scale. True and predicted labels come first. A map explains the "
            "score of the classifier, not the label."
        ],
        maps=[
            _make_map_row(data, row, image_maps) for row, image_maps in zip(rows, maps, strict=True)
        ],
    )


def _make_gallery(data, selected, title, n_images):
    """Return a title and the first selected images with their marks."""
    entries = []
    for row in selected.rows[:n_images]:
        image, truth, predictions = data.images[row], data.truth[row], data.predictions[row]
        marks = list_marks(truth, predictions, data.scores[row], data.label_names, selected.label)
        entries.append(
            {
                "row": row,
                "name": describe_source(image),
                "source": data.encode(row),
                "caption": caption_predictions(image, row, truth, predictions),
                "marks": [
                    {**mark._asdict(), "sign": SIGNS[mark.state][0]} for mark in marks[:_MAX_MARKS]
                ],
                "n_more": len(marks[_MAX_MARKS:]),
            }
        )
    return {"title": title, "images": entries}


def _make_issue(data, images, issue):
    """Return an image with the mark of a suspicious annotation."""
    row, mark = issue.sample, mark_issue(issue)
    return {
        "row": row,
        "name": describe_source(images[row]),
        "source": data.encode(row),
        "caption": caption_issue(images[row], issue),
        "marks": [{**mark._asdict(), "sign": SIGNS[mark.state][0]}],
        "n_more": 0,
    }


def _make_map_row(data, row, maps):
    """Return an image and its maps, those of true and predicted labels first."""
    image, scores = data.images[row], data.scores[row]
    is_present = (data.truth[row] == 1) | data.predictions[row]
    labels = np.lexsort((-scores, ~is_present))[:_N_MAPPED]
    pixels = load_thumbnail(image, data.value_range)
    limit = np.abs(maps[labels]).max()
    entries = [{"source": data.encode(row), "text": name_image(image, row)}]
    for label in labels:
        source = encode_image(draw_map(pixels, maps[label], limit))
        text = caption_label(data.label_names[label], scores[label])
        entries.append({"source": source, "text": text})
    return entries
