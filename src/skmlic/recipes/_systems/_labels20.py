"""20 labels, on networks that are frozen and on the same networks fine-tuned."""

from skmlic.recipes._recipe import Recipe, System
from skmlic.recipes._systems._common import (
    EARLY_STOPPING,
    END_TO_END,
    OWN_WEIGHTS,
    PLAIN_TRAINING,
    SAME_VIEWS,
    STANDARDIZED,
)

_SYSTEM = System(
    title="20 labels, 47,441 images: backbones frozen and fully fine-tuned",
    data="31,925 training and 15,516 test images, resized to 256 × 256.",
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
        **PLAIN_TRAINING,
        "augment": "geometric",
        "lr": 1e-5,
        "lr_schedule": "inverse_time",
        "max_epochs": 20,
        "early_stopping": True,
        "batch_size": 64,
    },
    differences=(OWN_WEIGHTS, STANDARDIZED),
    chosen=("The head is linear, on the average of the last map.", EARLY_STOPPING),
)


def _make_pair(label, backbone, frozen, fine_tuned):
    """Return the recipes of a backbone, with the accuracy (in %) of either."""
    return {
        f"labels20-{label}-frozen": Recipe(
            _SYSTEM,
            {"backbone": backbone, "training__n_views": 5},
            reported=f"One-label accuracy {frozen} %; {fine_tuned} % fine-tuned.",
            differences=(SAME_VIEWS,),
        ),
        f"labels20-{label}-finetuned": Recipe(
            _SYSTEM,
            {"backbone": backbone, **END_TO_END, "training__backbone_lr": 1e-5},
            reported=f"One-label accuracy {fine_tuned} %; {frozen} % frozen.",
            differences=(
                "Batch normalization keeps the statistics of the pretraining; "
                "training=TrainingOptions(freeze_batch_norm=False) updates them.",
            ),
        ),
    }


RECIPES = {
    **_make_pair("inception_resnet_v2", "timm/inception_resnet_v2", 80.43, 86.03),
    **_make_pair("resnet50", "resnet50", 68.86, 70.77),
    **_make_pair("vgg16", "vgg16", 66.87, 69.04),
}
