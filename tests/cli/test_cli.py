"""The command line as a whole, and all commands but ``predict``."""

import json
import logging
import re
import shlex
import signal
import subprocess
import sys
import warnings
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.model_selection import cross_val_score

import skmlic
from skmlic import TransferMultiLabelClassifier, load_model
from skmlic.calibration import CalibratedMultiLabelClassifierCV
from skmlic.cli import _models, main
from skmlic.cli._parser import make_parser
from skmlic.datasets import load_labelled_images, make_multilabel_shapes
from skmlic.dummy import DummyMultiLabelClassifier
from skmlic.metrics import get_scorer
from skmlic.model_selection import MultiLabelStratifiedKFold, TunedThresholdMultiLabelClassifierCV
from skmlic.recipes import get_recipe

SMALL = ["--backbone", "tiny_cnn", "--max-epochs", "2"]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Return a folder ``pictures`` of shapes and the table ``labels.csv``."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "pictures").mkdir()
    X, Y = make_multilabel_shapes(80, n_labels=3, random_state=0)
    for number, picture in enumerate(X):
        Image.fromarray(picture).save(folder / "pictures" / f"{number:02d}.png")
    table = pd.DataFrame(Y, columns=["disc", "square", "triangle"])
    table.insert(0, "file", [f"{number:02d}.png" for number in range(len(X))])
    table.to_csv(folder / "labels.csv", index=False)
    return SimpleNamespace(
        folder=folder,
        pictures=str(folder / "pictures"),
        labels=str(folder / "labels.csv"),
        table=table,
        arguments=[str(folder / "pictures"), str(folder / "labels.csv")],
    )


@pytest.fixture(scope="module")
def model(data, tmp_path_factory):
    """Return the path of a model of them."""
    path = str(tmp_path_factory.mktemp("model") / "shapes.skmlic")
    assert main(["train", *data.arguments, "-o", path, "-q", *SMALL]) == 0
    return path


@pytest.fixture
def damaged(data, tmp_path):
    """Return the arguments of a data set with two pictures that can't be read."""
    for name in data.table["file"]:
        (tmp_path / name).write_bytes(Path(data.pictures, name).read_bytes())
    (tmp_path / "03.png").write_text("nothing")
    (tmp_path / "05.png").write_text("")
    return [str(tmp_path), data.labels]


def train(data, path, *options):
    """Train, which must work, and return the loaded model."""
    code = main(["train", *data.arguments, "-o", str(path), "-q", *SMALL, *options])
    assert code == 0
    return load_model(path)


def fail(capsys, *arguments):
    """Run a command that fails, and return the one line that it writes."""
    code = main([*map(str, arguments)])
    captured = capsys.readouterr()
    assert code == 1
    assert captured.out == ""
    *_, line = captured.err.splitlines()
    assert line.startswith("skmlic: error: ")
    assert "Traceback" not in captured.err
    return line


def run_python(code, *arguments, **options):
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        **options,
    )


# The program as such


def test_module_and_version():
    result = subprocess.run(
        [sys.executable, "-m", "skmlic", "--version"],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert result.stdout == f"skmlic {skmlic.__version__}\n"


@pytest.mark.parametrize("command", [[], ["train"], ["predict"], ["train", "--help-all"]])
def test_help_waits_for_no_library(command):
    code = """
import sys
from skmlic.cli import main
try:
    main(sys.argv[1:])
finally:
    slow = {"torch", "sklearn", "pandas", "numpy", "rich"} & set(sys.modules)
    print(*slow, file=sys.stderr)
"""
    result = run_python(code, *command, *([] if "--help-all" in command else ["--help"]))
    assert result.returncode == 0
    assert result.stdout.startswith("usage: skmlic")
    assert result.stderr == "\n"


def test_names_of_the_package_are_there_when_asked_for():
    code = """
import sys, skmlic
assert "torch" not in sys.modules
assert set(skmlic.__all__) <= set(dir(skmlic))
assert set(skmlic._HOMES) == set(skmlic.__all__)
for name in skmlic.__all__:
    assert getattr(skmlic, name).__module__.startswith(skmlic._HOMES[name]), name
assert skmlic.metrics.f1_score
try:
    skmlic.nothing
except AttributeError as error:
    assert str(error) == "module 'skmlic' has no attribute 'nothing'"
else:
    raise AssertionError
"""
    result = run_python(code)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["trian"], "invalid choice: 'trian'"),
        (["train", "pictures"], "the following arguments are required: -o/--output"),
        (["train", "pictures", "-o", "m", "--droput", "0.1"], "unrecognized arguments: --droput"),
        (["train", "pictures", "-o", "m", "--test-size", "2"], "from 0 to below 1"),
        (["train", "pictures", "-o", "m", "--cv", "1"], "at least 2"),
        (["train", "pictures", "-o", "m", "--read", "missing"], "expected NAME=VALUE"),
        (["predict", "m", "pictures", "--top-k", "0"], "at least 1"),
        (["predict", "m", "pictures", "--top-k", "a"], "invalid number value: 'a'"),
    ],
)
def test_wrong_usage(arguments, expected, capsys):
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    assert exit_.value.code == 2
    message, hint = capsys.readouterr().err.splitlines()
    assert message.startswith("skmlic: error: ")
    assert expected in message
    assert hint.endswith("--help'.")


