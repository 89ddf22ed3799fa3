"""Our own recipes: frozen networks, from the fastest to the most accurate."""

from skmlic.recipes._recipe import Recipe, System

_SYSTEM = System(
    title="Features of pretrained networks, from quick to good",
    data="Any images. The figures are for 2,000 images of scenes with five labels.",
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
        _SYSTEM,
        parameters,
        reported=(
            f"Mean average precision {average_precision}. Images pass through the network {speed} "
            "times as fast as in a plain PyTorch loop with the smallest of these networks, on two "
            "cores that compute in bf16, with OpenVINO."
        ),
    )


RECIPES = {
    "fast": _rung(8.5, ".964"),
    "balanced": _rung(5.2, ".966", backbone="efficientnet_lite2"),
    "best": _rung(3.2, ".968", backbone=["efficientnet_lite0", "efficientnet_lite2"]),
}
