"""The text of a DatasetReport."""

import os
import textwrap

_WIDTH = 100
_N_NAMES = 5
_N_LABELS = 30
_N_PAIRS = 8
_N_FOLDS = 5
_BAR = 20


def write_text(report):
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
        *_write_some("without a file, left out", "row", report.missing),
        *_write_some(
            "in the folder that no row names", "picture", _inside(report, report.unlisted)
        ),
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
    is_few = labels["positive"].between(2, _N_FOLDS - 1)
    for chosen, what in [
        (labels["remark"] == "never", "without a positive, which can't be learnt"),
        (labels["remark"] == "once", "with one positive, in training or in test but not in both"),
        (is_few, f"with 2 to {_N_FOLDS - 1} positives, too few for each of {_N_FOLDS} folds"),
        (labels["remark"] == "always", "without a negative, which can't be learnt"),
    ]:
        lines += _write_some(what, "label", labels.index[chosen].tolist())
    lines += _write_some(
        "whose pictures come in blocks of rows: shuffle before splitting", "label", report.in_blocks
    )
    n_unknown = int(labels["unknown"].sum())
    if n_unknown:
        share = n_unknown / (report.n_images * report.n_labels)
        lines.append(f"  {_number(n_unknown, 'entry')} of Y unknown ({share:.1%})")
    return ["To look at:", *lines] if lines else ["Nothing amiss with the files and labels."]


def _write_duplicates(report):
    duplicates = report.duplicates
    if not len(duplicates):
        return []
    groups = duplicates.assign(name=_inside(report, duplicates["path"])).groupby("group")
    same, different = [], []
    for _, group in groups:
        equal = " = ".join(group["name"].iloc[:3]) + (" = ..." if len(group) > 3 else "")
        labels = group["differing"].iloc[0]
        if labels:
            different.append(f"{equal}: different in {', '.join(labels[:3])}")
            different[-1] += f" and {len(labels) - 3} more" if len(labels) > 3 else ""
        else:
            same.append(equal)
    return [
        *_write_some("of equal files, with the same labels", "group", same),
        *_write_some("of equal files, with different labels", "group", different),
    ]


def _write_labels(report):
    """Return the table of labels, most frequent first, the middle left out if there are many."""
    labels = report.labels.sort_values("positive", ascending=False, kind="stable")
    n_hidden = 0
    if len(labels) > _N_LABELS:
        # Those that never occur are named above, and the rarest of the others are of interest.
        occurring = labels[labels["positive"] > 0]
        n_hidden = max(len(occurring) - _N_LABELS, 0)
        labels = occurring
    n_top = len(labels) if not n_hidden else 2 * _N_LABELS // 3
    width = min(max([5, *labels.index.map(len)]), 40)
    has_unknown = report.labels["unknown"].any()
    title = f"{'Label':{width}}{'positive':>10}"
    lines = [title + (f"{'unknown':>10}" if has_unknown else "") + f"{'share':>9}"]
    for place, (name, row) in enumerate(labels.iterrows()):
        if n_top <= place < n_top + n_hidden:
            if place == n_top:
                lines.append(f"... {n_hidden} more")
            continue
        unknown = f"{row['unknown']:>10}" if has_unknown else ""
        frequency = row["frequency"]
        share = f"{frequency:.1%}" if row["positive"] or row["negative"] else ""
        bar = "#" * round(_BAR * frequency) if share else ""
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
    entries = [f"{n}: {count}" for n, count in counts.items() if count]
    entries[0] = f"Pictures by number of labels: {entries[0]}"
    return _wrap(entries, indent="")


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
        lines.append(f"{name:{width}}{count:>10}{lift:>25.2f}")
    return lines


def _write_some(what, noun, items):
    """Return a line with the number of items, and the first of them on lines of their own."""
    if not items:
        return []
    lines = [f"  {_number(len(items), noun)} {what}"]
    if noun == "label":
        more = [f"and {len(items) - 20} more"] if len(items) > 20 else []
        return lines + _wrap([*items[:20], *more], indent=" " * 6)
    lines += [f"      {_shorten(item, _WIDTH - 6)}" for item in items[:_N_NAMES]]
    if len(items) > _N_NAMES:
        lines.append(f"      and {len(items) - _N_NAMES} more")
    return lines


def _wrap(items, indent):
    """Return items, separated by commas, in lines that break between items only."""
    text = ", ".join(str(item).replace(" ", "\xa0") for item in items)
    lines = textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=indent or " " * 4,
        break_on_hyphens=False,
    )
    return [line.replace("\xa0", " ") for line in lines]


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
