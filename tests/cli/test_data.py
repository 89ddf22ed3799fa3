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


def test_formats_and_lists_of_cells(data, tmp_path, capsys, fail):
    long = data.table.melt("file", var_name="label", value_name="value")
    long.to_csv(tmp_path / "long.csv", index=False)
    for option in ("long=true", "long=True", "format=long"):
        assert main(["describe", data.images, str(tmp_path / "long.csv"), "--read", option]) == 0
        assert "80 images, 3 labels" in capsys.readouterr().out
    assert "expected true or false" in fail(
        "describe", data.images, tmp_path / "long.csv", "--read", "long=1"
    )
    line = fail("describe", *data.arguments, "--read", "long=true", "--read", "format=table")
    assert "names the formats long and table" in line
    gaps = data.table.astype(object).assign(disc="?")
    gaps.loc[0, "disc"] = ""
    gaps.to_csv(tmp_path / "gaps.csv", index=False)
    options = ["--read", "na_values=", "--read", "na_values=?"]
    assert main(["describe", data.images, str(tmp_path / "gaps.csv"), *options]) == 0


def test_a_label_called_none(data, tmp_path, capsys):
    names = data.table[["file"]].assign(labels="None")
    names.loc[0, "labels"] = "disc"
    names.to_csv(tmp_path / "names.csv", index=False)
    options = ["--read", "none_label=None"]
    assert main(["describe", data.images, str(tmp_path / "names.csv"), *options]) == 0
    assert "80 images, 1 label" in capsys.readouterr().out
