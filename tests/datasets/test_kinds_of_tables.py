"""Tables that people have: each is read rightly, or its error says what to pass instead."""

import json
import pathlib
import re

import numpy as np
import pandas as pd
import pytest

from skmlic.datasets import load_dataset, load_json_lines, load_labelled_images

NAMES = ["beach.jpg", "forest.jpg", "lake.PNG"]
Y = [[1, 0, 1], [0, 0, 1], [0, 1, 0]]
GAPS = [[1, np.nan, 1], [0, 0, 1], [np.nan, 1, 0]]
HEADER = "file,sea,sun,sky\n"
PLAIN = HEADER + "beach.jpg,1,0,1\nforest.jpg,0,0,1\nlake.PNG,0,1,0\n"
NAMED = ["sky;sea", "sky", "sun"]
SORTED = [[1, 1, 0], [0, 1, 0], [0, 0, 1]]


def tags(cells, sep=",", header="file,tags"):
    """Return the text of a table with one quoted column."""
    rows = (f'{name}{sep}"{cell}"' for name, cell in zip(NAMES, cells, strict=True))
    return "\n".join([header.replace(",", sep), *rows])


def lines(values, field="labels"):
    rows = ({"file": name, field: value} for name, value in zip(NAMES, values, strict=False))
    return "\n".join(map(json.dumps, rows))


def frame(values=Y, files=NAMES, **options):
    table = pd.DataFrame(values, columns=["sea", "sun", "sky"], **options)
    table.insert(0, "file", files)
    return table


def columns(*cells):
    """Return the text of a table whose rows have these cells."""
    return HEADER + "".join(f"{name},{row}\n" for name, row in zip(NAMES, cells, strict=True))


def tagged(cells):
    return pd.DataFrame({"file": NAMES, "tags": pd.Series(cells, dtype=object)})


def minus(values=Y):
    return [[int(value) * 2 - 1 for value in row] for row in values]


def load(folder, table, **options):
    """Read a frame, the text of JSON lines, or the text or content of a table."""
    if isinstance(table, str) and table.startswith("{"):
        file = folder.parent / "labels.jsonl"
        file.write_text(table)
        return load_dataset(folder, file, **options)
    if isinstance(table, (str, bytes)):
        file = folder.parent / "labels.csv"
        file.write_bytes(table.encode() if isinstance(table, str) else table)
        return load_dataset(folder, file, **options)
    return load_dataset(folder, table, **options)


def values_of(table):
    return [",".join(map(str, row)) for row in table]


