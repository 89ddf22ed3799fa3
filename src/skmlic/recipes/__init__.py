"""Published systems, and settings for a fast, a balanced and the best classifier, by name."""

from skmlic.recipes._recipes import describe_recipe, get_recipe, list_recipes

__all__ = ["describe_recipe", "get_recipe", "list_recipes"]
