"""HTML report of images and labels."""

import html
import os
import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from PIL import Image

import skmlic
from skmlic.datasets import describe_dataset, make_multilabel_shapes
from skmlic.plots._report import _copies, _dataset_sections

NAMES = ["sea", "<b>$sun$</b>", "sky"]
Y = pd.DataFrame(
    [[1, 0, 1], [0, 0, 1], [1, np.nan, 1], [0, 1, 1], [0, 0, 1], [1, 1, 1]], columns=NAMES
)
# The rows 3 and 4 are nearly parallel, and so are 0, 1 and 5, where 0 and 1 are identical files.
FEATURES = np.eye(6)
FEATURES[4] = [0, 0, 0, 1, 0.2, 0]
FEATURES[[0, 1, 5]] = [[1, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0.1]]


@pytest.fixture
def paths(tmp_path):
    """Return six images, of which the first two are identical, and an image of another set."""
    images, _ = make_multilabel_shapes(7, n_labels=3, image_size=16, random_state=0)
    paths = [tmp_path / "images" / f"{k}.png" for k in range(6)] + [tmp_path / "other & more.png"]
    paths[0].parent.mkdir()
    for path, image in zip(paths, images, strict=True):
        Image.fromarray(image).save(path)
    paths[1].write_bytes(paths[0].read_bytes())
    return paths


@pytest.fixture
def report(paths):
    paths[2].write_bytes(b"<script>")
    data = {"paths": paths[:6], "Y": Y, "folder": paths[0].parent, "missing": ["<i>gone</i>.png"]}
    features = FEATURES.copy()
    features[2] = np.nan
    return describe_dataset(
        data, features=features, other_paths=paths[6:], other_features=FEATURES[3:4]
    )


def read_sections(path):
    """Return the HTML code of each section by its title."""
    text = path.read_text(encoding="utf-8")
    titles = re.findall(r"<h2[^>]*>(.*)</h2>", text)
    return dict(zip(titles, re.split(r"<h2.*", text)[1:], strict=True))


def read_text(code):
    return html.unescape(" ".join(re.sub("<[^>]*>", " ", code).split()))


def test_all_problems_are_there(report, tmp_path):
    sections = read_sections(skmlic.report_dataset(report, tmp_path / "page.html"))
    assert list(sections) == list(_dataset_sections.SECTIONS)
    problems = read_text(sections["Problems"])
    for text in (
        "1 missing label in Y (5.6%)",
        "1 row without a file, left out <i>gone</i>.png",
        "1 image can't be read 2.png: not in a format that Pillow reads",
        "1 group of identical files with different labels 0.png = 1.png: different in sea",
        "1 label without a negative image, which can't be learned sky",
    ):
        assert text in problems
    assert "Left out" not in "".join(sections.values())
    assert sections["Labels"].count("<img") == 2


def test_copies_are_side_by_side_with_the_labels_that_differ(report, tmp_path):
    sections = read_sections(skmlic.report_dataset(report, tmp_path / "page.html"))
    identical, similar, other = (
        sections[name]
        for name in ("Identical files", "Similar images", "Similar images in the other set")
    )
    assert identical.count("<img") == 2
    assert "2 images, different in sea 0.png ✓ sea 1.png − sea" in read_text(identical)
    assert similar.count("<img") == 5
    text = read_text(similar)
    first, second = (text.index(title) for title in ("Similarity 0.995", "Similarity 0.981"))
    assert first < second
    group = "3 images, different in sea, <b>$sun$</b> 0.png ✓ sea − <b>$sun$</b> 1.png − sea"
    assert group in text[first:second]
    assert "2 images, different in <b>$sun$</b> 3.png" in text[second:]
    assert other.count("<img") == 4
    assert f"Similarity 1.000 3.png {tmp_path / 'other & more.png'}" in read_text(other)


def test_names_are_escaped_and_nothing_is_fetched(report, tmp_path):
    text = skmlic.report_dataset(report, tmp_path / "page.html", title="<u>").read_text("utf-8")
    for name in ("<b>$", "<i>", "<u>"):
        assert name not in text
    assert text.count("<script") == 1
    assert all(
        source.startswith(("#", "data:")) for source in re.findall('(?:src|href)="(.*?)"', text)
    )


def test_what_was_not_looked_for_is_named(paths, tmp_path):
    paths[1].unlink()
    Image.new("RGB", (4, 4)).save(paths[1])
    report = describe_dataset(paths[:6], Y["sea"].to_frame())
    sections = read_sections(skmlic.report_dataset(report, tmp_path / "page.html"))
    assert "There are none." in sections["Identical files"]
    assert "Left out: similar images were not looked for" in sections["Similar images"]
    assert "Left out: there is no other set" in sections["Similar images in the other set"]
    assert "Left out: no image has two labels" in sections["Pairs of labels"]
    assert "No problems with the files and labels." not in sections["Problems"]


def test_many_cases_are_counted(report, tmp_path, monkeypatch):
    monkeypatch.setattr(_copies, "_N_GROUPS", 1)
    monkeypatch.setattr(_copies, "_N_PER_GROUP", 2)
    monkeypatch.setattr(_dataset_sections, "_N_CASES", 1)
    sections = read_sections(skmlic.report_dataset(report, tmp_path / "page.html"))
    assert "Not shown: 1 more group;" in sections["Similar images"]
    assert sections["Similar images"].count("<img") == 2
    assert "… 1 more" in sections["Problems"]


def test_images_have_the_brightness_of_their_value_range(paths, tmp_path):
    dark = np.full((8, 8), 2048, dtype=np.uint16)
    for path in paths[:2]:
        Image.fromarray(dark).save(path)
    sources = []
    for value_range in (None, (0, 4095)):
        report = describe_dataset(paths[:6], Y, value_range=value_range)
        sections = read_sections(skmlic.report_dataset(report, tmp_path / "page.html"))
        sources.append(re.findall('src="(.*?)"', sections["Identical files"])[0])
    assert sources[0] != sources[1]


def test_images_that_are_gone_leave_a_note(report, paths, tmp_path):
    paths[0].unlink()
    sections = read_sections(skmlic.report_dataset(report, tmp_path / "page.html"))
    assert sections["Identical files"].count("<img") == 1
    assert "This image can't be read" in sections["Identical files"]


def test_it_leaves_nothing(report, tmp_path):
    plt.close("all")
    with pytest.raises(FileNotFoundError, match="the directory does not exist"):
        skmlic.report_dataset(report, tmp_path / "nowhere" / "page.html")
    assert skmlic.report_dataset(report, str(tmp_path / "page.html")) == tmp_path / "page.html"
    assert sorted(os.listdir(tmp_path)) == ["images", "other & more.png", "page.html"]
    assert plt.get_fignums() == []