@pytest.mark.parametrize(
    ("table", "options", "expected"),
    [
        # Lists of values.
        pytest.param(tags(values_of(Y)), {}, Y, id="commas"),
        pytest.param(tags(values_of(Y), ";"), {}, Y, id="commas in semicolons"),
        pytest.param(tags(["1;0;1", "0;0;1", "0;1;0"]), {}, Y, id="semicolons"),
        pytest.param(tags(["1|0|1", "0|0|1", "0|1|0"]), {}, Y, id="bars"),
        pytest.param(tags(["1 0 1", "0 0 1", "0 1 0"]), {}, Y, id="spaces"),
        pytest.param(tags(["1, 0, 1", "0, 0, 1", "0, 1, 0"]), {}, Y, id="commas and blanks"),
        pytest.param(tags(["1,0,1,", "0,0,1,", "0,1,0,"]), {}, Y, id="commas at the end"),
        pytest.param(tags(["[1, 0, 1]", "[0, 0, 1]", "[0, 1, 0]"]), {}, Y, id="Python lists"),
        pytest.param(tags(["[1 0 1]", "[0 0 1]", "[0 1 0]"]), {}, Y, id="printed arrays"),
        pytest.param(tags(["[1. 0. 1.]", "[0. 0. 1.]", "[0. 1. 0.]"]), {}, Y, id="float arrays"),
        pytest.param(tags(["(1, 0, 1)", "(0, 0, 1)", "(0, 1, 0)"]), {}, Y, id="Python tuples"),
        pytest.param(tags(["[True, False, True]"] * 3), {}, [Y[0]] * 3, id="bools in lists"),
        pytest.param(tags(["1.0,0.0,1.0"] * 3), {}, [Y[0]] * 3, id="floats in lists"),
        pytest.param(tags(values_of(Y)), {"label_sep": ","}, Y, id="separator given"),
        pytest.param(tags(values_of(Y)), {"label_column": "tags"}, Y, id="column given"),
        pytest.param(tags(values_of(Y)), {"label_names": ["a", "b", "c"]}, Y, id="names given"),
        pytest.param(tags(values_of(Y)), {"label_names": ["0", "1", "2"]}, Y, id="numbers given"),
        pytest.param(tags(values_of(minus())), {"negative": -1}, Y, id="-1 in lists"),
        pytest.param(tags(["1,?,1", "0,0,1", "?,1,0"]), {"na_values": "?"}, GAPS, id="? in lists"),
        pytest.param(tagged(Y), {}, Y, id="lists in a frame"),
        pytest.param(tagged([np.array(row) for row in Y]), {}, Y, id="arrays in a frame"),
        pytest.param(tagged([np.array(r, dtype=bool) for r in Y]), {}, Y, id="bools in a frame"),
        pytest.param(tagged([tuple(row) for row in Y]), {}, Y, id="tuples in a frame"),
        pytest.param(tagged([np.array(r, dtype=float) for r in Y]), {}, Y, id="floats in a frame"),
        pytest.param(lines(Y), {}, Y, id="JSON"),
        pytest.param(lines(Y, "tags"), {"label_column": "tags"}, Y, id="JSON with another field"),
        pytest.param(lines(np.array(Y, float).tolist()), {}, Y, id="floats in JSON"),
        pytest.param(lines(np.array(Y, bool).tolist()), {}, Y, id="bools in JSON"),
        pytest.param(lines(np.array(Y).astype(str).tolist()), {}, Y, id="text in JSON"),
        pytest.param(lines([[1, None, 1], [0, 0, 1], [None, 1, 0]]), {}, GAPS, id="null in JSON"),
        pytest.param(lines(minus()), {"negative": -1}, Y, id="-1 in JSON"),
        pytest.param(lines(Y), {"label_names": ["a", "b", "c"]}, Y, id="JSON with names"),
        pytest.param(
            tags(["0;1", "1", "0"]),
            {"label_names": ["0", "1"]},
            [[1, 1], [0, 1], [1, 0]],
            id="names that are 0 and 1",
        ),
        pytest.param(
            lines([[0, 1], [1], []]),
            {"label_names": ["0", "1"]},
            [[1, 1], [0, 1], [0, 0]],
            id="numbers of labels in JSON",
        ),
        pytest.param(
            lines([[0, 2], [2], [1]]), {}, [[1, 0, 1], [0, 0, 1], [0, 1, 0]], id="numbers in JSON"
        ),
        pytest.param(
            tags(["1", "0", "1"]), {"label_column": "tags"}, [[1], [0], [1]], id="single values"
        ),
        pytest.param(
            '{"file": "beach.jpg", "sea": NaN}\n{"file": "forest.jpg", "sea": 1}\n'
            '{"file": "lake.PNG", "sea": null}',
            {},
            [[np.nan], [1], [np.nan]],
            id="NaN in JSON",
        ),
        # Minus one.
        pytest.param(frame(minus()), {"negative": -1}, Y, id="-1 in a frame"),
        pytest.param(
            columns(*(row.replace("-", "\N{MINUS SIGN}") for row in values_of(minus()))),
            {"negative": -1},
            Y,
            id="minus sign of Unicode",
        ),
        pytest.param(columns(*values_of(minus())), {"negative": -1}, Y, id="-1 in a file"),
        pytest.param(columns(*values_of(minus())), {"negative": "-1"}, Y, id="-1 as text"),
        pytest.param(columns("1.0,-1.0,1.0", "-1,-1,1", "-1,1,-1"), {"negative": -1}, Y, id="-1.0"),
        pytest.param(
            columns("1,,1", "-1,-1,1", ",1,-1"), {"negative": -1, "na_values": ""}, GAPS, id="both"
        ),
        pytest.param(columns("1,no,1", "no,no,1", "no,1,no"), {"negative": "no"}, Y, id="no"),
        pytest.param(columns("1,,1", ",,1", ",1,"), {"negative": ""}, Y, id="empty means no"),
        pytest.param(
            "\n".join(
                json.dumps({"file": n, "sea": r[0], "sun": r[1], "sky": r[2]})
                for n, r in zip(NAMES, minus(), strict=True)
            ),
            {"negative": -1},
            Y,
            id="-1 in JSON objects",
        ),
        # Types of frames.
        pytest.param(frame().convert_dtypes(), {}, Y, id="converted dtypes"),
        pytest.param(frame(GAPS).convert_dtypes(), {"na_values": ""}, GAPS, id="NA"),
        pytest.param(frame(dtype="boolean"), {}, Y, id="nullable bools"),
        pytest.param(frame(dtype=object), {}, Y, id="objects"),
        pytest.param(frame().astype("category"), {}, Y, id="categories"),
        pytest.param(frame(GAPS, dtype=object), {"na_values": ""}, GAPS, id="objects with NaN"),
        pytest.param(frame().astype("string"), {}, Y, id="strings"),
        pytest.param(frame(files=[n.encode() for n in NAMES]), {}, Y, id="bytes as paths"),
        pytest.param(frame(files=np.array(NAMES, dtype="S")), {}, Y, id="NumPy bytes as paths"),
        pytest.param(frame(files=np.array(NAMES, dtype=object)), {}, Y, id="objects as paths"),
        pytest.param(frame().rename(columns=str.encode), {}, Y, id="bytes as names"),
        pytest.param(tagged([n.encode() for n in NAMED]), {}, SORTED, id="bytes as labels"),
        pytest.param(frame().astype({"file": "category"}), {}, Y, id="category of paths"),
        # Spellings of values and layouts of files.
        pytest.param(PLAIN, {}, Y, id="plain"),
        pytest.param(columns("1.00,0.00,1.00", "0,0,1", "0,1.0,0"), {}, Y, id="1.00"),
        pytest.param(columns('"1","0","1"', '"0","0","1"', '"0","1","0"'), {}, Y, id="quoted"),
        pytest.param(columns("'1','0','1'", "0,0,1", "0,1,0"), {}, Y, id="single quotes"),
        pytest.param(columns('"=""1""",0,1', "0,0,1", "0,1,0"), {}, Y, id="formulas"),
        pytest.param(
            PLAIN.replace(",", ";").replace("1", "1,0").replace(";0;", ";0,00;"),
            {},
            Y,
            id="decimals",
        ),
        pytest.param("sep=;\n" + PLAIN.replace(",", ";"), {}, Y, id="sep=;"),
        pytest.param('"sep=;"\r\n' + PLAIN.replace(",", ";"), {}, Y, id="quoted sep=;"),
        pytest.param("\ufeffsep=,\r\n" + PLAIN, {}, Y, id="sep=, after a mark"),
        pytest.param("sep=^\n" + PLAIN.replace(",", "^"), {}, Y, id="sep=^"),
        pytest.param(PLAIN.replace("\n", ",\n"), {}, Y, id="commas at the end of lines"),
        pytest.param(PLAIN.replace("\n", ",,\n"), {}, Y, id="two commas at the end"),
        pytest.param(PLAIN.replace("1\n", "1,\n"), {}, Y, id="a comma at the end of some"),
        pytest.param(PLAIN + ",,,\n,,,\n", {}, Y, id="empty rows"),
        pytest.param("\ufeff" + PLAIN, {}, Y, id="byte order mark"),
        pytest.param("\ufeff\ufeff" + PLAIN, {}, Y, id="two marks"),
        pytest.param(PLAIN.replace("\n", "\r\n"), {}, Y, id="lines of Windows"),
        pytest.param(PLAIN.replace("\n", "\r"), {}, Y, id="lines of old Macs"),
        pytest.param("\n\n" + PLAIN.replace("\n", "\n\n"), {}, Y, id="blank lines"),
        pytest.param(PLAIN.replace(",", "\t"), {}, Y, id="tabs"),
        pytest.param(PLAIN.replace(",", " , "), {}, Y, id="blanks"),
        pytest.param('"file","sea","sun","sky"\n' + PLAIN.partition("\n")[2], {}, Y, id="header"),
        pytest.param(PLAIN.replace("beach.jpg", '"beach.jpg" '), {}, Y, id="blank after quote"),
        pytest.param(
            '\ufeffsep=;\r\n"file";"tags";\r\n'
            + "".join(
                f'"{n}";"{t}";\r\n' for n, t in zip(NAMES, ["sky,sea", "sky", "sun"], strict=True)
            ),
            {},
            SORTED,
            id="all at once",
        ),
        # Names that mean nothing.
        pytest.param(
            tags(["Mass;Hernia", "No Finding", "Mass"]),
            {"none_label": "No Finding"},
            [[1, 1], [0, 0], [0, 1]],
            id="No Finding",
        ),
        pytest.param(
            lines([["sea"], ["None"], []]), {"none_label": "None"}, [[1], [0], [0]], id="None"
        ),
        pytest.param(
            tags(["sea", "nan", "none"]),
            {"none_label": ["nan", "none"]},
            [[1], [0], [0]],
            id="two names for none",
        ),
        pytest.param(
            tags(["nan", "nan", "nan"]),
            {"none_label": "nan", "label_names": ["sea"]},
            [[0], [0], [0]],
            id="none only",
        ),
        pytest.param(
            tags(["sea", "None", "sea"]), {"label_names": ["sea"]}, [[1], [0], [1]], id="without"
        ),
        pytest.param(
            tags(["sea;;sky", "sky;", ""]), {}, [[1, 1], [0, 1], [0, 0]], id="empty names"
        ),
    ],
)
def test_tables_that_are_read(folder, table, options, expected):
    data = load(folder, table, **options)
    np.testing.assert_array_equal(data.Y, expected)
    assert [path.rpartition("/")[2] for path in data.paths] == NAMES


