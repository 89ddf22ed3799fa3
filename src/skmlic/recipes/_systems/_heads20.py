"""20 labels, with heads of several sizes on frozen networks."""

from skmlic.recipes._recipe import Recipe, System
from skmlic.recipes._systems._common import (
    EARLY_STOPPING,
    OWN_WEIGHTS,
    PLAIN_TRAINING,
    SAME_VIEWS,
    STANDARDIZED,
)

_SYSTEM = System(
    title="20 labels, 31,985 images: dense heads on frozen ResNet50 and DenseNet",
    data="31,985 images, resized to 300 × 300.",
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
        "training__n_views": 5,
        **PLAIN_TRAINING,
        "dropout": 0.4,
        "optimizer": "rmsprop",
        "lr": 1e-3,
        "max_epochs": 10,
        "early_stopping": True,
        "batch_size": 32,
    },
    differences=(OWN_WEIGHTS, STANDARDIZED, SAME_VIEWS),
    chosen=(
        "Features are averages over the image: a model of the reported size has no room for a "
        "dense layer on a flattened map.",
        "The learning rate is 1e-3; the test set is a fifth of the images.",
        "Images are flipped left to right, but not upside down.",
        EARLY_STOPPING,
    ),
)


def _row(backbone, sizes, one_label, all_label, megabytes, seconds, **parameters):
    no_dropout = parameters.get("dropout") == 0
    return Recipe(
        _SYSTEM,
        {"backbone": backbone, "hidden_layer_sizes": sizes, **parameters},
        reported=(
            f"One-label accuracy {one_label} %, all-label accuracy {all_label} %; {megabytes} MB, "
            f"{seconds} s."
        ),
        chosen=()
        if no_dropout
        else ("Dropout is 0.4 after each hidden layer; theirs was 0.3 to 0.5.",),
    )


RECIPES = {
    "heads20-resnet50-2048-1024-512": _row("resnet50", (2048, 1024, 512), 73.2, 47.3, 185, 7221),
    "heads20-resnet50-1024-512": _row("resnet50", (1024, 512), 72.7, "47.0", 162, 7324),
    "heads20-densenet169-2048-1024-512": _row(
        "densenet169", (2048, 1024, 512), 74.8, 49.1, 130, 6934
    ),
    "heads20-densenet169-2048-1024": _row("densenet169", (2048, 1024), 72.9, 49.8, 99, 6789),
    "heads20-densenet121-2048-1024-512": _row(
        "densenet121", (2048, 1024, 512), 73.5, 48.3, 87, 6899
    ),
    "heads20-densenet121-2048-2048-512": _row(
        "densenet121", (2048, 2048, 512), 73.1, 47.1, 92, 6590
    ),
    "heads20-densenet121-512": _row("densenet121", (512,), 73.2, 45.1, 66, 6203, dropout=0.0),
}
