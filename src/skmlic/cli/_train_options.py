"""The options of ``skmlic train`` that are parameters of the classifier, in argparse's terms."""

import argparse
from functools import partial
from typing import Any

from skmlic.cli._model_options import MODEL_OPTIONS, OPTION_GROUPS, ModelOption


def add_model_options(parser: argparse.ArgumentParser, show_all: bool) -> None:
    """Add the options of the model to a parser.

    Parameters
    ----------
    parser : ArgumentParser
        The parser of the command.
    show_all : bool
        Whether the help shows all options by group, or only the common ones. The parser accepts all
        of them.
    """
    common = None if show_all else parser.add_argument_group("model")
    for title, options in OPTION_GROUPS.items():
        group = common or parser.add_argument_group(title)
        for option in options:
            _add_option(group, option, is_shown=show_all or option.is_common)


def add_model_option(parser: argparse.ArgumentParser, parameter: str) -> None:
    """Add the option of one parameter to a parser, with its default."""
    option = next(option for option in MODEL_OPTIONS if option.parameter == parameter)
    _add_option(parser, option, is_shown=True)
    parser.set_defaults(**{parameter: option.default})


def collect_parameters(args: argparse.Namespace) -> dict[str, Any]:
    """Return the parameters of the classifier that were given on the command line."""
    names = [option.parameter for option in MODEL_OPTIONS]
    return {name: getattr(args, name) for name in names if hasattr(args, name)}


def parse_value(option: ModelOption, text: str) -> Any:
    """Return the value of a parameter.

    Parameters
    ----------
    option : ModelOption
        The option of the parameter.
    text : str
        The value as it was typed.

    Returns
    -------
    value : object

    Raises
    ------
    argparse.ArgumentTypeError
        If the text is neither a choice nor of a type of the option.
    """
    if text in option.choices:
        return text
    for value_type in option.types:
        try:
            return value_type.parse(text)
        except ValueError:
            continue
    raise argparse.ArgumentTypeError(f"{text!r}; expected {option.metavar}")


def _add_option(group, option, is_shown):
    text = f"{option.help} (default: {_spell(option.default)})".replace("%", "%%")
    settings = {
        "dest": option.parameter,
        # A parameter that was not given is left to the classifier or to the recipe.
        "default": argparse.SUPPRESS,
        "help": text if is_shown else argparse.SUPPRESS,
    }
    if option.is_switch:
        group.add_argument(option.flag, action=argparse.BooleanOptionalAction, **settings)
    else:
        parse = partial(parse_value, option)
        group.add_argument(option.flag, type=parse, metavar=option.metavar, **settings)


def _spell(value):
    """Return a default as it would be typed."""
    if isinstance(value, tuple):
        return ",".join(map(str, value)) or "none"
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)