LONG = pd.DataFrame(
    {
        "file": ["beach", "beach", "forest"],
        "annotator": ["ann"] * 3,
        "tag": ["sea", "sun", "sea"],
        "present": [1, 0, 0],
    }
)


@pytest.mark.parametrize(
    ("table", "options", "wording", "expected"),
    [
        pytest.param(frame(minus()), {}, "If it means no, pass", Y, id="-1 without 0"),
        pytest.param(
            columns(*values_of(minus())), {}, "If it means no, pass", Y, id="-1 in a file"
        ),
        pytest.param(tags(values_of(minus())), {}, "list has the value '-1'", Y, id="-1 in lists"),
        pytest.param(lines(minus()), {}, "If -1 means no, pass", Y, id="-1 in JSON"),
        pytest.param(
            columns("1,-1,1", "0,0,1", "-1,1,0"), {}, "is missing, pass na_values=-1", GAPS, id="-1"
        ),
        pytest.param(columns("1,,1", "0,0,1", ",1,0"), {}, "is missing", GAPS, id="empty cells"),
        pytest.param(columns("1,?,1", "0,0,1", "?,1,0"), {}, "is missing", GAPS, id="?"),
        pytest.param(frame(GAPS), {}, "is missing, pass na_values=''", GAPS, id="NaN"),
        pytest.param(
            tags(["1,?,1", "0,0,1", "?,1,0"]),
            {},
            "of the list has the value",
            GAPS,
            id="? in lists",
        ),
        pytest.param(
            columns("yes,no,yes", "no,no,yes", "no,yes,no"), {}, "1 for yes", Y, id="yes and no"
        ),
        pytest.param(columns("Y,N,Y", "N,N,Y", "N,Y,N"), {}, "1 for yes", Y, id="Y and N"),
        pytest.param(columns("x,,x", ",,x", ",x,"), {}, "1 for yes and 0 for no", Y, id="crosses"),
        pytest.param(
            tags(["0;1", "1", "0"]),
            {"label_column": "tags"},
            r"1 to 2 entries.*values of labels.*names of labels",
            [[1, 1], [0, 1], [1, 0]],
            id="both readings",
        ),
        pytest.param(
            lines([[0, 1], [1], [0]]),
            {},
            r"1 to 2 entries \(lines 2 and 1\).*values of labels.*names of labels",
            [[1, 1], [0, 1], [1, 0]],
            id="both readings of JSON",
        ),
        pytest.param(
            tags(["101", "001", "010"]), {}, "If each digit is the value", Y, id="strings of digits"
        ),
        pytest.param(
            tags(["101", "001", "010"]),
            {"label_column": "tags"},
            "digits, one for each label",
            Y,
            id="digits in the column",
        ),
        pytest.param(
            tags(["1,0", "0,0", "1,0"]),
            {},
            "decimal comma",
            [[1, 0], [0, 0], [1, 0]],
            id="decimals or lists",
        ),
        pytest.param(
            tags(["['sky', 'sea']", "['sky']", "['sun']"]),
            {},
            "Python's",
            SORTED,
            id="Python names",
        ),
        pytest.param(
            tags(["[sky, sea]", "[sky]", "[sun]"]), {}, "Python's", SORTED, id="bare names"
        ),
        pytest.param(
            tagged([["sky", "sea"], ["sky"], ["sun"]]),
            {},
            "holds lists",
            SORTED,
            id="frame of lists",
        ),
        pytest.param(
            tagged([{"sky", "sea"}, {"sky"}, {"sun"}]),
            {},
            "holds lists",
            SORTED,
            id="frame of sets",
        ),
        pytest.param(
            tagged([["sky", "sea"], None, ["sun"]]),
            {},
            "holds lists",
            [[1, 1, 0], [0, 0, 0], [0, 0, 1]],
            id="lists and None",
        ),
        pytest.param(
            tagged([[0, 2], [2], [1]]), {}, "holds lists", Y, id="frame of numbers of labels"
        ),
        pytest.param(
            tagged([["traffic light", "sky"], ["sky"], ["sun"]]),
            {},
            "holds lists",
            [[1, 0, 1], [1, 0, 0], [0, 1, 0]],
            id="lists of names with blanks",
        ),
        pytest.param(
            tagged([{"a": 1, "b": 0}, {"a": 0}, {"a": 0, "b": 1}]),
            {},
            "holds dicts",
            [[1, 0], [0, np.nan], [0, 1]],
            id="frame of dicts",
        ),
        pytest.param(
            frame().assign(split="train"),
            {},
            "'split' is not a label, name",
            Y,
            id="column of text",
        ),
        pytest.param(frame().assign(width=640), {}, "'width' is not a label", Y, id="numbers"),
        pytest.param(
            tagged(NAMED).assign(split="train"), {}, "holds the names of labels", SORTED, id="names"
        ),
        pytest.param(
            frame()[["sea", "file", "sun", "sky"]],
            {},
            "file names are in the column 'file'",
            Y,
            id="paths in another column",
        ),
        pytest.param(
            tags(["sea;a|b", "sky", "sun"]),
            {},
            "can be separated by any",
            [[1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]],
            id="two separators of names",
        ),
        pytest.param(
            tags(["sky sea", "sky", "sun"]), {}, "has spaces", SORTED, id="names with spaces"
        ),
        pytest.param(
            PLAIN.partition("\n")[2], {}, "names the image 'beach.jpg'", Y, id="without a header"
        ),
        pytest.param(PLAIN.replace(",", " "), {}, "separator of the columns", Y, id="spaces"),
        pytest.param(
            PLAIN.replace("sea", "forêt").encode("latin-1"), {}, "not a UTF-8", Y, id="latin-1"
        ),
        pytest.param(PLAIN.encode("utf-16"), {}, "not a UTF-8", Y, id="UTF-16"),
        pytest.param(PLAIN.encode("utf-16-le"), {}, "not a UTF-8", Y, id="UTF-16 without a mark"),
        pytest.param(
            LONG, {}, "one label of an image", [[1, 0], [0, np.nan]], id="one label per row"
        ),
        pytest.param(
            pd.DataFrame({"file": [*NAMES, NAMES[0]], "tag": ["sky", "sky", "sun", "sea"]}),
            {},
            "all labels of its rows",
            SORTED,
            id="one name per row",
        ),
        pytest.param(
            pd.DataFrame({"file": [*NAMES, NAMES[0]], "tag": ["sky", "sky", "sun", None]}),
            {},
            "all labels of its rows",
            [[1, 0], [1, 0], [0, 1]],
            id="rows without a name",
        ),
        pytest.param(
            tags(["Mass;No Finding", "No Finding", "Mass"]),
            {"none_label": "No Finding"},
            r"row 0 names 'Mass', 'No Finding'",
            [[1], [0], [1]],
            id="none and a label",
        ),
        pytest.param(
            tags(["sea", "sky", "sun"]),
            {"na_values": ""},
            "na_values= is for columns",
            None,
            id="na_values of names",
        ),
        pytest.param(
            tags(["sea", "sky", "sun"]),
            {"negative": -1},
            "negative= is for columns",
            None,
            id="negative of names",
        ),
        pytest.param(
            PLAIN, {"none_label": "sea"}, "is for names of labels", None, id="none column"
        ),
        pytest.param(PLAIN, {"negative": 1}, "negative=1 has '1'", None, id="negative=1"),
        pytest.param(
            PLAIN, {"negative": -1, "na_values": -1}, "in negative= and in", None, id="-1 for both"
        ),
        pytest.param(
            tags(["sea", "None", "sky"]),
            {"none_label": "None", "label_names": ["sea", "None"]},
            "is one of label_names",
            None,
            id="none among names",
        ),
        pytest.param(
            "sea,sun\nbeach.jpg,1,0\nlake.PNG,0,1\n",
            {},
            r"2 cells in the header, 3 in row 0.*'file,sea,sun'",
            None,
            id="header without the first name",
        ),
        pytest.param(HEADER.replace("sun", "sea"), {}, "more than once", None, id="same names"),
        pytest.param(
            columns("0.9,0,0.8", "0.2,0,1", "0,0.6,0"), {}, "are probabilities", Y, id="soft values"
        ),
        pytest.param(
            "# labels\n" + PLAIN,
            {},
            "first line is no header",
            Y,
            id="line above the header",
        ),
        pytest.param(
            tags(["1,0,2", "0,0,1", "0,1,0"]),
            {},
            r"row 1 repeats one: 0, 0, 1\..*values of labels",
            [[1, 1, 1], [1, 1, 0], [1, 1, 0]],
            id="counts",
        ),
        pytest.param(
            lines([[1, 0, 2], [0, 0, 1], [0, 1, 0]]),
            {},
            r"line 2 repeats one: 0, 0, 1\..*values of labels",
            [[1, 1, 1], [1, 1, 0], [1, 1, 0]],
            id="counts in JSON",
        ),
        pytest.param(
            '{"file": "lake", "sea": 1, "sea": 0}', {}, "'sea' twice", None, id="field twice"
        ),
        pytest.param(
            lines([[{"name": "sea"}], []]), {}, "in place of the objects", None, id="objects"
        ),
        pytest.param(
            columns("ja,nein,ja", "nein,nein,ja", "nein,ja,Nein"),
            {},
            "If 'ja' means yes and 'nein' means no",
            Y,
            id="words of another language",
        ),
        pytest.param(
            columns("2,0,1", "0,0,12", "0,1,0"), {}, "If they are counts", Y, id="columns of counts"
        ),
        pytest.param(
            PLAIN.replace("\nbeach", "\n/home/me/x/beach").replace("\nforest", "\nC:\\x\\forest"),
            {},
            "are not in",
            None,
            id="paths of another computer",
        ),
        pytest.param(
            re.sub(r"\n(\w+\.)", r"\n/home/me/x/\1", PLAIN),
            {},
            "last parts of the names only",
            Y,
            id="absolute paths",
        ),
        pytest.param(
            re.sub(r"\n(\w+\.)", r"\nhttps://example.com/x/\1", PLAIN),
            {},
            "last parts of the names only",
            Y,
            id="URLs",
        ),
        pytest.param(
            re.sub(r"\n(\w+\.)", r"\nC:\\x\\\1", PLAIN),
            {},
            "last parts of the names only",
            Y,
            id="paths of Windows",
        ),
        pytest.param(
            frame().set_index("file"), {}, "the index of the frame", Y, id="index of file names"
        ),
        pytest.param(
            tagged([["sky", None, "sea"], ["sky"], ["sun"]]),
            {},
            "holds lists",
            SORTED,
            id="lists with None",
        ),
        pytest.param(
            tagged([["sky", "sea"], [], ["sun"]]),
            {},
            "holds lists",
            [[1, 1, 0], [0, 0, 0], [0, 0, 1]],
            id="empty lists of names",
        ),
        pytest.param(
            "beach.jpg 1 0 1\nforest.jpg 0 0 1\n\nlake.PNG 0 1 0\n",
            {},
            "names the image 'beach.jpg'",
            Y,
            id="values after spaces",
        ),
        pytest.param(
            "beach.jpg sky sea\nforest.jpg sky\nlake.PNG\n",
            {},
            "names the image 'beach.jpg'",
            [[1, 1], [0, 1], [0, 0]],
            id="names after spaces",
        ),
        pytest.param(
            PLAIN.partition("\n")[2].replace(",", "\t"),
            {},
            "names the image 'beach.jpg'",
            Y,
            id="tabs without a header",
        ),
        pytest.param(
            PLAIN + "beach,0,0,1\n", {}, "in the same way", None, id="two spellings of an image"
        ),
        pytest.param(
            lines([["sea"], None, []]), {}, r"Write \[\] if", None, id="null in place of a list"
        ),
        pytest.param(
            lines([["sea"], {"sea": 1}, []]), {}, "in place of the objects", None, id="both kinds"
        ),
        pytest.param(
            lines([0.9, 0.1, 0], "sea"), {}, "Decide which numbers mean yes", None, id="soft JSON"
        ),
        pytest.param(
            lines(["yes", "no", "no"], "sea"), {}, "Write 1 for yes", None, id="yes in JSON"
        ),
        pytest.param(b"PK\x03\x04 of Excel", {}, r"pandas\.read_excel\(", None, id="Excel"),
        pytest.param(lines([[""], ["sea"], []]), {}, "without a name", None, id="empty name"),
        pytest.param(lines([[None], ["sea"], []]), {}, "without a name", None, id="null name"),
        pytest.param(
            lines(["sea", "sky", "sun"]), {}, "read the lines as a table", None, id="text"
        ),
        pytest.param(
            tags(values_of(Y)),
            {"label_names": ["a", "b"]},
            "has 2 names.*3 entries",
            None,
            id="two",
        ),
    ],
)
def test_advice_of_errors_can_be_followed(folder, table, options, wording, expected):
    with pytest.raises((ValueError, OSError), match=wording) as caught:
        load(folder, table, **options)
    if expected is None:
        return
    message = str(caught.value)
    leads = "[Pp]ass|Join them:|a column:|those that are:|leave it out:|first:|without:|right one:"
    code = re.search(rf"(?:{leads}) (\w+=.*)", message)
    advised = evaluate(code.group(1), table, folder)
    kept = {} if set(options) & {"none_label"} else options
    read = {**kept, **advised}
    again = load(folder, read.pop("csv", table), **read)
    np.testing.assert_array_equal(again.Y, expected)


