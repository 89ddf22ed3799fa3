"""The published systems as data: what was trained on what, what came out, and what differs here."""

from dataclasses import dataclass, field, replace

from skmlic.class_weight import ScaledLabelWeight
from skmlic.classifier import TransferMultiLabelClassifier
from skmlic.dummy import DummyMultiLabelClassifier

__all__ = ["RECIPES", "Recipe", "System"]


@dataclass(frozen=True)
class System:
    """What the recipes of one published system have in common.

    Parameters
    ----------
    title : str
        In a few words.
    data : str
        What it was trained on.
    steps : str
        Code around the estimator. X is a list of paths and Y a frame; ``{name}`` is the recipe's.
    parameters : dict, default={}
        Of the estimator; a recipe's own go before them.
    differences : tuple of str, default=()
        What is not as the authors had it.
    chosen : tuple of str, default=()
        What they did not report.
    """

    title: str
    data: str
    steps: str
    parameters: dict = field(default_factory=dict)
    differences: tuple = ()
    chosen: tuple = ()


@dataclass(frozen=True)
class Recipe:
    """One row of a published system.

    Parameters
    ----------
    system : System
        Which one.
    parameters : dict
        Of the estimator, added to the system's.
    reported : str
        What the authors got.
    differences, chosen : tuple of str, default=()
        Added to the system's.
    estimator : type, default=TransferMultiLabelClassifier
        What is made. The system's parameters are for the default only.
    """

    system: System
    parameters: dict
    reported: str
    differences: tuple = ()
    chosen: tuple = ()
    estimator: type = TransferMultiLabelClassifier

    @property
    def all_parameters(self):
        """The estimator's parameters, the system's included."""
        if self.estimator is not TransferMultiLabelClassifier:
            return self.parameters
        return {**self.parameters, **{**self.system.parameters, **self.parameters}}


_STANDARDISED = "The head standardises the network's features."
_OWN_WEIGHTS = "The weights are those that torchvision or timm has."
_FROM_THE_FIRST_EPOCH = {"freeze": False, "unfreeze_after": 0}

_VOC5 = System(
    title="Five classes of PASCAL VOC: a CNN from scratch, then frozen Xception",
    data=(
        "About 5,000 training pictures. Of VOC's classes bird (395 pictures), car (590), cat "
        "(539), chair (566) and dog (632) were kept; person, which 1,994 have, hid all others. Of "
        "the pictures that were left without a label 260 were kept."
    ),
    steps="""\
from skmlic.metrics import classification_report
from skmlic.model_selection import multilabel_train_test_split
from skmlic.recipes import get_recipe
from skmlic.sampling import select_labels, undersample_unlabelled

Y = select_labels(Y, ["bird", "car", "cat", "chair", "dog"])
X, Y = undersample_unlabelled(X, Y, n_max=260, random_state=0)
X_train, X_test, Y_train, Y_test = multilabel_train_test_split(
    X, Y, test_size=0.2, random_state=0
)
clf = get_recipe("{name}", random_state=0).fit(X_train, Y_train)
report = classification_report(Y_test, clf.predict(X_test))
""",
    parameters={"input_dropout": 0.0, "mix": None},
    differences=(_STANDARDISED,),
    chosen=("The optimizer, the epochs and the batch size are this package's defaults.",),
)

_COCO51 = System(
    title="COCO, 51 labels: four frozen backbones",
    data=(
        "5,000 of about 90,000 pictures; the 29 of 80 labels with fewer than 100 pictures were "
        "dropped. Stratified split into training and test."
    ),
    steps="""\
from skmlic.metrics import multilabel_scorers
from skmlic.model_selection import multilabel_train_test_split
from skmlic.recipes import get_recipe
from skmlic.sampling import drop_rare_labels

Y = drop_rare_labels(Y, min_count=100)
X_train, X_test, Y_train, Y_test = multilabel_train_test_split(
    X, Y, test_size=0.2, random_state=0
)
clf = get_recipe("{name}", random_state=0).fit(X_train, Y_train)
scorers = multilabel_scorers("roc_auc_micro", "precision_micro", "recall_micro")
scores = {key: scorer(clf, X_test, Y_test) for key, scorer in scorers.items()}
""",
    parameters={
        "pooling": "flatten",
        "dropout": 0.0,
        "mix": None,
        "class_weight": ScaledLabelWeight("inv_sqrt", {"person": 0.5}, missing="warn"),
        "lr": 1e-3,
        "max_epochs": 40,
    },
    differences=(
        _OWN_WEIGHTS,
        _STANDARDISED,
        "The network sees each picture once instead of once an epoch.",
    ),
    chosen=("The test set is a fifth; scores are micro averages.",),
)


