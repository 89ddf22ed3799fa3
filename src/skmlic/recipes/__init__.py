"""Ready estimators by name: three of our own, and published systems."""

from skmlic.recipes._description import describe_recipe
from skmlic.recipes._recipes import get_recipe, list_recipes

__all__ = ["describe_recipe", "get_recipe", "list_recipes"]