@pytest.mark.parametrize(
    ("arguments", "meant", "place"),
    [
        ("trian", "Did you mean train?", "skmlic"),
        (
            "train pictures -o m --droput 0.1",
            "--droput 0.1. Did you mean --dropout?",
            "skmlic train",
        ),
        ("train a b -o m --treshold=micro", "Did you mean --thresholds?", "skmlic train"),
        ("train a b -o m --gradient-clp=1", "Did you mean --gradient-clip?", "skmlic train"),
        ("predict m a --topk 2", "--topk 2. Did you mean --top-k?", "skmlic predict"),
        ("describe a b c d", "unrecognized arguments: c d.\n", "skmlic describe"),
    ],
)
def test_wrong_usage_tells_what_was_meant(arguments, meant, place, capsys):
    with pytest.raises(SystemExit):
        main(arguments.split())
    text = capsys.readouterr().err
    assert meant in text
    assert text.endswith(f"\nTry '{place} --help'.\n")


def test_commands_of_the_guide_are_right():
    guide = Path(__file__).parents[2] / "docs" / "guide" / "command_line.rst"
    commands = re.findall(r"[$|] skmlic (\w.*)$", guide.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(commands) > 15
    for command in commands:
        arguments = shlex.split(command.partition(" | ")[0])
        assert make_parser().parse_args(arguments).command == arguments[0]


@pytest.fixture
def command(monkeypatch):
    """Return a function that sets what ``skmlic demo`` does."""
    module = SimpleNamespace()
    monkeypatch.setitem(sys.modules, "skmlic.cli._demo", module)
    return lambda run: setattr(module, "run", run)


def test_errors_take_one_line_unless_debugged(command, capsys):
    def run(args, console):
        error = ValueError("It is\nwrong.")
        error.add_note("Do this.")
        raise error

    command(run)
    assert fail(capsys, "demo") == "skmlic: error: It is wrong. Do this."
    assert main(["demo", "--debug"]) == 1
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (FileNotFoundError(2, "No such file", "a.csv"), "a.csv: No such file"),
        (KeyError("sea"), "KeyError 'sea'"),
        (MemoryError(), "MemoryError"),
    ],
)
def test_errors_without_words_of_their_own(error, expected, command, capsys):
    def run(args, console):
        raise error

    command(run)
    assert fail(capsys, "demo") == f"skmlic: error: {expected}"


def test_interruption(command, capsys):
    command(lambda args, console: signal.raise_signal(signal.SIGINT))
    assert main(["demo"]) == 130
    assert capsys.readouterr().err == "skmlic: error: interrupted\n"


def test_termination(command):
    before = signal.getsignal(signal.SIGTERM)
    command(lambda args, console: signal.raise_signal(signal.SIGTERM))
    with pytest.raises(SystemExit) as exit_:
        main(["demo"])
    assert exit_.value.code == 143
    assert signal.getsignal(signal.SIGTERM) == before


@pytest.mark.filterwarnings("default")
def test_warnings_take_one_line(command, capsys):
    def run(args, console):
        for _ in range(2):
            warnings.warn("A label\nis [red]rare[/red].", stacklevel=1)
        logging.getLogger("skmlic").warning("%s can't run it", "OpenVINO")

    command(run)
    shown = warnings.showwarning
    assert main(["demo"]) == 0
    assert capsys.readouterr().err.splitlines() == [
        "skmlic: warning: A label is [red]rare[/red].",
        "skmlic: warning: OpenVINO can't run it",
    ]
    assert main(["demo", "--quiet"]) == 0
    assert capsys.readouterr().err == ""
    assert warnings.showwarning is shown
    assert not logging.getLogger("skmlic").handlers


