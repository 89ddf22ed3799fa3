"""Recipes by name."""

from typing import Any

from skmlic._utils._names import did_you_mean, filter_names
from skmlic.classifier import TransferMultiLabelClassifier
from skmlic.dummy import DummyMultiLabelClassifier
from skmlic.recipes._recipe import NESTED, Recipe
from skmlic.recipes._systems import RECIPES
from skmlic.training import TrainingOptions


def list_recipes(pattern: str | None = None) -> list[str]:
    """List the names of recipes.

    Parameters
    ----------
    pattern : str, default=None
        Part of a name, or a pattern with ``*`` and ``?``, in any case. By default all names are
        returned.

    Returns
    -------
    names : list of str
        First "fast", "balanced" and "best", which are frozen networks of increasing cost. Then the
        published systems: the part before the first hyphen names the system, "voc5", "coco51",
        "labels20", "labels14" or "heads20".

    Examples
    --------
    >>> from skmlic.recipes import list_recipes
    >>> list_recipes()[:3]
    ['fast', 'balanced', 'best']
    >>> list_recipes("coco51")
    ['coco51-vgg16', 'coco51-inception_v3', 'coco51-resnet152v2', 'coco51-nasnetalarge']
    >>> list_recipes("*vgg16*frozen")
    ['labels20-vgg16-frozen']
    """
    return filter_names(RECIPES, pattern)


def get_recipe(
    name: str, **overrides: Any
) -> TransferMultiLabelClassifier | DummyMultiLabelClassifier:
    """Make the estimator of a recipe.

    Parameters
    ----------
    name : str
        A name that :func:`list_recipes` returns.

    **overrides : dict
        Parameters of the estimator that differ from the recipe, for example ``random_state=0``,
        ``memory="features"`` or ``weights=None``. Nested parameters are named as in
        ``set_params``: ``training__mix="mixup"``.

    Returns
    -------
    estimator : TransferMultiLabelClassifier or DummyMultiLabelClassifier
        The estimator, not fitted.

    Raises
    ------
    ValueError
        If there is no such recipe.
    TypeError
        If the estimator has no such parameter.

    See Also
    --------
    describe_recipe : What the authors did, and what is different here.
    skmlic.comparison.compare_backbones : A table of several recipes.

    Examples
    --------
    >>> from skmlic.datasets import make_multilabel_shapes
    >>> from skmlic.recipes import get_recipe
    >>> X, Y = make_multilabel_shapes(20, n_labels=3, random_state=0)
    >>> clf = get_recipe("labels14-cnn3_bn", image_size=32, max_epochs=1, random_state=0)
    >>> clf.fit(X, Y).predict(X).shape
    (20, 3)
    """
    estimator = find_recipe(name).make()
    known = list(estimator.get_params())
    if isinstance(estimator, TransferMultiLabelClassifier):
        nested = [f"{NESTED}{parameter}" for parameter in TrainingOptions().get_params()]
        known = list(dict.fromkeys([*known, *nested]))
    for parameter in overrides:
        if parameter not in known:
            raise TypeError(
                f"{type(estimator).__name__}, which the recipe {name!r} makes, has no parameter "
                f"{parameter!r}.{_suggest(parameter, known)}"
            )
    return estimator.set_params(**overrides)


def find_recipe(name: str) -> Recipe:
    """Return the recipe of a name, or raise an error that suggests similar names."""
    if not isinstance(name, str) or name not in RECIPES:
        raise ValueError(
            f"There is no recipe {name!r}.{_suggest(str(name), list(RECIPES))} "
            "skmlic.recipes.list_recipes() lists them all."
        )
    return RECIPES[name]


def _suggest(name: str, known: list[str]) -> str:
    """Suggest names that contain a mistyped one, otherwise names that are similar."""
    name = name.lower()
    containing = [other for other in known if name and name in other][:3]
    if containing:
        return f" Did you mean {' or '.join(map(repr, containing))}?"
    return did_you_mean(name, known)
