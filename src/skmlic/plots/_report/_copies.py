"""Sections of an HTML report that show images and their copies side by side."""

from __future__ import annotations

from typing import Any

import numpy as np

from skmlic.datasets import DatasetReport
from skmlic.datasets._label_statistics import find_differing
from skmlic.datasets._report_problems import describe_differing, relative
from skmlic.datasets._text_layout import count_of
from skmlic.duplicates import group_duplicates
from skmlic.plots._captions import SIGNS
from skmlic.plots._image_grid import load_thumbnail
from skmlic.plots._report._images import encode_image
from skmlic.plots._report._parts import Section

__all__ = ["show_identical", "show_similar", "show_similar_in_other"]

_N_GROUPS, _N_PER_GROUP, _MAX_MARKS = 24, 6, 8
_STATES = {1: "found", 0: "missed"}
_MARKS = (
    "Groups with different labels come first. The labels that differ are below each image: "
    f"{SIGNS['found'][0]} it has the label, {SIGNS['missed'][0]} it does not, "
    f"{SIGNS['unannotated'][0]} the label is missing."
)


def show_identical(report: DatasetReport) -> Section:
    """Return the images whose files have the same content."""
    groups = report.duplicates.groupby("group")["row"].agg(list).tolist()
    return _show_groups(report, groups, [""] * len(groups), "Their files have the same content.")


def show_similar(report: DatasetReport) -> Section:
    """Return the groups of images that are nearly the same."""
    if not report.has_features:
        raise ValueError(
            "similar images were not looked for. Pass features to describe_dataset, or "
            "--near-duplicates to the command."
        )
    pairs = report.near_duplicates
    numbers = group_duplicates(pairs, report.n_images)
    # Pairs are ordered by decreasing similarity, and so are the groups.
    largest = dict(zip(numbers[pairs["first"]][::-1], pairs["similarity"][::-1], strict=True))
    members: dict[int, list[int]] = {number: [] for number in reversed(largest)}
    for row, number in enumerate(numbers.tolist()):
        if number in members:
            members[number].append(row)
    titles = [f"Similarity {largest[number]:.3f}" for number in members]
    text = (
        "Their features are nearly parallel: copies that were compressed, resized or cropped, and "
        "photographs of a series. Each group has its largest similarity."
    )
    return _show_groups(report, list(members.values()), titles, text)


def show_similar_in_other(report: DatasetReport) -> Section:
    """Return the images that have a copy in another set."""
    if not report.n_others:
        raise ValueError(
            "there is no other set. Pass other_paths and other_features to describe_dataset, or "
            "--other to the command."
        )
    copies: dict[int, list[Any]] = {}
    for pair in report.similar_in_other.itertuples():
        copies.setdefault(pair.row, []).append(pair)
    if not copies:
        return Section(texts=["None of the images is similar to one of the other set."])
    return Section(
        texts=[
            "The first image of each group is one of this set. Scores on the other set are too "
            "high if these images are trained on."
        ],
        galleries=[
            {
                "title": f"Similarity {pairs[0].similarity:.3f}",
                "images": [
                    _make_image(report, report.paths[row]),
                    *(_make_image(report, p.other_path) for p in pairs[: _N_PER_GROUP - 1]),
                ],
            }
            for row, pairs in list(copies.items())[:_N_GROUPS]
        ],
        notes=_count_rest(copies, "similar_in_other"),
    )


def _show_groups(report, groups, titles, text):
    """Return groups of images, those whose labels differ first."""
    if not groups:
        return Section(texts=["There are none."])
    Y = report.Y.to_numpy(dtype=np.float64)
    differing = find_differing(Y, groups, list(report.Y.columns))
    order = sorted(range(len(groups)), key=lambda k: not differing[k])[:_N_GROUPS]
    return Section(
        texts=[text, _MARKS],
        galleries=[_make_group(report, groups[k], titles[k], differing[k]) for k in order],
        notes=_count_rest(groups, "near_duplicates" if titles[0] else "duplicates"),
    )


def _make_group(report, rows, title, differing):
    parts = [title, f"{len(rows)} images", describe_differing(differing) if differing else ""]
    images = [
        _make_image(
            report, report.paths[row], zip(differing, report.Y.loc[row, differing], strict=True)
        )
        for row in rows[:_N_PER_GROUP]
    ]
    return {"title": ", ".join(filter(None, parts)), "images": images}


def _make_image(report, path, labels=()):
    """Return an image with its name, and marks of the given names and values of labels."""
    pixels = load_thumbnail(path, report.value_range)
    (name,) = relative(report, [path])
    states = [(label, _STATES.get(value, "unannotated")) for label, value in labels]
    marks = [{"state": state, "name": label, "sign": SIGNS[state][0]} for label, state in states]
    return {
        "row": name,
        "name": path,
        "source": None if pixels is None else encode_image(pixels),
        "caption": name,
        "marks": marks[:_MAX_MARKS],
        "n_more": len(marks[_MAX_MARKS:]),
    }


def _count_rest(groups, attribute):
    n_more = len(groups) - _N_GROUPS
    if n_more <= 0:
        return []
    return [f"Not shown: {count_of(n_more, 'more group')}; see the attribute {attribute}."]
