"""Mistakes in the options of ``skmlic train``, which are found before images are read."""

import pytest

import skmlic


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--loss", "bec"], "'bec'"),
        (["--class-weight", "balancd"], "balancd"),
        (["--thresholds", "f1_makro"], "--thresholds f1_makro: thresholds cannot be tuned"),
        (["--thresholds", "f1_makro"], "Did you mean f1_macro? Expected macro, micro or samples"),
        (["--thresholds", "map"], "--thresholds map: thresholds cannot be tuned"),
        (["--recipe", "fastest"], "Did you mean fast?"),
        (["--recipe", "quick"], "--recipe quick: there is no such recipe. Expected fast, balanced"),
        (["--dropout", "1.5"], "'dropout' parameter"),
        (["--max-epochs", "0"], "'max_epochs' parameter"),
        (["--warmup-epochs", "-1"], "'warmup_epochs' parameter"),
        (["--erasing", "0.5"], "freeze=False"),
        (["--scoring", "mapp", "--early-stopping"], "mapp"),
        (["--backbone", "tiny_cnnn"], "tiny_cnn"),
        (["--backbone", "precomputed"], "on images"),
        (["--cv", "3", "--report", "report.html"], "--test-size"),
        (["--read", "nothing=1"], "no such parameter. Its parameters are path_column, label"),
        (["--read", "mising=drop"], "Did you mean missing?"),
        (["--read", "missing=drop", "--read", "missing=raise"], "--read missing is given twice"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_mistakes_are_found_before_images_are_read(options, expected, data, tmp_path, fail):
    path = tmp_path / "m"
    given = [] if "--backbone" in options else ["--backbone", "tiny_cnn"]
    line = fail("train", *data.arguments, "-o", path, "-q", *given, *options)
    assert expected in line
    assert skmlic.cache_info().backbone_passes == 0
    assert not path.exists()
