"""HTML report of a classifier."""

import base64
import html
import io
import json
import logging
import os
import re
import shutil
import subprocess
from html.parser import HTMLParser

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.svm import LinearSVC

import skmlic
from skmlic.datasets import make_multilabel_shapes
from skmlic.model_selection import TunedThresholdMultiLabelClassifierCV
from skmlic.plots._report import _sections

X, Y = make_multilabel_shapes(80, n_labels=3, random_state=0)
Y = pd.DataFrame(Y, columns=["disc", "square", "triangle"])
FEATURES = X.mean(axis=(1, 2))
GALLERIES = (
    "Images",
    "Mistakes of the weakest labels",
    "Suspicious annotations",
    "Where labels are seen",
)
BROWSER = shutil.which("chromium") or shutil.which("google-chrome")


class Page(HTMLParser):
    """Tags, text and sections of a report."""

    def __init__(self, path):
        super().__init__()
        self.tags, self.text, self.sections, self.title = [], [], {}, ""
        self.feed(path.read_text(encoding="utf-8"))
        self.text = "".join(self.text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        if self.tags and self.tags[-1][0] == "h2" and data.strip():
            self.title = data
        if self.tags and self.tags[-1][0] not in ("style", "script"):
            self.text.append(data)
            self.sections[self.title] = self.sections.get(self.title, "") + data

    def find(self, name):
        return [attributes for tag, attributes in self.tags if tag == name]


@pytest.fixture(scope="module")
def tuned():
    clf = skmlic.TransferMultiLabelClassifier("tiny_cnn", max_epochs=4, random_state=0)
    return TunedThresholdMultiLabelClassifierCV(clf, cv=2).fit(X[:50], Y[:50])


@pytest.fixture
def keep_sections(monkeypatch):
    """Return a function that leaves all other sections out of reports."""

    def keep(*names):
        kept = {name: _sections.SECTIONS[name] for name in names}
        monkeypatch.setattr(_sections, "SECTIONS", kept)

    return keep


@pytest.fixture(scope="module")
def linear():
    return OneVsRestClassifier(LogisticRegression()).fit(FEATURES, Y.to_numpy())


@pytest.fixture(scope="module")
def path(tuned, tmp_path_factory):
    return skmlic.report(tuned, X[50:], Y[50:], tmp_path_factory.mktemp("report") / "page.html")


@pytest.mark.slow
def test_everything_is_there(path, tuned):
    page = Page(path)
    assert "Left out" not in page.text
    assert set(page.sections) >= {
        "Summary",
        "Labels",
        "Scores of labels",
        "Curves",
        "Confusion matrices",
        "Thresholds",
        "Calibration",
        "Training",
        "Images",
        "Mistakes of the weakest labels",
        "Suspicious annotations",
        "Where labels are seen",
        "Versions",
    }
    score = average_precision_score(Y[50:], tuned.predict_proba(X[50:]), average="macro")
    assert f"{score:.3f}" in page.sections["Summary"]
    assert "max_epochs=4" in page.sections["Summary"]
    assert "batch_size" not in page.sections["Summary"]
    for threshold in tuned.thresholds_:
        assert f"{threshold:.3f}" in page.sections["Scores of labels"]
    assert skmlic.__version__ in page.sections["Versions"]
    assert path.stat().st_size < 3_000_000


@pytest.mark.slow
def test_links_lead_somewhere(path):
    page = Page(path)
    anchors = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    links = [attributes["href"] for attributes in page.find("a")]
    assert len(links) == 14
    assert {link.removeprefix("#") for link in links} <= anchors


def test_nothing_is_fetched(path):
    page = Page(path)
    for tag, attributes in page.tags:
        for name in ("src", "href", "srcset", "action", "data", "poster"):
            value = attributes.get(name, "#")
            assert value.startswith(("#", "data:")), (tag, name, value)
    text = re.sub(r"data:image/\w+;base64,[\w+/=]+", "", path.read_text(encoding="utf-8"))
    assert "url(" not in text
    assert "@import" not in text
    assert "//" not in text


def test_images_have_texts(path):
    images = Page(path).find("img")
    assert len(images) > 30
    assert all(image["alt"] for image in images)


def decode(source):
    """Return the pixels of an image inside a page."""
    content = base64.b64decode(source.removeprefix("data:image/jpeg;base64,"))
    return np.asarray(Image.open(io.BytesIO(content)))


def open_page(path, tmp_path, *options):
    command = [
        BROWSER,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--host-resolver-rules=MAP * ~NOTFOUND",
        "--enable-logging=stderr",
        "--virtual-time-budget=5000",
        f"--user-data-dir={tmp_path / 'profile'}",
        *options,
        "--dump-dom",
        path.as_uri(),
    ]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stderr
    console = [line for line in result.stderr.splitlines() if "CONSOLE" in line]
    return result.stdout, console


@pytest.mark.slow
@pytest.mark.skipif(BROWSER is None, reason="needs chromium or google-chrome")
def test_in_a_browser(path, tmp_path):
    probe = """<script>
    addEventListener("load", () => {
      const images = [...document.images];
      const broken = images.filter(image => !image.complete || image.naturalWidth === 0).length;
      const heads = [...document.querySelectorAll(".sortable th")];
      const rows = () => [...document.querySelectorAll(".sortable tbody tr")];
      const read = column => rows().map(row => row.children[column].dataset.value).join(" ");
      const sorted = heads.map((head, column) => {
        head.firstElementChild.click();
        const first = read(column);
        head.firstElementChild.click();
        return first + " | " + read(column);
      });
      const wide = document.documentElement.scrollWidth > innerWidth;
      const entries = performance.getEntriesByType("resource");
      const fetched = entries.filter(entry => !entry.name.startsWith("data:")).length;
      document.body.dataset.probe = JSON.stringify(
        {images: images.length, broken, sorted, wide, fetched});
    });
    </script></body>"""
    text = path.read_text(encoding="utf-8")
    copy = tmp_path / "page.html"
    copy.write_text(text.replace("</body>", probe), encoding="utf-8")
    dom, console = open_page(copy, tmp_path, "--window-size=1280,2000")
    assert console == []
    found = json.loads(html.unescape(re.search(r'data-probe="([^"]*)"', dom)[1]))
    assert found["images"] > 30
    assert found["broken"] == found["fetched"] == 0
    assert not found["wide"]
    assert found["sorted"][0] == "triangle square disc | disc square triangle"
    for column in found["sorted"][1:]:
        down, up = ([float(v) for v in half.split()] for half in column.split(" | "))
        assert down == sorted(down, reverse=True)
        assert up == sorted(up)


NASTY = [
    "<script>document.title='x'</script>",
    "\"><img src=x onerror=document.title='x'>",
    "$\\frac{1}{$ {{ 7 * 7 }} 'quoted' &amp;",
]


@pytest.mark.slow
def test_names_are_escaped(tmp_path, tuned):
    title = "<b>bold</b>"
    options = {"label_names": NASTY, "title": title}
    page = Page(skmlic.report(tuned, X[50:], Y[50:], tmp_path / "page.html", **options))
    assert "Left out" not in page.text
    assert title in page.text
    assert len(page.find("script")) == 1
    assert not any("onerror" in attributes for _, attributes in page.tags)
    for name in NASTY:
        assert name in page.text


@pytest.mark.slow
def test_it_predicts_once_and_leaves_nothing(tmp_path, monkeypatch, caplog, tuned):
    calls = []
    original = skmlic.TransferMultiLabelClassifier._compute_logits

    def count(self, X, on_error):
        calls.append(len(X))
        return original(self, X, on_error)

    monkeypatch.setattr(skmlic.TransferMultiLabelClassifier, "_compute_logits", count)
    plt.close("all")
    mine = plt.figure()
    with plt.style.context("dark_background"), caplog.at_level(logging.INFO, logger="skmlic"):
        before = dict(plt.rcParams)
        skmlic.report(tuned, X[50:], Y[50:], str(tmp_path / "page.html"))
        assert dict(plt.rcParams) == before
    assert calls == [30]
    assert plt.get_fignums() == [mine.number]
    assert os.listdir(tmp_path) == ["page.html"]
    assert "report: Curves" in caplog.messages
    plt.close("all")


def test_images_have_the_names_of_their_files(tmp_path, tuned, keep_sections):
    keep_sections("Images", "Where labels are seen")
    paths = [tmp_path / f"holiday{k}.png" for k in range(10)]
    for file, pixels in zip(paths, X[50:], strict=False):
        Image.fromarray(pixels).save(file)
    page = Page(skmlic.report(tuned, paths, Y[50:60], tmp_path / "page.html"))
    for title in ("Images", "Where labels are seen"):
        assert re.search(r"holiday\d\.png", page.sections[title])
        assert not re.search(r"\[\d+\]", page.sections[title])


def test_images_have_the_brightness_that_the_estimator_sees(tmp_path, keep_sections):
    keep_sections("Images")
    bright = X * np.uint16(16)
    parameters = {"max_epochs": 1, "random_state": 0, "value_range": (0, 4095)}
    clf = skmlic.TransferMultiLabelClassifier("tiny_cnn", **parameters).fit(bright, Y)
    page = Page(skmlic.report(clf, bright, Y, tmp_path / "page.html"))
    shown = [decode(image["src"]).mean() for image in page.find("img")]
    assert np.mean(shown) == pytest.approx(X.mean(), rel=0.2)


@pytest.mark.slow
def test_features_leave_out_images(tmp_path, linear):
    page = Page(skmlic.report(linear, FEATURES, Y, tmp_path / "page.html"))
    for title in GALLERIES:
        assert "Left out: X holds features" in page.sections[title]
    assert "Left out: OneVsRestClassifier has no history_" in page.sections["Training"]
    assert "Left out: thresholds were not tuned" in page.sections["Thresholds"]
    assert "Left out" not in page.sections["Curves"]


def test_suspicious_annotations(tmp_path, linear, keep_sections):
    keep_sections("Suspicious annotations")
    noise = np.random.default_rng(0).uniform(-0.05, 0.05, size=Y.shape)
    scores = np.where(Y == 1, 0.95, 0.05) + noise
    truth = Y.copy()
    for row, column in enumerate((0, 1, 2), start=7):
        truth.iloc[row, column] = 1 - truth.iloc[row, column]
    clf = DummyClassifier().fit(X.reshape(len(X), -1), Y)
    clf.predict_proba = lambda X: scores
    clf.predict = lambda X: (scores > 0.5).astype(int)
    page = Page(skmlic.report(clf, X, truth, tmp_path / "page.html"))
    section = page.sections["Suspicious annotations"]
    assert "3 suspicious annotations" in section
    assert re.search(r"\[7\]  error \d+%", section)
    assert len(page.find("img")) == 3
    page = Page(skmlic.report(clf, X, Y, tmp_path / "page.html"))
    assert "0 suspicious annotations" in page.sections["Suspicious annotations"]


def test_decision_values_leave_out_calibration(tmp_path, keep_sections):
    keep_sections("Calibration")
    clf = OneVsRestClassifier(LinearSVC()).fit(FEATURES, Y.to_numpy())
    page = Page(skmlic.report(clf, FEATURES, Y, tmp_path / "page.html"))
    assert "Left out: the scores are decision values" in page.sections["Calibration"]


@pytest.mark.slow
@pytest.mark.parametrize("n_labels", [1, 2])
def test_few_labels(tmp_path, n_labels):
    targets = Y.iloc[:, :n_labels]
    clf = MultiOutputClassifier(LogisticRegression()).fit(FEATURES, targets)
    page = Page(skmlic.report(clf, FEATURES, targets, tmp_path / "page.html"))
    assert page.text.count("Left out") == 6


@pytest.mark.slow
def test_a_kernel_head(tmp_path, keep_sections):
    clf = skmlic.TransferMultiLabelClassifier("tiny_cnn", head="kernel", random_state=0)
    keep_sections("Summary", "Training", "Where labels are seen")
    page = Page(skmlic.report(clf.fit(X[:50], Y[:50]), X[50:], Y[50:], tmp_path / "page.html"))
    assert "Left out" not in page.text
    assert "head='kernel'" in page.sections["Summary"].replace("&#x27;", "'")


@pytest.mark.slow
def test_leave_one_out_scores(tmp_path, keep_sections):
    clf = skmlic.TransferMultiLabelClassifier("tiny_cnn", head="kernel", random_state=0)
    tuned = TunedThresholdMultiLabelClassifierCV(clf, cv="loo").fit(X, Y)
    keep_sections("Scores of labels")
    path = tmp_path / "page.html"
    page = Page(skmlic.report(tuned, X, Y, path, cv="loo"))
    assert "on 80 training samples, each left out of the fit" in page.text
    scores = average_precision_score(Y, tuned.loo_predict_proba_, average=None)
    for score in scores:
        assert f"{score:.3f}" in page.sections["Scores of labels"]
    assert "training samples" not in Page(skmlic.report(tuned, X, Y, path)).text


@pytest.mark.slow
def test_one_target_of_two_values(tmp_path):
    y = np.where(Y["disc"], "disc", "background")
    clf = skmlic.TransferMultiLabelClassifier("tiny_cnn", max_epochs=2, random_state=0).fit(X, y)
    page = Page(skmlic.report(clf, X, y, tmp_path / "page.html"))
    assert page.text.count("Left out") == 1
    assert "disc" in page.sections["Scores of labels"]


@pytest.mark.slow
def test_missing_annotations_and_labels_without_positives(tmp_path, tuned):
    truth = Y[50:].astype(float)
    truth.iloc[:10, 0] = np.nan
    truth["square"] = 0.0
    truth.iloc[11] = np.nan
    page = Page(skmlic.report(tuned, X[50:], truth, tmp_path / "page.html"))
    assert "14.4% of the annotations are missing" in page.sections["Labels"]
    assert "are excluded from the means: 'square'" in page.sections["Summary"]
    assert "Left out" not in page.text


@pytest.mark.slow
def test_many_labels(tmp_path):
    rng = np.random.RandomState(0)
    truth = pd.DataFrame(
        rng.randint(2, size=(80, 80)), columns=[f"a label with the name {j}" for j in range(80)]
    )
    clf = MultiOutputClassifier(LogisticRegression()).fit(FEATURES, truth)
    path = skmlic.report(clf, FEATURES, truth, tmp_path / "page.html")
    assert path.stat().st_size < 3_000_000
    assert "less frequent labels are not shown" in Page(path).text


def test_a_report_is_complete_or_left_unchanged(tmp_path, linear, monkeypatch, keep_sections):
    keep_sections("Versions")
    path = tmp_path / "page.html"
    path.write_text("before")

    def fail(*args):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        skmlic.report(linear, FEATURES, Y, path)
    assert path.read_text() == "before"
    assert os.listdir(tmp_path) == ["page.html"]


def test_wrong_input(tmp_path, tuned):
    with pytest.raises(ValueError, match="X has 30 samples and Y has 29"):
        skmlic.report(tuned, X[50:], Y[51:], tmp_path / "page.html")
    with pytest.raises(ValueError, match="There are 2 label names"):
        skmlic.report(tuned, X[50:], Y[50:], tmp_path / "page.html", label_names=["a", "b"])
    with pytest.raises(ValueError, match="cv=5: expected None or 'loo'"):
        skmlic.report(tuned, X[50:], Y[50:], tmp_path / "page.html", cv=5)
    with pytest.raises(AttributeError, match="leave-one-out"):
        skmlic.report(tuned, X[50:], Y[50:], tmp_path / "page.html", cv="loo")
    with pytest.raises(FileNotFoundError, match="the directory does not exist"):
        skmlic.report(tuned, X[50:], Y[50:], tmp_path / "nowhere" / "page.html")
