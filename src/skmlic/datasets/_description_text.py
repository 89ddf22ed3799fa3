"""The text of a DatasetReport."""

import os
import textwrap

_WIDTH = 100
_N_NAMES = 5
_N_LABELS = 30
_N_PAIRS = 8
_BAR = 20


def write_text(report) -> str:
    """Return the report as lines of up to 100 characters."""
    blocks = [
        _write_head(report),
        _write_problems(report),
        _write_labels(report),
        _write_labels_per_image(report),
        _write_pairs(report),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def _write_head(report):
    imbalance = report.imbalance
    lines = [
        f"{_number(report.n_images, 'picture')}, {_number(report.n_labels, 'label')}, "
        f"{imbalance.cardinality:.2f} labels a picture"
    ]
    if report.folder is not None:
        lines.append(f"folder: {_shorten(report.folder, _WIDTH - 8)}")
    if len(report.unreadable) < report.n_images:
        low, median, high = (report.sizes.loc[name] for name in ("min", "median", "max"))
        lines.append(
            "pixels: "
            + ", ".join(
                f"{side} {low[side]:.0f} to {high[side]:.0f} (median {median[side]:.0f})"
                for side in ("width", "height")
            )
        )
    return lines


def _write_problems(report):
    """Return a line for each kind of thing to look at, with the first few."""
    lines = [
        *_write_some("named without a file", "row", report.missing),
        *_write_some("in the folder without a row", "picture", _inside(report, report.unlisted)),
        *_write_some(
            "can't be read",
            "picture",
            [
                f"{name}: {reason}"
                for name, reason in zip(
                    _inside(report, report.unreadable["path"]),
                    report.unreadable["reason"],
                    strict=True,
                )
            ],
        ),
        *_write_duplicates(report),
    ]
    labels = report.labels
    for remark, what in [
        ("never", "without a positive, which can't be learnt"),
        ("once", "with one positive, which is in training or in test, not in both"),
        ("always", "without a negative, which can't be learnt"),
    ]:
        lines += _write_some(what, "label", labels.index[labels["remark"] == remark].tolist())
    n_unknown = int(labels["unknown"].sum())
    if n_unknown:
        share = n_unknown / (report.n_images * report.n_labels)
        lines.append(f"  {_number(n_unknown, 'entry')} of Y unknown ({share:.1%})")
    return ["To look at:", *lines] if lines else ["Nothing amiss with the files and labels."]


def _write_duplicates(report):
    duplicates = report.duplicates
    if not len(duplicates):
        return []
    names = duplicates.assign(name=_inside(report, duplicates["path"])).groupby("group")["name"]
    equal = names.agg(" = ".join)
    differing = duplicates.groupby("group")["differing"].first()
    lines = _write_some(
        "that occur more than once, with the same labels",
        "picture",
        equal[differing.map(len) == 0].tolist(),
    )
    conflicts = [
        f"{equal[group]} differ in {', '.join(labels)}"
        for group, labels in differing.items()
        if labels
    ]
    return lines + _write_some(
        "that occur more than once, with different labels", "picture", conflicts
    )


def _write_labels(report):
    """Return the table of labels, most frequent first, the middle left out if there are many."""
    labels = report.labels.sort_values("positive", ascending=False, kind="stable")
    n_top = len(labels) if len(labels) <= _N_LABELS else 2 * _N_LABELS // 3
    n_bottom = 0 if n_top == len(labels) else _N_LABELS - n_top
    width = min(max(labels.index.map(len).max(), 5), 40)
    has_unknown = labels["unknown"].any()
    unknown_title = f"{'unknown':>10}" if has_unknown else ""
    lines = [f"{'Label':{width}}{'positive':>10}{unknown_title}{'share':>9}"]
    for place, (name, row) in enumerate(labels.iterrows()):
        if n_top <= place < len(labels) - n_bottom:
            if place == n_top:
                lines.append(f"{f'... {len(labels) - n_top - n_bottom} more':{width}}")
            continue
        unknown = f"{row['unknown']:>10}" if has_unknown else ""
        share = "" if row["frequency"] != row["frequency"] else f"{row['frequency']:.1%}"
        bar = "#" * round(_BAR * (row["frequency"] if share else 0))
        line = f"{_shorten(name, width):{width}}{row['positive']:>10}{unknown}{share:>9}  {bar}"
        lines.append(line.rstrip())
    imbalance = report.imbalance
    lines.append(
        f"Imbalance: MeanIR {imbalance.mean_ir:.3g}, CVIR {imbalance.cv_ir:.3g}, "
        f"SCUMBLE {imbalance.scumble:.3g}"
    )
    return lines


def _write_labels_per_image(report):
    counts = report.labels_per_image
    text = ", ".join(f"{n}: {count}" for n, count in counts.items() if count)
    return textwrap.wrap(f"Pictures by number of labels: {text}", _WIDTH, subsequent_indent="    ")


def _write_pairs(report):
    pairs = report.pairs.head(_N_PAIRS)
    if not len(pairs):
        return []
    names = [
        _shorten(f"{a} + {b}", 60) for a, b in zip(pairs["label"], pairs["other"], strict=True)
    ]
    width = max(len("Pair of labels"), *map(len, names))
    lines = [f"{'Pair of labels':{width}}{'pictures':>10}{'times what chance gives':>25}"]
    for name, count, lift in zip(names, pairs["count"], pairs["lift"], strict=True):
        lines.append(f"{name:{width}}{count:>10}{lift:>25.2g}")
    return lines


def _write_some(what, noun, items):
    """Return a line with the number of items, and the first of them on lines of their own."""
    if not items:
        return []
    lines = [f"  {_number(len(items), noun)} {what}"]
    if noun == "label":
        more = [f"and {len(items) - 20} more"] if len(items) > 20 else []
        text = ", ".join([*map(str, items[:20]), *more])
        indent = " " * 6
        return lines + textwrap.wrap(text, _WIDTH, initial_indent=indent, subsequent_indent=indent)
    lines += [f"      {_shorten(item, _WIDTH - 6)}" for item in items[:_N_NAMES]]
    if len(items) > _N_NAMES:
        lines.append(f"      and {len(items) - _N_NAMES} more")
    return lines


def _inside(report, paths):
    """Return paths as seen from the folder, where they are in it."""
    if report.folder is None:
        return list(paths)
    start = os.path.join(os.path.normpath(report.folder), "")
    return [os.path.normpath(path).removeprefix(start) for path in paths]


def _number(count, noun):
    plural = {"entry": "entries"}.get(noun, noun + "s")
    return f"{count} {noun if count == 1 else plural}"


def _shorten(text, width):
    """Cut the middle out of a text that is too long."""
    text = str(text)
    if len(text) <= width:
        return text
    half = (width - 3) // 2
    return f"{text[: width - 3 - half]}...{text[len(text) - half :]}"