def evaluate(text, table, folder):
    """Return the arguments at the beginning of a text."""
    if isinstance(table, str) and not table.startswith("{"):
        file = folder.parent / "labels.csv"
        table = pd.read_csv(file, sep=None, engine="python", dtype=str, keep_default_na=False)
    names = {
        "table": table,
        "frame": table,
        "pandas": pd,
        "pathlib": pathlib,
        "path": folder.parent / "labels.csv",
    }
    text = re.split(r"[.;] (?=[A-Zi])", text)[0]
    for end in range(len(text), 0, -1):
        try:
            compile(f"dict({text[:end]})", "advice", "eval")
        except SyntaxError:
            continue
        return eval(f"dict({text[:end]})", names)
    raise AssertionError(f"no arguments in {text!r}")


@pytest.mark.parametrize(
    ("field", "values"),
    [("labels", ["sea", "sky", "sun"]), ("tag", ["sea", "sky", "sun"]), ("labels", [3, 5, 7])],
)
def test_remedy_for_text_in_json_lines(field, values, folder):
    file = folder.parent / "labels.jsonl"
    rows = [{field: value, "file": name} for name, value in zip(NAMES, values, strict=True)]
    file.write_text("\n".join(map(json.dumps, rows)))
    with pytest.raises(ValueError, match="read the lines as a table: ") as caught:
        load_json_lines(folder, file)
    code = str(caught.value).split("as a table: ")[1].rstrip(".")
    names = {"pandas": pd, "folder": folder, "file": file}
    data = eval(code, {**names, "load_labelled_images": load_labelled_images})
    np.testing.assert_array_equal(data.Y, np.eye(3))