def test_reader_that_has_seen_enough():
    code = """
import sys
from types import SimpleNamespace
from skmlic.cli import main

def run(args, console):
    while True:
        console.write("line")

sys.modules["skmlic.cli._demo"] = SimpleNamespace(run=run)
sys.exit(main(["demo"]))
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout.readline() == b"line\n"
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


# train


def test_train_says_what_it_did(data, tmp_path, capsys):
    path = tmp_path / "shapes.skmlic"
    assert main(["train", *data.arguments, "-o", str(path), *SMALL]) == 0
    captured = capsys.readouterr()
    assert "80 pictures, 3 labels" in captured.err
    assert "Training on 64 pictures" in captured.err
    assert "On 16 pictures not trained on" in captured.out
    assert re.search(r"f1_macro +0\.\d{3}\n", captured.out)
    assert re.search(r"square( +[01]\.\d{3}){5} +\d+\n", captured.out)
    assert "thresholds tuned for f1_macro" in captured.out
    assert captured.out.endswith(f"Next: skmlic predict {path} PICTURES -o predictions.tsv\n")
    assert [file.name for file in tmp_path.iterdir()] == ["shapes.skmlic"]


def test_train_is_the_estimator(data, tmp_path):
    found = train(data, tmp_path / "a", "--test-size", "0", "--seed", "3")
    again = train(data, tmp_path / "b", "--test-size", "0", "--seed", "3")
    clf = TransferMultiLabelClassifier("tiny_cnn", max_epochs=2, random_state=3)
    expected = TunedThresholdMultiLabelClassifierCV(clf)
    own = load_labelled_images(data.pictures, data.labels)
    expected.fit(own.paths, own.Y)
    for model in (found, again):
        np.testing.assert_array_equal(
            model.predict_proba(own.paths), expected.predict_proba(own.paths)
        )
        np.testing.assert_array_equal(model.thresholds_, expected.thresholds_)
    assert list(found.label_names_) == ["disc", "square", "triangle"]


def test_train_with_parameters(data, tmp_path):
    options = ["--hidden-layer-sizes", "8,4", "--class-weight", "inv_sqrt", "--mirror"]
    clf = train(data, tmp_path / "m", "--thresholds", "none", *options)
    assert isinstance(clf, TransferMultiLabelClassifier)
    assert clf.hidden_layer_sizes == [8, 4]
    assert clf.class_weight == "inv_sqrt"
    assert clf.mirror
    assert clf.random_state == 0


def test_train_with_a_recipe(data, tmp_path):
    path = str(tmp_path / "m")
    options = ["--recipe", "fast", "--thresholds", "none", *SMALL]
    assert main(["train", *data.arguments, "-o", path, "-q", *options]) == 0
    found = load_model(path).get_params(deep=False)
    expected = get_recipe("fast", backbone="tiny_cnn", max_epochs=2, random_state=0)
    assert found == expected.get_params(deep=False)


def test_train_a_baseline(data, tmp_path):
    path = str(tmp_path / "m")
    arguments = ["train", *data.arguments, "-o", path, "--thresholds", "none"]
    assert main([*arguments, "--recipe", "labels14-dummy"]) == 0
    assert isinstance(load_model(path), DummyMultiLabelClassifier)


@pytest.mark.parametrize(
    ("options", "objective"),
    [
        ([], "f1_macro"),
        (["--thresholds", "micro"], "f1_micro"),
        (["--thresholds", "f2_samples"], "f2_samples"),
    ],
)
def test_train_tunes_thresholds(options, objective, data, tmp_path):
    model = train(data, tmp_path / "m", *options)
    assert isinstance(model, TunedThresholdMultiLabelClassifierCV)
    assert model.objective == objective


def test_train_calibrates(data, tmp_path):
    model = train(data, tmp_path / "m", "--calibrate", "isotonic")
    assert isinstance(model, TunedThresholdMultiLabelClassifierCV)
    assert isinstance(model.estimator_, CalibratedMultiLabelClassifierCV)
    assert model.estimator_.method == "isotonic"
    assert train(data, tmp_path / "n", "--calibrate").estimator_.method == "sigmoid"


def test_train_tunes_no_thresholds_of_a_trained_network(data, tmp_path):
    clf = train(data, tmp_path / "m", "--freeze", "false", "--unfreeze-after", "1")
    assert isinstance(clf, TransferMultiLabelClassifier)
    assert set(clf.history_["trained"]) == {"head", "all"}
    assert clf.verbose == 0


def test_train_cross_validates(data, tmp_path, capsys):
    options = ["--cv", "3", "--thresholds", "none", *SMALL]
    assert main(["train", *data.arguments, "-o", str(tmp_path / "m"), *options]) == 0
    captured = capsys.readouterr()
    assert "Training on 80 pictures" in captured.err
    assert "not trained on" not in captured.out
    own = load_labelled_images(data.pictures, data.labels)
    scores = cross_val_score(
        TransferMultiLabelClassifier("tiny_cnn", max_epochs=2, random_state=0),
        own.paths,
        own.Y,
        scoring=get_scorer("map"),
        cv=MultiLabelStratifiedKFold(3, shuffle=True, random_state=0),
    )
    assert "3-fold cross-validation" in captured.out
    assert re.search(rf" map +{scores.mean():.3f} +{scores.std():.3f}\n", captured.out)


def test_train_on_listed_labels(data, tmp_path):
    table = tmp_path / "lists.csv"
    names = ["disc", "square", "triangle"]
    rows = [
        f"{row['file']},{'|'.join(name for name in names if row[name])}"
        for _, row in data.table.iterrows()
    ]
    table.write_text("\n".join(["file,labels", *rows]))
    arguments = [data.pictures, str(table), "--read", "label_names=square,disc"]
    assert main(["train", *arguments, "-o", str(tmp_path / "m"), "-q", *SMALL]) == 0
    assert list(load_model(tmp_path / "m").label_names_) == ["square", "disc"]


def test_listed_labels_may_come_one_by_one(data, capsys):
    options = ["--read", "label_names=square", "--read", "label_names=disc"]
    assert main(["describe", *data.arguments, *options]) == 0
    assert "80 pictures, 2 labels" in capsys.readouterr().out


def test_errors_of_readers_name_the_option(data, tmp_path, capsys):
    data.table.assign(disc="").to_csv(tmp_path / "gaps.csv", index=False)
    line = fail(capsys, "describe", data.pictures, tmp_path / "gaps.csv")
    assert "unknown=''" in line
    assert line.endswith("such parameters are options: --read missing=drop.")
    assert "--read" not in fail(capsys, "describe", data.pictures, tmp_path / "nowhere.csv")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--loss", "bec"], "'bec'"),
        (["--class-weight", "balancd"], "balancd"),
        (["--thresholds", "f1_makro"], "--thresholds f1_makro: nothing"),
        (["--thresholds", "f1_makro"], "Did you mean f1_macro? Expected macro, micro or samples"),
        (["--thresholds", "map"], "--thresholds map: nothing that thresholds can be tuned for"),
        (["--recipe", "fastest"], "Did you mean fast?"),
        (["--recipe", "quick"], "--recipe quick: there is no such recipe. Expected fast, balanced"),
        (["--dropout", "1.5"], "'dropout' parameter"),
        (["--max-epochs", "0"], "'max_epochs' parameter"),
        (["--warmup-epochs", "-1"], "'warmup_epochs' parameter"),
        (["--erasing", "0.5"], "freeze=False"),
        (["--scoring", "mapp", "--early-stopping"], "mapp"),
        (["--backbone", "tiny_cnnn"], "tiny_cnn"),
        (["--backbone", "precomputed"], "on pictures"),
        (["--cv", "3", "--report", "report.html"], "--test-size"),
        (["--read", "nothing=1"], "no such option. It has sep, path_column, label_column"),
        (["--read", "mising=drop"], "Did you mean missing?"),
        (["--read", "missing=drop", "--read", "missing=raise"], "--read missing comes twice"),
    ],
)
def test_mistakes_show_before_pictures_are_gone_through(options, expected, data, tmp_path, capsys):
    path = tmp_path / "m"
    given = [] if "--backbone" in options else ["--backbone", "tiny_cnn"]
    line = fail(capsys, "train", *data.arguments, "-o", path, "-q", *given, *options)
    assert expected in line
    assert skmlic.cache_info().backbone_passes == 0
    assert not path.exists()


def test_there_must_be_a_place_for_the_model(data, tmp_path, capsys):
    assert "There is no folder" in fail(
        capsys, "train", *data.arguments, "-o", tmp_path / "nowhere" / "m"
    )
    assert "is a folder" in fail(capsys, "train", *data.arguments, "-o", tmp_path)


def test_unreadable_pictures_in_training(damaged, tmp_path, capsys):
    path = tmp_path / "m.skmlic"
    arguments = ["train", *damaged, "-o", str(path), *SMALL]
    line = fail(capsys, *arguments)
    assert "2 pictures can't be read" in line
    assert "03.png" in line
    assert "05.png" in line
    assert "--on-error skip" in line
    assert not path.exists()
    assert main([*arguments, "--on-error", "skip", "--test-size", "0"]) == 3
    captured = capsys.readouterr()
    assert "Training on 78 pictures" in captured.err
    assert "skmlic: warning: 2 pictures can't be read" in captured.err
    assert path.exists()


@pytest.mark.filterwarnings("default")
def test_pages(data, model, damaged, tmp_path, monkeypatch, capsys):
    page = tmp_path / "report.html"
    assert (
        main(["train", *data.arguments, "-o", str(tmp_path / "m"), *SMALL, "--report", str(page)])
        == 0
    )
    assert "16 samples" in page.read_text(encoding="utf-8")
    assert re.search(rf"^report +{page} *$", capsys.readouterr().out, re.MULTILINE)
    assert main(["evaluate", model, *damaged, "--on-error", "skip", "--report", str(page)]) == 3
    assert "78 samples" in page.read_text(encoding="utf-8")
    capsys.readouterr()
    monkeypatch.setattr(_models, "find_spec", lambda name: None)
    assert "skmlic[plot]" in fail(capsys, "evaluate", model, *damaged, "--report", page)


# evaluate


def scores_of(capsys, *arguments):
    assert main(["evaluate", *map(str, arguments), "--json", "-", "-q"]) == 0
    return json.loads(capsys.readouterr().out)


def test_evaluate_is_the_scorers(data, model, capsys):
    found = scores_of(capsys, model, *data.arguments)
    own = load_labelled_images(data.pictures, data.labels)
    estimator = load_model(model)
    for name, value in found["scores"].items():
        assert value == pytest.approx(get_scorer(name)(estimator, own.paths, own.Y))
    assert found["n_pictures"] == 80
    assert list(found["labels"]) == own.label_names
    assert found["labels"]["disc"]["support"] == own.Y["disc"].sum()
    assert list(found["means"]) == ["macro", "micro", "weighted", "samples"]
    assert found["means"]["samples"]["roc_auc"] is None


def test_evaluate_shows_tables_and_writes_json(data, model, tmp_path, capsys):
    path = tmp_path / "scores.json"
    assert main(["evaluate", model, *data.arguments, "--json", str(path)]) == 0
    found = json.loads(path.read_text())
    text = capsys.readouterr().out
    assert f"{model} on 80 pictures" in text
    assert f"{found['scores']['map']:.3f}" in text
    assert [line.split()[0] for line in text.splitlines()[2:5]] == ["disc", "square", "triangle"]


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(
    ("n_positive", "expected"),
    [
        ((0, 3, 40), None),
        ((1, 3, 40), "1 label has 1 or 2 positives here, which makes scores chance: disc"),
        ((1, 2, 3), "2 labels have 1 or 2 positives here, which makes scores chance: disc, square"),
    ],
)
def test_labels_with_few_positives_are_told(n_positive, expected, data, model, tmp_path, capsys):
    table = data.table.copy()
    for name, n in zip(["disc", "square", "triangle"], n_positive, strict=True):
        table[name] = (np.arange(len(table)) < n).astype(int)
    path = tmp_path / "rare.csv"
    table.to_csv(path, index=False)
    assert main(["evaluate", model, data.pictures, str(path)]) == 0
    told = [line for line in capsys.readouterr().out.splitlines() if "chance" in line]
    assert told == ([expected] if expected else [])


@pytest.mark.filterwarnings("default")
def test_training_on_few_positives_advises_cross_validation(data, tmp_path, capsys):
    table = data.table.assign(disc=(np.arange(len(data.table)) < 8).astype(int))
    table.to_csv(tmp_path / "rare.csv", index=False)
    arguments = ["train", data.pictures, str(tmp_path / "rare.csv"), "-o", str(tmp_path / "m")]
    assert main([*arguments, *SMALL, "--thresholds", "none"]) == 0
    assert "chance: disc (--cv 5 scores on all pictures)\n" in capsys.readouterr().out


def test_labels_are_matched_by_name(data, model, tmp_path, capsys):
    table = tmp_path / "turned.csv"
    data.table[["file", "triangle", "disc", "square"]].to_csv(table, index=False)
    assert scores_of(capsys, model, data.pictures, table) == scores_of(
        capsys, model, *data.arguments
    )


def test_other_labels(data, model, tmp_path, capsys):
    table = tmp_path / "other.csv"
    data.table.rename(columns={"square": "box"}).to_csv(table, index=False)
    line = fail(capsys, "evaluate", model, data.pictures, table)
    assert "the data lack 'square'; the model lacks 'box'" in line
    found = scores_of(capsys, model, data.pictures, table, "--common-labels")
    whole = scores_of(capsys, model, *data.arguments)
    assert found["labels"] == {name: whole["labels"][name] for name in ["disc", "triangle"]}
    data.table[["file"]].assign(box=1).to_csv(table, index=False)
    line = fail(capsys, "evaluate", model, data.pictures, table, "--common-labels")
    assert "share no label" in line


@pytest.mark.filterwarnings("default")
def test_listed_labels_that_no_picture_has_are_known(data, model, tmp_path, capsys):
    table = tmp_path / "lists.csv"
    names = data.table.loc[data.table["triangle"] == 0]
    rows = [
        f"{row['file']},{'|'.join(name for name in ['disc', 'square'] if row[name])}"
        for _, row in names.iterrows()
    ]
    table.write_text("\n".join(["file,labels", *rows]))
    found = scores_of(capsys, model, data.pictures, table)
    assert list(found["labels"]) == ["disc", "square", "triangle"]
    assert found["labels"]["triangle"]["support"] == 0


def test_unreadable_pictures_in_evaluation(damaged, model, capsys):
    assert "--on-error skip" in fail(capsys, "evaluate", model, *damaged)
    assert main(["evaluate", model, *damaged, "--on-error", "skip"]) == 3
    captured = capsys.readouterr()
    assert "on 78 pictures" in captured.out
    assert "skmlic: warning: 2 pictures can't be read" in captured.err


@pytest.mark.parametrize("content", ["", "no model"])
def test_evaluate_needs_a_model(content, data, tmp_path, capsys):
    path = tmp_path / "m"
    path.write_text(content)
    assert str(path) in fail(capsys, "evaluate", path, *data.arguments)


# The others


def test_describe(data, tmp_path, capsys):
    path = tmp_path / "report.json"
    assert main(["describe", *data.arguments, "--json", str(path)]) == 0
    text = capsys.readouterr().out
    assert "80 pictures, 3 labels" in text
    assert main(["describe", *data.arguments, "--json", "-", "-q"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == json.loads(path.read_text())
    assert found["n_images"] == 80


def test_describe_finds_unreadable_pictures(damaged, capsys):
    assert main(["describe", *damaged]) == 3
    assert "03.png" in capsys.readouterr().out


def test_backbones(capsys):
    assert main(["backbones", "resnet18"]) == 0
    text = capsys.readouterr().out
    assert [line.split()[0] for line in text.splitlines()[2:-1]] == skmlic.list_backbones(
        "resnet18"
    )
    assert main(["backbones"]) == 0
    text = capsys.readouterr().out
    n_timm = len([name for name in skmlic.list_backbones() if name.startswith("timm/")])
    assert text.endswith(f"And {n_timm:,} of timm: skmlic backbones timm/\n")
    assert re.search(r"^efficientnet_lite0 +224 +installed *$", text, re.MULTILINE)
    assert re.search(r"^tiny_cnn +32 +random *$", text, re.MULTILINE)
    assert "a part of one" in fail(capsys, "backbones", "nothing_like_it")


@pytest.mark.slow
def test_demo(tmp_path, capsys):
    folder = tmp_path / "demo"
    assert main(["demo", str(folder)]) == 0
    text = capsys.readouterr().out
    commands = re.findall(r"^\$ skmlic (\w+)", text, re.MULTILINE)
    assert commands == ["describe", "train", "evaluate", "predict"]
    assert {"model.skmlic", "predictions.tsv"} <= {path.name for path in folder.iterdir()}
    assert "is not empty" in fail(capsys, "demo", folder)
