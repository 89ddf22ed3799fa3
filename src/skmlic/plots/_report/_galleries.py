"""The sections of the page about a classifier that show pictures."""

from __future__ import annotations

import numpy as np

from skmlic.images import describe_source
from skmlic.inspection import label_activation_maps
from skmlic.plots._activation_maps import paint
from skmlic.plots._flow import SIGNS, load_small, name_picture
from skmlic.plots._report._images import encode_picture
from skmlic.plots._report._parts import Answers, Section

__all__ = ["show_maps", "show_mistakes", "show_pictures"]

_N_WORST, _N_BEST, _N_OF_LABEL, _N_MAPPED = 12, 6, 6, 3
_WEAKEST = 4
_FEW = 5
_MOST_MARKS = 8


def show_pictures(answers: Answers) -> Section:
    """Return the pictures of largest and of smallest loss."""
    return Section(
        texts=[
            "By the mean over labels of the log loss. Below each picture: "
            + ", ".join(f"{sign} {meaning}" for sign, _, meaning in SIGNS.values())
            + "; with the score."
        ],
        galleries=[
            _hang(answers, answers.choose(order="worst"), "Worst pictures", _N_WORST),
            _hang(answers, answers.choose(order="best"), "Best pictures", _N_BEST),
        ],
    )


def show_mistakes(answers: Answers) -> Section:
    """Return the worst mistakes of the labels that are worst told."""
    frame = answers.tabulate()[: len(answers.label_names)]
    precision = frame["average_precision"].to_numpy()
    # Where there are few positives, a low precision says little.
    order = np.lexsort((precision, frame["support"] < _FEW))
    galleries = []
    for j in order[~np.isnan(precision[order])][:_WEAKEST]:
        for kind, what in (("missed", "missed"), ("false positive", "set by mistake")):
            chosen = answers.choose(label=int(j), kind=kind)
            if len(chosen.rows):
                title = f"{answers.label_names[j]}: {len(chosen.rows)} {what}"
                galleries.append(_hang(answers, chosen, title, _N_OF_LABEL))
    if not galleries:
        raise ValueError("there are none.")
    text = (
        "The labels of lowest average precision (first among those with at least "
        f"{_FEW} positives), and where they are furthest off."
    )
    return Section(texts=[text], galleries=galleries)


def show_maps(answers: Answers) -> Section:
    """Return where labels are seen, in some of the worst and of the best pictures."""
    worst, best = (answers.choose(order=order).rows for order in ("worst", "best"))
    with_label = best[(answers.truth[best] == 1).any(axis=1)]
    chosen = dict.fromkeys([*worst[:_N_MAPPED], *with_label[:_N_MAPPED]])
    rows = [int(row) for row in chosen if answers.encode(row) is not None]
    if not rows:
        raise ValueError("no picture can be read.")
    is_array = isinstance(answers.X, np.ndarray)
    pictures = answers.X[rows] if is_array else [answers.pictures[row] for row in rows]
    maps = label_activation_maps(answers.estimator, pictures)
    return Section(
        texts=[
            "Red places speak for the label, blue ones against it; the colours of a row have one "
            "scale. Labels that a picture has or was given come first. A map tells what the score "
            "is made of, not what the label is."
        ],
        maps=[_line_up(answers, row, of_row) for row, of_row in zip(rows, maps, strict=True)],
    )


def _hang(answers, display, title, n_pictures):
    """Return the first pictures of a gallery with their marks."""
    pictures = []
    for row in display.rows[:n_pictures]:
        marks = display._list_marks(row)
        pictures.append(
            {
                "row": row,
                "name": describe_source(answers.pictures[row]),
                "source": answers.encode(row),
                "caption": display._caption(row),
                "marks": [_as_words(mark) for mark in marks[:_MOST_MARKS]],
                "n_more": len(marks[_MOST_MARKS:]),
            }
        )
    return {"title": title, "pictures": pictures}


def _as_words(mark):
    return {**mark._asdict(), "sign": SIGNS[mark.state][0]}


def _line_up(answers, row, maps):
    """Return a picture and its maps, those of labels that it has or was given first."""
    scores = answers.scores[row]
    is_set = (answers.truth[row] == 1) | answers.decisions[row]
    places = np.lexsort((-scores, ~is_set))[:_N_MAPPED]
    picture = load_small(answers.pictures[row])
    limit = np.abs(maps[places]).max()
    line = [{"source": answers.encode(row), "text": name_picture(answers.pictures[row], row)}]
    for place in places:
        text = f"{answers.label_names[place]} {scores[place]:.2f}"
        line.append({"source": encode_picture(paint(picture, maps[place], limit)), "text": text})
    return line
