"""Five classes of PASCAL VOC, with a network from scratch and with a frozen one."""

from skmlic.recipes._recipe import Recipe, System
from skmlic.recipes._systems._common import END_TO_END, PLAIN_TRAINING, STANDARDIZED

_SYSTEM = System(
    title="Five classes of PASCAL VOC: a CNN from scratch, then frozen Xception",
    data=(
        "About 5,000 training images. Of VOC's classes bird (395 images), car (590), cat (539), "
        "chair (566) and dog (632) were kept; person (1,994 images) dominated all others. Of the "
        "images that were left without a label, 260 were kept."
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
    parameters=PLAIN_TRAINING,
    differences=(STANDARDIZED,),
    chosen=("The optimizer, the epochs and the batch size are the defaults of this package.",),
)

RECIPES = {
    "voc5-cnn_large": Recipe(
        _SYSTEM,
        {
            "backbone": "cnn_large",
            "pooling": "flatten",
            "hidden_layer_sizes": (2048,),
            **END_TO_END,
            "lr": 1e-4,
            "training__backbone_lr": 1e-4,
        },
        reported=(
            "Training accuracy of 70 % with person among the labels, 10 % without it, and 20 % "
            "after images without a label were undersampled."
        ),
        chosen=(
            "Five convolutions and a dense layer of 2048 units, with 20.7 million parameters where "
            "theirs had about 21 million.",
            "The learning rate.",
            'The authors also tried tanh and selu (activation="selu", for the dense layer), He '
            'initialization, augmentation (augment="flip") and 768 million parameters.',
        ),
    ),
    "voc5-xception": Recipe(
        _SYSTEM,
        {"backbone": "timm/legacy_xception", "pooling": "avg"},
        reported="No figures.",
        chosen=("The head is the default of this package, on the average of the last map.",),
    ),
}
