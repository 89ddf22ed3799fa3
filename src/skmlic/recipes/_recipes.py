"""Ready estimators: three of our own, and published systems with what they were and reached."""

import copy
import difflib
import fnmatch
import textwrap
from typing import Any

from skmlic.classifier import TransferMultiLabelClassifier
from skmlic.dummy import DummyMultiLabelClassifier
from skmlic.recipes._published import RECIPES

__all__ = ["describe_recipe", "get_recipe", "list_recipes"]

_WIDTH = 88
_INDENT = "    "


def list_recipes(pattern: str | None = None) -> list[str]:
    """List the names of recipes.

    Parameters
    ----------
    pattern : str, default=None
        Part of a name, or a pattern with ``*`` and ``?``; case does not matter. By default all.

    Returns
    -------
    names : list of str
        "fast", "balanced" and "best": frozen networks of growing cost. Then published systems; the
        part before the first hyphen says which: "voc5", "coco51", "labels20", "labels14" or
        "heads20".

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
    if pattern is None:
        return list(RECIPES)
    pattern = pattern.lower()
    if not any(mark in pattern for mark in "*?["):
        pattern = f"*{pattern}*"
    return fnmatch.filter(RECIPES, pattern)


def describe_recipe(name: str) -> str:
    """Describe a recipe: whose figures it is after, what is different, and the code around it.

    Parameters
    ----------
    name : str
        One of :func:`list_recipes`.

    Returns
    -------
    text : str
        Of several lines, to be printed.

    Raises
    ------
    ValueError
        If there is no such recipe.

    Examples
    --------
    >>> from skmlic.recipes import describe_recipe
    >>> print(describe_recipe("labels20-vgg16-frozen"))
    labels20-vgg16-frozen
    20 labels, 47,441 pictures: backbones frozen and fully fine-tuned
    <BLANKLINE>
    Data
        31,925 training and 15,516 test pictures, resized to 256 × 256.
    ...
    """
    recipe = _find(name)
    system = recipe.system
    sections = {
        "Data": _wrap(system.data),
        "Reported": _wrap(recipe.reported),
        "Different here": _itemize(system.differences + recipe.differences),
        "Not reported, chosen here": _itemize(system.chosen + recipe.chosen),
        "Estimator": _indent(_spell(recipe)),
        "Code": _indent(system.steps.replace("{name}", name)),
    }
    blocks = [f"{title}\n{text}" for title, text in sections.items() if text]
    return "\n\n".join([f"{name}\n{system.title}", *blocks])


def get_recipe(
    name: str, **overrides: Any
) -> TransferMultiLabelClassifier | DummyMultiLabelClassifier:
    """Make the estimator of a recipe.

    Parameters
    ----------
    name : str
        One of :func:`list_recipes`.

    **overrides : dict
        Parameters of the estimator that are to be other than the recipe's, for example
        ``random_state=0``, ``memory="features"`` or ``weights=None``.

    Returns
    -------
    estimator : TransferMultiLabelClassifier or DummyMultiLabelClassifier
        Not fitted.

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
    recipe = _find(name)
    known = recipe.estimator().get_params()
    for parameter in overrides:
        if parameter not in known:
            raise TypeError(
                f"{recipe.estimator.__name__}, which the recipe {name!r} makes, has no parameter "
                f"{parameter!r}.{_hint(parameter, known)}"
            )
    return recipe.estimator(**{**copy.deepcopy(recipe.all_parameters), **overrides})


def _find(name):
    if name not in RECIPES:
        raise ValueError(
            f"There is no recipe {name!r}.{_hint(str(name), RECIPES)} "
            "skmlic.recipes.list_recipes() lists them all."
        )
    return RECIPES[name]


def _hint(name, known):
    name = name.lower()
    near = [other for other in known if name and name in other][:3]
    near = near or difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    return f" Did you mean {' or '.join(map(repr, near))}?" if near else ""


def _spell(recipe):
    """Return the code that makes a recipe's estimator."""
    lines = [f"{parameter}={value!r}," for parameter, value in recipe.all_parameters.items()]
    return "\n".join([f"{recipe.estimator.__name__}(", *(_INDENT + line for line in lines), ")"])


def _wrap(text):
    return textwrap.fill(
        text, _WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT, break_long_words=False
    )


def _itemize(items):
    return "\n".join(
        textwrap.fill(item, _WIDTH, initial_indent=f"{_INDENT}- ", subsequent_indent=f"{_INDENT}  ")
        for item in items
    )


def _indent(code):
    return textwrap.indent(code.strip(), _INDENT)