def _coco51(backbone, dropout, sizes, batch_size, train, test, seconds, flattened, differences=()):
    n_features, gigabytes = flattened
    return Recipe(
        _COCO51,
        {
            "backbone": backbone,
            "input_dropout": dropout,
            "hidden_layer_sizes": sizes,
            "batch_size": batch_size,
        },
        reported=(
            f"ROC AUC / precision / recall {train} in training, {test} in the test; "
            f"{seconds} s an epoch."
        ),
        differences=(
            f"Flattened, the map of a picture has {n_features} numbers: 5,000 pictures take "
            f'{gigabytes} GB of memory in training. Name a directory (memory="features") for '
            'them to be stored, or write pooling="avg" for features that are a small part of it.',
            *differences,
        ),
    )


_LABELS20 = System(
    title="20 labels, 47,441 pictures: backbones frozen and fully fine-tuned",
    data="31,925 training and 15,516 test pictures, resized to 256 × 256.",
    steps="""\
from skmlic.metrics import get_scorer
from skmlic.model_selection import multilabel_train_test_split
from skmlic.recipes import get_recipe

X_train, X_test, Y_train, Y_test = multilabel_train_test_split(
    X, Y, test_size=0.327, random_state=0
)
clf = get_recipe("{name}", random_state=0).fit(X_train, Y_train)
score = get_scorer("one_label_accuracy")(clf, X_test, Y_test)
""",
    parameters={
        "pooling": "avg",
        "image_size": 256,
        "hidden_layer_sizes": (),
        "input_dropout": 0.0,
        "mix": None,
        "augment": "geometric",
        "lr": 1e-5,
        "lr_schedule": "inverse_time",
        "max_epochs": 20,
        "early_stopping": True,
        "batch_size": 64,
    },
    differences=(
        _OWN_WEIGHTS,
        _STANDARDISED,
    ),
    chosen=(
        "A linear head on the average of the last map.",
        "Early stopping looks at the loss of a tenth of the training pictures and waits 5 epochs.",
    ),
)


def _labels20(backbone, frozen, fine_tuned):
    return {
        "frozen": Recipe(
            _LABELS20,
            {"backbone": backbone, "n_views": 5},
            reported=f"One-label accuracy {frozen} %; {fine_tuned} % fine-tuned.",
            differences=(
                "Each epoch takes each picture as it is and four changes of it, the same ones each "
                "time; theirs had a new change in each epoch.",
            ),
        ),
        "finetuned": Recipe(
            _LABELS20,
            {"backbone": backbone, **_FROM_THE_FIRST_EPOCH, "backbone_lr": 1e-5},
            reported=f"One-label accuracy {fine_tuned} %; {frozen} % frozen.",
            differences=(
                "Batch normalisation keeps the statistics of the pretraining; "
                "freeze_batch_norm=False lets them go.",
            ),
        ),
    }


_LABELS14 = System(
    title="14 labels: a dummy, three CNNs from scratch and ResNet50",
    data=(
        "20,000 pictures of 128 × 128 with the labels baby, bird, car, clouds, dog, female, "
        "flower, male, night, people, portrait, river, sea and tree; 9,824 pictures have none. "
        "Each label has a file that lists the pictures that have it. Split into 80 % training, "
        "10 % validation, 10 % test."
    ),
    steps="""\
from pathlib import Path

import pandas as pd

from skmlic.metrics import classification_report, multilabel_confusion_matrix
from skmlic.model_selection import multilabel_train_test_split
from skmlic.recipes import get_recipe

files = sorted(Path("annotations").glob("*.txt"))
having = {file.stem: set(file.read_text().split()) for file in files}
Y = pd.DataFrame(
    {label: [int(Path(path).stem in ids) for path in X] for label, ids in having.items()}
)
X_train, X_rest, Y_train, Y_rest = multilabel_train_test_split(
    X, Y, test_size=0.2, random_state=0
)
X_valid, X_test, Y_valid, Y_test = multilabel_train_test_split(
    X_rest, Y_rest, test_size=0.5, random_state=0
)
clf = get_recipe("{name}", random_state=0).fit(X_train, Y_train)
subset_accuracy = clf.score(X_valid, Y_valid)
report = classification_report(Y_test, clf.predict(X_test))
confusion = multilabel_confusion_matrix(Y_test, clf.predict(X_test))
predicted = pd.DataFrame(clf.predict(X_test), index=X_test, columns=clf.label_names_)
predicted.to_csv("predicted.tsv", sep="\\t")
""",
    parameters={
        "image_size": 128,
        "input_dropout": 0.0,
        "mix": None,
        "optimizer": "adadelta",
        "lr": 0.2,
        "backbone_lr": 0.2,
        "batch_size": 32,
        "max_epochs": 15,
        **_FROM_THE_FIRST_EPOCH,
    },
    differences=(_STANDARDISED,),
    chosen=('In colour; they also tried grey: color_mode="grayscale".',),
)
_BELOW_RESNET50 = "No figures; less than ResNet50 pretrained."