@pytest.mark.parametrize(
    ("table", "wording"),
    [
        (tags(["sea;", "No Finding", "sky"]), r"'No Finding' seems .*none_label='No Finding'"),
        (tags(["sea", "nan", "None"]), r"'None', 'nan' seem.*none_label=\['None', 'nan'\]"),
        (lines([["sea"], ["none"], []]), r"none_label='none'"),
        (tags(["sea", "-", "sky"]), "none_label='-'"),
        (tags(["sea", "Sea", "sky"]), r"case or blanks only: 'Sea', 'sea'\."),
        (tags(["traffic light;", "trafficlight;", "sky;"]), "'traffic light', 'trafficlight'"),
        (PLAIN.replace("sun", "Sea"), "'sea', 'Sea'"),
        (lines([["sea"], ["SEA"], []]), "'SEA', 'sea'"),
    ],
)
def test_names_that_are_warned_of(folder, table, wording):
    with pytest.warns(UserWarning, match=wording):
        load(folder, table)


def test_names_that_differ_in_case_can_be_merged(folder):
    with pytest.warns(UserWarning, match="merge their columns: ") as caught:
        data = load(folder, tags(["sea", "SEA", "sky"]))
    code = str(caught[0].message).split(" Y = ")[1].rstrip(".")
    np.testing.assert_array_equal(eval(code, {"data": data}), [[1, 0], [1, 0], [0, 1]])


