"""Settings and differences that are common to several published systems."""

STANDARDIZED = "The head standardizes the features of the network."
OWN_WEIGHTS = "The pretrained weights are those of torchvision or timm."
# The head and the backbone are trained together from the first epoch.
END_TO_END = {"freeze": False, "training__unfreeze_after": 0}
# The systems do without what this package does by default.
PLAIN_TRAINING = {"training__input_dropout": 0.0, "training__mix": None}
SAME_VIEWS = (
    "The head is trained on each image and on four augmented versions of it, which are the same in "
    "each epoch; the authors drew new ones in each epoch."
)
EARLY_STOPPING = (
    "Early stopping monitors the loss on a tenth of the training images, with a patience of 5 "
    "epochs."
)
