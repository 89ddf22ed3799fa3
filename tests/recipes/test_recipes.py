"""Recipes by name, and parameters that override theirs."""

import pytest

from skmlic import TrainingOptions
from skmlic.recipes import describe_recipe, get_recipe, list_recipes


def test_patterns():
    names = list_recipes()
    assert list_recipes("HEADS20") == [name for name in names if name.startswith("heads20-")]
    assert list_recipes("*-finetuned") == [name for name in names if name.endswith("-finetuned")]
    assert list_recipes("nothing") == []


def test_overrides():
    clf = get_recipe("coco51-vgg16", training__input_dropout=0.1, memory="features")
    assert (clf.training.input_dropout, clf.memory, clf.backbone) == (0.1, "features", "vgg16")
    assert clf.training.mix is None
    assert get_recipe("coco51-vgg16").training.input_dropout == 0.6
    assert get_recipe("labels14-dummy", strategy="none").strategy == "none"


def test_nested_overrides_of_a_recipe_without_training_options():
    assert get_recipe("fast").training is None
    assert get_recipe("fast", training__mix="mixup").training.mix == "mixup"


def test_other_training_options_replace_those_of_the_recipe():
    training = TrainingOptions(gradient_clip=1.0)
    clf = get_recipe("coco51-vgg16", training=training, training__n_views=2)
    assert clf.training.get_params() == TrainingOptions(gradient_clip=1.0, n_views=2).get_params()


def test_estimators_do_not_share_mutable_parameters():
    clf = get_recipe("coco51-vgg16")
    clf.class_weight.scale["person"] = 7
    clf.set_params(training__mix="mixup")
    assert get_recipe("coco51-vgg16").class_weight.scale == {"person": 0.5}
    assert get_recipe("coco51-vgg16").training.mix is None


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("coco51-vgg", "'coco51-vgg16'"),
        ("Coco51-VGG16", "'coco51-vgg16'"),
        ("xception", "'voc5-xception'"),
        ("nasnet", "'coco51-nasnetalarge'"),
    ],
)
def test_unknown_name(name, near):
    for function in (get_recipe, describe_recipe):
        with pytest.raises(ValueError, match=f"no recipe '{name}'. Did you mean .*{near}.*list_re"):
            function(name)


def test_unknown_name_far_from_all():
    with pytest.raises(ValueError, match=r"no recipe 'qqq'. skmlic.recipes.list_recipes\(\) lists"):
        get_recipe("qqq")


@pytest.mark.parametrize(
    ("name", "parameter", "message"),
    [
        ("voc5-xception", "drop", "'dropout' or 'training__input_dropout'"),
        ("fast", "mix", "TransferMultiLabelClassifier.*no parameter 'mix'.*'training__mix'"),
        ("labels14-dummy", "dropout", "DummyMultiLabelClassifier.*no parameter 'dropout'"),
        ("labels14-dummy", "training__mix", "DummyMultiLabelClassifier.*no parameter 'training__m"),
    ],
)
def test_unknown_parameter(name, parameter, message):
    with pytest.raises(TypeError, match=message):
        get_recipe(name, **{parameter: 0.1})
