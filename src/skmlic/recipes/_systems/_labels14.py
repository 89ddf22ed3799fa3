"""14 labels, with a baseline, three small networks from scratch and ResNet50."""

from dataclasses import replace

from skmlic.dummy import DummyMultiLabelClassifier
from skmlic.recipes._recipe import Recipe, System
from skmlic.recipes._systems._common import END_TO_END, PLAIN_TRAINING, STANDARDIZED

_SYSTEM = System(
    title="14 labels: a dummy, three CNNs from scratch and ResNet50",
    data=(
        "20,000 images of 128 × 128 pixels with the labels baby, bird, car, clouds, dog, female, "
        "flower, male, night, people, portrait, river, sea and tree; 9,824 images have none. One "
        "file per label lists the images that have it. Split into 80 % training, 10 % validation, "
        "10 % test."
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
        **PLAIN_TRAINING,
        "optimizer": "adadelta",
        "lr": 0.2,
        "training__backbone_lr": 0.2,
        "batch_size": 32,
        "max_epochs": 15,
        **END_TO_END,
    },
    differences=(STANDARDIZED,),
    chosen=(
        'Images are in color; the authors also tried grayscale images (color_mode="grayscale").',
    ),
)
_BELOW_RESNET50 = "No figures; worse than pretrained ResNet50."

RECIPES = {
    "labels14-dummy": Recipe(
        replace(_SYSTEM, differences=(), chosen=()),
        {"strategy": "frequency"},
        reported="No figures.",
        chosen=("The strategy: predicted probabilities are the frequencies of the labels.",),
        estimator=DummyMultiLabelClassifier,
    ),
    "labels14-cnn4": Recipe(
        _SYSTEM,
        {
            "backbone": "cnn4",
            "pooling": "flatten",
            "hidden_layer_sizes": (512,),
            "dropout": 0.5,
        },
        reported=_BELOW_RESNET50,
        chosen=(
            "The convolutions have 32 to 256 channels. A dense layer of 512 units and the output "
            "layer follow, with dropout of 0.5.",
        ),
    ),
    "labels14-cnn3_bn": Recipe(
        _SYSTEM,
        {
            "backbone": "cnn3_bn",
            "pooling": "flatten",
            "hidden_layer_sizes": (),
            "dropout": 0.0,
            "training__freeze_batch_norm": False,
        },
        reported=_BELOW_RESNET50,
        chosen=("The convolutions have 32 to 128 channels.",),
    ),
    "labels14-cnn5_bn_avg": Recipe(
        _SYSTEM,
        {
            "backbone": "cnn5_bn_avg",
            "pooling": "flatten",
            "hidden_layer_sizes": (256,),
            "dropout": 0.5,
            "training__freeze_batch_norm": False,
        },
        reported=_BELOW_RESNET50,
        differences=("There is no batch normalization after the dense layer.",),
        chosen=(
            "The convolutions have 32 to 256 channels, with dropout of 0.25 between them. A dense "
            "layer of 256 units follows, with dropout of 0.5.",
        ),
    ),
    "labels14-resnet50": Recipe(
        _SYSTEM,
        {"backbone": "resnet50", "pooling": "avg", "hidden_layer_sizes": ()},
        reported=(
            "The best of the six: all labels are right for 59 % of the validation images. It "
            'overfits, and never predicts "river".'
        ),
        chosen=("The whole network is fine-tuned, with a linear head.",),
    ),
}
