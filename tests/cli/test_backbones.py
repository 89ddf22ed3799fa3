"""``skmlic backbones``: the pretrained networks."""

import re

import skmlic
from skmlic.cli import main


def test_names_that_match_a_pattern(capsys, fail):
    assert main(["backbones", "resnet18"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["name", "pixels", "parameters", "weights", "license"]
    assert re.search(r"resnet18 +224 +11,689,512 ", "\n".join(lines))
    assert [line.split()[0] for line in lines[2:-1]] == skmlic.list_backbones("resnet18")
    assert "a part of a name" in fail("backbones", "nothing_like_it")


def test_all_names_but_those_of_timm(capsys):
    assert main(["backbones"]) == 0
    text = capsys.readouterr().out
    n_timm = len(skmlic.list_backbones("timm/*"))
    assert text.endswith(f"And {n_timm:,} of timm: skmlic backbones timm/\n")
    assert re.search(r"^efficientnet_lite0 +224 +installed +apache-2.0 *$", text, re.MULTILINE)
    assert re.search(r"^tiny_cnn +32 +random *$", text, re.MULTILINE)
