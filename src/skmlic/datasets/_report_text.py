"""The text of a DatasetReport."""

from skmlic.datasets._report_problems import write_problems
from skmlic.datasets._text_layout import WIDTH, count_of, shorten, wrap

_N_LABELS = 30
_N_PAIRS = 8
_BAR = 20


def write_text(report):
    """Return a report as lines of up to 100 characters."""
    blocks = [
        _write_head(report),
        write_problems(report),
        _write_labels(report),
        _write_labels_per_image(report),
        _write_pairs(report),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def _write_head(report):
    lines = [
        f"{count_of(report.n_images, 'image')}, {count_of(report.n_labels, 'label')}, "
        f"{report.imbalance.cardinality:.2f} labels per image"
    ]
    if report.folder is not None:
        lines.append(f"folder: {shorten(report.folder, WIDTH - 8)}")
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


def _write_labels(report):
    """Return the table of labels, most frequent first, without the middle if there are many."""
    labels = report.labels.sort_values("positive", ascending=False, kind="stable")
    n_hidden = 0
    if len(labels) > _N_LABELS:
        # Labels that never occur are named among the problems.
        labels = labels[labels["positive"] > 0]
        n_hidden = max(len(labels) - _N_LABELS, 0)
    n_top = len(labels) if not n_hidden else 2 * _N_LABELS // 3
    width = max([5, *(len(shorten(name, 40)) for name in labels.index)])
    has_missing = report.labels["missing"].any()
    title = f"{'Label':{width}}{'positive':>10}"
    lines = [title + (f"{'missing':>10}" if has_missing else "") + f"{'frequency':>11}"]
    for place, (name, row) in enumerate(labels.iterrows()):
        if not n_top <= place < n_top + n_hidden:
            lines.append(_write_label(name, row, width, has_missing))
        elif place == n_top:
            lines.append(f"... {n_hidden} more")
    imbalance = report.imbalance
    lines.append(
        f"Imbalance: MeanIR {imbalance.mean_ir:.3g}, CVIR {imbalance.cv_ir:.3g}, "
        f"SCUMBLE {imbalance.scumble:.3g}"
    )
    return lines


def _write_label(name, row, width, has_missing):
    missing = f"{row['missing']:>10}" if has_missing else ""
    frequency, bar = "", ""
    if row["positive"] or row["negative"]:
        frequency = f"{row['frequency']:.1%}"
        bar = "#" * round(_BAR * row["frequency"])
    line = f"{shorten(name, width):{width}}{row['positive']:>10}{missing}{frequency:>11}  {bar}"
    return line.rstrip()


def _write_labels_per_image(report):
    entries = [f"{n}: {count}" for n, count in report.labels_per_image.items() if count]
    entries[0] = f"Images by number of labels: {entries[0]}"
    return wrap(entries)


def _write_pairs(report):
    pairs = report.pairs.head(_N_PAIRS)
    if not len(pairs):
        return []
    names = [shorten(f"{a} + {b}", 60) for a, b in zip(pairs["label"], pairs["other"], strict=True)]
    width = max(len("Pair of labels"), *map(len, names))
    lines = [f"{'Pair of labels':{width}}{'images':>10}{'lift':>10}"]
    for name, count, lift in zip(names, pairs["count"], pairs["lift"], strict=True):
        lines.append(f"{name:{width}}{count:>10}{lift:>10.2f}")
    return lines
