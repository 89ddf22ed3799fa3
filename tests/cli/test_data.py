"""Data sets as commands name them."""

from skmlic.cli import main


def test_lists_may_be_given_in_parts(data, capsys):
    options = ["--read", "label_names=square", "--read", "label_names=disc"]
    assert main(["describe", *data.arguments, *options]) == 0
    assert "80 images, 2 labels" in capsys.readouterr().out


def test_errors_of_readers_name_the_option(data, tmp_path, fail):
    data.table.assign(disc="").to_csv(tmp_path / "gaps.csv", index=False)
    line = fail("describe", data.images, tmp_path / "gaps.csv")
    assert "na_values=''" in line
    assert line.endswith("On the command line, pass such parameters as --read missing=drop.")
    assert "--read" not in fail("describe", data.images, tmp_path / "nowhere.csv")
