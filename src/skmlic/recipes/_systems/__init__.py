"""The recipes by name, with one module per published system."""

from skmlic.recipes._systems import _coco51, _heads20, _labels14, _labels20, _ladder, _voc5

# In the order of `skmlic.recipes.list_recipes`.
RECIPES = {
    **_ladder.RECIPES,
    **_voc5.RECIPES,
    **_coco51.RECIPES,
    **_labels20.RECIPES,
    **_labels14.RECIPES,
    **_heads20.RECIPES,
}

__all__ = ["RECIPES"]