def test_named_labels_are_not_warned_of(folder):
    data = load(folder, tags(["sea", "None", "sky"]), label_names=["None", "sea", "sky"])
    assert data.Y["None"].tolist() == [0, 1, 0]


@pytest.mark.parametrize("n_labels", [1, 2, 3])
def test_names_of_positions(folder, n_labels):
    rows = [row[:n_labels] for row in Y]
    data = load(folder, lines(rows))
    assert data.label_names == [str(j) for j in range(n_labels)]
    again = load(folder, lines(rows), label_names=data.label_names)
    pd.testing.assert_frame_equal(again.frame, data.frame)


def test_remedy_for_two_lines_of_an_image(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = folder.parent / "labels.jsonl"
    rows = [("beach.jpg", ["sea"]), ("lake.PNG", []), ("beach.jpg", ["sky", "sea"])]
    file.write_text("\n".join(json.dumps({"file": name, "labels": names}) for name, names in rows))
    with pytest.raises(ValueError, match="2 lines of the file name the same image") as caught:
        load_json_lines(folder, file)
    code = str(caught.value).split("all of them: ")[1].rstrip(".")
    eval(code, {"pandas": pd, "file": file})
    np.testing.assert_array_equal(load_json_lines(folder, "merged.jsonl").Y, [[1, 1], [0, 0]])