_HEADS20 = System(
    title="20 labels, 31,985 pictures: dense heads on frozen ResNet50 and DenseNet",
    data="31,985 pictures, resized to 300 × 300.",
    steps="""\
from skmlic.metrics import multilabel_scorers
from skmlic.model_selection import multilabel_train_test_split
from skmlic.recipes import get_recipe

X_train, X_test, Y_train, Y_test = multilabel_train_test_split(
    X, Y, test_size=0.2, random_state=0
)
clf = get_recipe("{name}", random_state=0).fit(X_train, Y_train)
scorers = multilabel_scorers("one_label_accuracy", "subset_accuracy")
scores = {key: scorer(clf, X_test, Y_test) for key, scorer in scorers.items()}
""",
    parameters={
        "pooling": "avg",
        "image_size": 300,
        "augment": "affine_color",
        "n_views": 5,
        "input_dropout": 0.0,
        "mix": None,
        "dropout": 0.4,
        "optimizer": "rmsprop",
        "lr": 1e-3,
        "max_epochs": 10,
        "early_stopping": True,
        "batch_size": 32,
    },
    differences=(
        _OWN_WEIGHTS,
        _STANDARDISED,
        "Each epoch takes each picture as it is and four changes of it, the same ones each time; "
        "theirs had a new change in each epoch.",
    ),
    chosen=(
        "Features are averages over the picture: with the size that the authors report there is "
        "no room for a dense layer on a flattened map.",
        "The rate, 1e-3; the test set, a fifth.",
        "Reflection is left to right, not upside down.",
        "Early stopping looks at the loss of a tenth of the training pictures and waits 5 epochs.",
    ),
)


def _heads20(backbone, sizes, one_label, all_label, megabytes, seconds, **parameters):
    no_dropout = parameters.get("dropout") == 0
    return Recipe(
        _HEADS20,
        {"backbone": backbone, "hidden_layer_sizes": sizes, **parameters},
        reported=(
            f"One-label accuracy {one_label} %, all-label accuracy {all_label} %; {megabytes} MB, "
            f"{seconds} s."
        ),
        chosen=() if no_dropout else ("Dropout of 0.4 throughout; theirs was 0.3 to 0.5.",),
    )


_RUNGS = System(
    title="Features of pretrained networks, from quick to good",
    data="Any pictures. The figures are of 2,000 pictures of scenes with five labels.",
    steps="""\
from skmlic.metrics import get_scorer
from skmlic.model_selection import MultiLabelStratifiedKFold
from skmlic.recipes import get_recipe
from sklearn.model_selection import cross_val_score

cv = MultiLabelStratifiedKFold(3, shuffle=True, random_state=0)
clf = get_recipe("{name}", random_state=0)
scores = cross_val_score(clf, X, Y, scoring=get_scorer("map"), cv=cv)
""",
)


def _rung(speed, average_precision, **parameters):
    return Recipe(
        _RUNGS,
        parameters,
        reported=(
            f"Mean average precision {average_precision}, of pictures that go through the network "
            f"{speed} times as fast as in a plain loop of PyTorch with the smallest of these "
            "networks, on two cores that compute in bf16, with OpenVINO."
        ),
    )


