"""The parameters of the classifier that are options of ``skmlic train``, as a table.

The help of the command line reads this table instead of the classifier, whose import takes seconds.
A test compares the two.
"""

from dataclasses import dataclass
from typing import Any

from skmlic.cli._values import (
    BOOLEAN,
    EMPTY,
    FALSE,
    INTEGER,
    JSON,
    NONE,
    NUMBER,
    PATH,
    RANGE,
    SIZE,
    TEXT,
    ValueType,
    list_of,
)


@dataclass(frozen=True)
class ModelOption:
    """A parameter of the classifier as an option.

    Parameters
    ----------
    parameter : str
        Name of the parameter, as ``set_params`` takes it: ``training__NAME`` for a parameter of
        TrainingOptions.
    help : str
        Description for the help, without a period.
    default : object
        Default of the parameter.
    types : tuple of ValueType, default=()
        Types that a text is tried as, in this order.
    choices : tuple of str, default=()
        Words that the parameter takes as they are, before any type is tried.
    is_common : bool, default=False
        Whether the short help shows the option.
    """

    parameter: str
    help: str
    default: Any
    types: tuple[ValueType, ...] = ()
    choices: tuple[str, ...] = ()
    is_common: bool = False

    @property
    def flag(self) -> str:
        """The name on the command line."""
        return "--" + self.parameter.rpartition("__")[2].replace("_", "-")

    @property
    def metavar(self) -> str:
        """The values, as the help shows them."""
        return "|".join([*self.choices, *(value_type.form for value_type in self.types)])

    @property
    def is_switch(self) -> bool:
        """Whether the option takes no value: ``--compile`` or ``--no-compile``."""
        return self.types == (BOOLEAN,) and not self.choices


# The parameters without an option, and why.
EXCLUDED = {
    "net_params": "Callbacks and the like can be written in Python only.",
    "on_error": "The command has an option of that name, for images that cannot be read.",
    "random_state": "The command has --seed, which also determines splits and folds.",
    "training": "Its parameters are options of their own.",
    "verbose": "The command shows progress unless it is --quiet.",
    "warm_start": "A command fits a model once.",
}

_NETWORK = (
    ModelOption(
        "backbone",
        "name of the pretrained network; several names concatenate the features of the networks",
        default="efficientnet_lite0",
        types=(list_of(TEXT),),
        is_common=True,
    ),
    ModelOption(
        "weights",
        "weights of the network: those that belong to its name, a file of weights (.pth, "
        ".safetensors), or none for random weights",
        default="default",
        types=(NONE, list_of(PATH)),
        choices=("default",),
    ),
    ModelOption(
        "pooling",
        "how the maps of the network become features",
        default="stages",
        choices=("avg", "max", "avgmax", "flatten", "stages", "token", "token+avg", "native"),
    ),
    ModelOption(
        "image_size",
        "size in pixels that images are resized to; none is the size that the weights were trained "
        "for, and several sizes concatenate their features",
        default=None,
        types=(list_of(INTEGER), SIZE, NONE),
        is_common=True,
    ),
    ModelOption(
        "resize",
        "whether images are squashed to the size, or their center is cropped",
        default="squash",
        choices=("squash", "crop"),
    ),
    ModelOption(
        "color_mode",
        "whether the network sees images in color or in grayscale",
        default="rgb",
        choices=("rgb", "grayscale"),
    ),
    ModelOption(
        "value_range",
        "the values that mean black and white in images of more than 8 bits, for example 0:4095 "
        "for 12 bits; none takes them from the type and the content",
        default=None,
        types=(RANGE, NONE),
    ),
)

_FINE_TUNING = (
    ModelOption(
        "freeze",
        "what part of the network is not trained: true for all of it, false for none, or the name "
        "or number of the last frozen stage",
        default=True,
        types=(BOOLEAN, INTEGER, TEXT),
        is_common=True,
    ),
    ModelOption(
        "training__freeze_batch_norm",
        "whether batch normalization keeps the statistics of the pretraining",
        default=True,
        types=(BOOLEAN,),
    ),
    ModelOption(
        "training__unfreeze_after",
        "number of epochs that train the head alone; none is three quarters of --max-epochs",
        default=None,
        types=(INTEGER, NONE),
    ),
    ModelOption(
        "training__backbone_lr",
        "learning rate of the network; none is a hundredth of --lr",
        default=None,
        types=(NUMBER, NONE),
    ),
    ModelOption(
        "training__layer_decay",
        "factor between the learning rates of a stage of the network and of the next stage",
        default=1.0,
        types=(NUMBER,),
    ),
    ModelOption(
        "augment",
        "name of the random changes of training images, one of "
        "skmlic.augmentation.list_augmentations",
        default=None,
        types=(NONE, TEXT),
    ),
    ModelOption(
        "training__n_views",
        "number of views of each training image: the image itself, and others changed by --augment",
        default=1,
        types=(INTEGER,),
    ),
    ModelOption(
        "training__erasing",
        "probability that a rectangle of a training image is erased while the network is trained",
        default=0.0,
        types=(NUMBER,),
    ),
    ModelOption(
        "training__mix",
        "how the images of a batch and their labels are mixed, or their features if the network is "
        "frozen",
        default="auto",
        types=(NONE,),
        choices=("auto", "mixup", "cutmix", "either"),
    ),
)

