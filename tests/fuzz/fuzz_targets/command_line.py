"""Arguments of the command line, one per line."""

import contextlib
import io
from functools import cache

from skmlic.cli._estimator import choose_objective, make_classifier
from skmlic.cli._parser import make_parser

_SEEDS = (
    "train images --labels labels.csv --output model.skmlic",
    "train images --backbone tiny_cnn --freeze false --lr 1e-3 --thresholds f1_macro --seed 3",
    "train images --hidden-layer-sizes 8,4 --dropout 0.2 --image-size 32x48 --mix mixup",
    'train images --class-weight {"sea":2} --value-range 0:4095 --pooling avg,max',
    "evaluate model.skmlic images --labels labels.json --reader missing=drop",
    "predict model.skmlic images --output out.csv --format csv",
    "describe images --labels labels.csv",
    "duplicates images",
    "export model.skmlic model.onnx",
    "backbones resnet",
    "--version",
)


def seeds():
    """Return arguments that are separated by line feeds."""
    return ["\n".join(text.split()).encode() for text in _SEEDS]


def run(data):
    """Parse the arguments, and make the classifier that those of ``train`` describe."""
    argv = data.decode(errors="surrogateescape").split("\n")
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            args = _get_parser().parse_args(argv)
        except SystemExit as error:
            assert error.code in (0, 2)
            return
        if args.command == "train":
            choose_objective(args, make_classifier(args))


@cache
def _get_parser():
    return make_parser()
