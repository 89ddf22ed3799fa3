"""51 labels of COCO, on four frozen networks."""

from skmlic.class_weight import ScaledLabelWeight
from skmlic.recipes._recipe import Recipe, System
from skmlic.recipes._systems._common import OWN_WEIGHTS, STANDARDIZED

_SYSTEM = System(
    title="COCO, 51 labels: four frozen backbones",
    data=(
        "5,000 of about 90,000 images; the 29 of 80 labels with fewer than 100 images were "
        "dropped. Stratified split into training and test sets."
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
        "training__mix": None,
        "class_weight": ScaledLabelWeight("inv_sqrt", {"person": 0.5}, missing="warn"),
        "lr": 1e-3,
        "max_epochs": 40,
    },
    differences=(
        OWN_WEIGHTS,
        STANDARDIZED,
        "Each image passes through the network once instead of once per epoch.",
    ),
    chosen=("The test set is a fifth of the images; the scores are micro averages.",),
)


def _row(parameters, *, train, test, seconds, flattened, differences=()):
    n_features, gigabytes = flattened
    return Recipe(
        _SYSTEM,
        parameters,
        reported=(
            f"ROC AUC / precision / recall: {train} on the training set, {test} on the test set; "
            f"{seconds} s per epoch."
        ),
        differences=(
            f"The flattened map of an image has {n_features} features, so that 5,000 images take "
            f"{gigabytes} GB of memory in training. Pass a directory to store them "
            '(memory="features"), or pooling="avg" for far fewer features.',
            *differences,
        ),
    )


RECIPES = {
    "coco51-vgg16": _row(
        {
            "backbone": "vgg16",
            "training__input_dropout": 0.6,
            "hidden_layer_sizes": (256,),
            "batch_size": 128,
        },
        train=".9668 / .8977 / .8965",
        test=".6636 / .6416 / .4068",
        seconds=52,
        flattened=("25,088", 0.5),
    ),
    "coco51-inception_v3": _row(
        {
            "backbone": "inception_v3",
            "training__input_dropout": 0.7,
            "hidden_layer_sizes": (256,),
            "batch_size": 64,
        },
        train=".9890 / .9185 / .8939",
        test=".7713 / .6457 / .4797",
        seconds=29,
        flattened=("131,072", 2.6),
    ),
    "coco51-resnet152v2": _row(
        {
            "backbone": "resnet152",
            "training__input_dropout": 0.6,
            "hidden_layer_sizes": (256, 128),
            "batch_size": 32,
        },
        train=".9879 / .9288 / .9126",
        test=".7630 / .6292 / .4988",
        seconds=87,
        flattened=("100,352", 2.0),
        differences=(
            "ResNet152 is version 1, because there are no weights of version 2 with this depth and "
            'width. backbone="timm/resnetv2_101" has the layers in the order of version 2, but '
            "fewer of them.",
        ),
    ),
    "coco51-nasnetalarge": _row(
        {
            "backbone": "timm/nasnetalarge",
            "training__input_dropout": 0.7,
            "hidden_layer_sizes": (256,),
            "batch_size": 32,
        },
        train=".9883 / .9552 / .9484",
        test=".7506 / .6631 / .5196",
        seconds=169,
        flattened=("487,872", 9.8),
    ),
}
