"""Descriptions of recipes, to be printed."""

import textwrap

from skmlic.recipes._recipe import Recipe
from skmlic.recipes._recipes import find_recipe

_WIDTH = 88
_INDENT = "    "


def describe_recipe(name: str) -> str:
    """Describe a recipe: the authors' data and results, the differences, and the code to run it.

    Parameters
    ----------
    name : str
        A name that :func:`list_recipes` returns.

    Returns
    -------
    text : str
        Several lines, to be printed.

    Raises
    ------
    ValueError
        If there is no such recipe.

    Examples
    --------
    >>> from skmlic.recipes import describe_recipe
    >>> print(describe_recipe("labels20-vgg16-frozen"))
    labels20-vgg16-frozen
    20 labels, 47,441 images: backbones frozen and fully fine-tuned
    <BLANKLINE>
    Data
        31,925 training and 15,516 test images, resized to 256 × 256.
    ...
    """
    recipe = find_recipe(name)
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


def _spell(recipe: Recipe) -> str:
    """Return the code that makes the estimator."""
    arguments = {name: repr(value) for name, value in recipe.flat_parameters.items()}
    if recipe.training_parameters:
        nested = {name: repr(value) for name, value in recipe.training_parameters.items()}
        arguments["training"] = _spell_call("TrainingOptions", nested)
    return _spell_call(recipe.estimator.__name__, arguments)


def _spell_call(function: str, arguments: dict[str, str]) -> str:
    if not arguments:
        return f"{function}()"
    lines = [f"{name}={value}," for name, value in arguments.items()]
    return "\n".join([f"{function}(", textwrap.indent("\n".join(lines), _INDENT), ")"])


def _wrap(text: str) -> str:
    return textwrap.fill(
        text, _WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT, break_long_words=False
    )


def _itemize(items: tuple[str, ...]) -> str:
    return "\n".join(
        textwrap.fill(item, _WIDTH, initial_indent=f"{_INDENT}- ", subsequent_indent=f"{_INDENT}  ")
        for item in items
    )


def _indent(code: str) -> str:
    return textwrap.indent(code.strip(), _INDENT)