_HEAD = (
    ModelOption(
        "head",
        "a network that is trained, or kernel ridge regression in closed form",
        default="auto",
        choices=("auto", "net", "kernel"),
        is_common=True,
    ),
    ModelOption(
        "hidden_layer_sizes",
        "number of units of each hidden layer; none is a linear head",
        default=(256,),
        types=(list_of(INTEGER), EMPTY),
        is_common=True,
    ),
    ModelOption(
        "activation",
        "activation of the hidden layers",
        default="relu",
        choices=("relu", "tanh", "selu", "gelu", "silu", "elu", "leaky_relu"),
    ),
    ModelOption(
        "dropout",
        "probability that a hidden unit is dropped in training",
        default=0.5,
        types=(NUMBER,),
        is_common=True,
    ),
    ModelOption(
        "training__input_dropout",
        "probability that a feature is dropped in training",
        default="auto",
        types=(NUMBER,),
        choices=("auto",),
    ),
)

_LABELS_AND_LOSS = (
    ModelOption(
        "class_weight",
        "weights of the labels in the loss: balanced, inv, inv_sqrt or effective, one number per "
        "label, or a JSON object keyed by label name",
        default=None,
        types=(list_of(NUMBER), JSON, NONE, TEXT),
        is_common=True,
    ),
    ModelOption(
        "loss",
        "loss that training minimizes: bce, focal, asl, two_way, zlpr, db, soft_margin, mse, l1, "
        "hamming or fbeta",
        default="bce",
        types=(TEXT,),
        is_common=True,
    ),
    ModelOption(
        "loss_params",
        'parameters of the loss, for example {"gamma": 1} or {"label_smoothing": 0.1}',
        default=None,
        types=(JSON, NONE),
    ),
    ModelOption(
        "training__missing_weight",
        "weight, from 0 to 1, with which missing labels count as negatives",
        default=0.0,
        types=(NUMBER,),
    ),
    ModelOption(
        "training__sampler",
        "how images are sampled in training; balanced samples all labels equally often",
        default=None,
        types=(NONE,),
        choices=("balanced",),
    ),
    ModelOption(
        "training__hard_negatives",
        "number of images without a label that an epoch trains on, per image with a label; none is "
        "all of them",
        default=None,
        types=(NUMBER, NONE),
    ),
)

_TRAINING = (
    ModelOption(
        "optimizer",
        "name of an optimizer of torch.optim, or lbfgs for a linear head",
        default="adam",
        types=(TEXT,),
    ),
    ModelOption(
        "lr",
        "learning rate",
        default=1e-3,
        types=(NUMBER,),
        is_common=True,
    ),
    ModelOption(
        "lr_schedule",
        "schedule of the learning rate: cosine, onecycle, step, plateau or inverse_time",
        default=None,
        types=(NONE, TEXT),
    ),
    ModelOption(
        "training__warmup_epochs",
        "number of epochs in which the learning rate rises from 0",
        default=0,
        types=(NUMBER,),
    ),
    ModelOption(
        "weight_decay",
        "weight decay of the optimizer",
        default=0.0,
        types=(NUMBER,),
    ),
    ModelOption(
        "max_epochs",
        "number of epochs, the largest one with --early-stopping",
        default=20,
        types=(INTEGER,),
        is_common=True,
    ),
    ModelOption(
        "batch_size",
        "number of images per step of training",
        default=64,
        types=(INTEGER,),
    ),
    ModelOption(
        "training__accumulation_steps",
        "number of batches whose gradients are accumulated into one step",
        default=1,
        types=(INTEGER,),
    ),
    ModelOption(
        "training__gradient_clip",
        "largest norm of the gradient of a step",
        default=None,
        types=(NUMBER, NONE),
    ),
)

_EARLY_STOPPING = (
    ModelOption(
        "early_stopping",
        "whether training stops when the score of held-out images no longer improves",
        default=False,
        types=(BOOLEAN,),
        is_common=True,
    ),
    ModelOption(
        "training__validation_fraction",
        "fraction of the training images that early stopping holds out",
        default=0.1,
        types=(NUMBER,),
    ),
    ModelOption(
        "n_iter_no_change",
        "number of epochs without improvement after which training stops",
        default=5,
        types=(INTEGER,),
    ),
    ModelOption(
        "scoring",
        "scores of the held-out images: loss, or names of skmlic.metrics.get_scorer_names; the "
        "first one decides",
        default="loss",
        types=(list_of(TEXT),),
    ),
    ModelOption(
        "training__checkpoint",
        "directory in which training is saved after each epoch, so that it can be resumed",
        default=None,
        types=(NONE, PATH),
    ),
)

_COMPUTING = (
    ModelOption(
        "device",
        "device of the network and the head, such as cpu or cuda",
        default="auto",
        types=(TEXT,),
        is_common=True,
    ),
    ModelOption(
        "engine",
        "library that runs the frozen network",
        default="auto",
        choices=("auto", "torch", "openvino"),
    ),
    ModelOption(
        "precision",
        "arithmetic of the network",
        default="auto",
        choices=("auto", "fp32", "bf16", "fp16"),
    ),
    ModelOption(
        "training__compile",
        "whether torch.compile compiles the network while it is trained",
        default=False,
        types=(BOOLEAN,),
    ),
    ModelOption(
        "n_jobs",
        "number of threads that decode images and run the network on a CPU; -1 is one per core",
        default=None,
        types=(INTEGER, NONE),
        is_common=True,
    ),
    ModelOption(
        "memory",
        "directory in which features are stored for later commands; none keeps them while this "
        "command runs, false does not keep them",
        default=None,
        types=(FALSE, NONE, PATH),
        is_common=True,
    ),
)

# By the title that each group has in the help.
OPTION_GROUPS = {
    "network": _NETWORK,
    "fine-tuning of the network": _FINE_TUNING,
    "head": _HEAD,
    "labels and loss": _LABELS_AND_LOSS,
    "training": _TRAINING,
    "early stopping": _EARLY_STOPPING,
    "computing": _COMPUTING,
}
MODEL_OPTIONS = tuple(option for options in OPTION_GROUPS.values() for option in options)