RECIPES = {
    "fast": _rung(8.5, ".957"),
    "balanced": _rung(5.2, ".962", backbone="efficientnet_lite2"),
    "best": _rung(3.2, ".964", backbone=["efficientnet_lite0", "efficientnet_lite2"]),
    "voc5-cnn_large": Recipe(
        _VOC5,
        {
            "backbone": "cnn_large",
            "pooling": "flatten",
            "hidden_layer_sizes": (2048,),
            **_FROM_THE_FIRST_EPOCH,
            "lr": 1e-4,
            "backbone_lr": 1e-4,
        },
        reported=(
            "Training accuracy 70 % with person among the labels, 10 % without, 20 % after "
            "pictures without a label were thinned out."
        ),
        chosen=(
            "Five convolutions and a dense layer of 2048, 20.7 million parameters where theirs "
            'had about 21; the rate. They also tried tanh and selu (activation="selu", for the '
            'dense layer), He initialisation, augmentation (augment="flip") and 768 million '
            "parameters.",
        ),
    ),
    "voc5-xception": Recipe(
        _VOC5,
        {"backbone": "timm/legacy_xception", "pooling": "avg"},
        reported="No figures.",
        chosen=("The head is this package's default, on the average of the last map.",),
    ),
    "coco51-vgg16": _coco51(
        "vgg16",
        0.6,
        (256,),
        128,
        train=".9668 / .8977 / .8965",
        test=".6636 / .6416 / .4068",
        seconds=52,
        flattened=("25,088", 0.5),
    ),
    "coco51-inception_v3": _coco51(
        "inception_v3",
        0.7,
        (256,),
        64,
        train=".9890 / .9185 / .8939",
        test=".7713 / .6457 / .4797",
        seconds=29,
        flattened=("131,072", 2.6),
    ),
    "coco51-resnet152v2": _coco51(
        "resnet152",
        0.6,
        (256, 128),
        32,
        train=".9879 / .9288 / .9126",
        test=".7630 / .6292 / .4988",
        seconds=87,
        flattened=("100,352", 2.0),
        differences=(
            "ResNet152 of version 1: there are no weights of version 2 at this depth and width. "
            'backbone="timm/resnetv2_101" has the other order of layers, and fewer.',
        ),
    ),
    "coco51-nasnetalarge": _coco51(
        "timm/nasnetalarge",
        0.7,
        (256,),
        32,
        train=".9883 / .9552 / .9484",
        test=".7506 / .6631 / .5196",
        seconds=169,
        flattened=("487,872", 9.8),
    ),
    **{
        f"labels20-{label}-{kind}": recipe
        for label, backbone, frozen, fine_tuned in (
            ("inception_resnet_v2", "timm/inception_resnet_v2", 80.43, 86.03),
            ("resnet50", "resnet50", 68.86, 70.77),
            ("vgg16", "vgg16", 66.87, 69.04),
        )
        for kind, recipe in _labels20(backbone, frozen, fine_tuned).items()
    },
    "labels14-dummy": Recipe(
        replace(_LABELS14, differences=(), chosen=()),
        {"strategy": "frequency"},
        reported="No figures.",
        chosen=("The strategy: a picture's probabilities are the labels' frequencies.",),
        estimator=DummyMultiLabelClassifier,
    ),
    "labels14-cnn4": Recipe(
        _LABELS14,
        {
            "backbone": "cnn4",
            "pooling": "flatten",
            "hidden_layer_sizes": (512,),
            "dropout": 0.5,
        },
        reported=_BELOW_RESNET50,
        chosen=("32 to 256 channels; dense layers of 512 and of the labels, dropout of 0.5.",),
    ),
    "labels14-cnn3_bn": Recipe(
        _LABELS14,
        {
            "backbone": "cnn3_bn",
            "pooling": "flatten",
            "hidden_layer_sizes": (),
            "dropout": 0.0,
            "freeze_batch_norm": False,
        },
        reported=_BELOW_RESNET50,
        chosen=("32 to 128 channels.",),
    ),
    "labels14-cnn5_bn_avg": Recipe(
        _LABELS14,
        {
            "backbone": "cnn5_bn_avg",
            "pooling": "flatten",
            "hidden_layer_sizes": (256,),
            "dropout": 0.5,
            "freeze_batch_norm": False,
        },
        reported=_BELOW_RESNET50,
        differences=("No batch normalisation after the dense layer.",),
        chosen=(
            "32 to 256 channels, dropout of 0.25 between them; a dense layer of 256, dropout of "
            "0.5.",
        ),
    ),
    "labels14-resnet50": Recipe(
        _LABELS14,
        {"backbone": "resnet50", "pooling": "avg", "hidden_layer_sizes": ()},
        reported=(
            "The best of the six: all labels right for 59 % of the validation pictures. It "
            'overfits, and never finds "river".'
        ),
        chosen=("All of the network is trained on, with a linear head.",),
    ),
    "heads20-resnet50-2048-1024-512": _heads20(
        "resnet50", (2048, 1024, 512), 73.2, 47.3, 185, 7221
    ),
    "heads20-resnet50-1024-512": _heads20("resnet50", (1024, 512), 72.7, "47.0", 162, 7324),
    "heads20-densenet169-2048-1024-512": _heads20(
        "densenet169", (2048, 1024, 512), 74.8, 49.1, 130, 6934
    ),
    "heads20-densenet169-2048-1024": _heads20("densenet169", (2048, 1024), 72.9, 49.8, 99, 6789),
    "heads20-densenet121-2048-1024-512": _heads20(
        "densenet121", (2048, 1024, 512), 73.5, 48.3, 87, 6899
    ),
    "heads20-densenet121-2048-2048-512": _heads20(
        "densenet121", (2048, 2048, 512), 73.1, 47.1, 92, 6590
    ),
    "heads20-densenet121-512": _heads20("densenet121", (512,), 73.2, 45.1, 66, 6203, dropout=0.0),
}
