"""A fitted model as one torch module, from pixels to labels."""

import copy

import torch
from torch import nn

from skmlic.export._calibration import Sigmoid, make_calibration
from skmlic.export._decision import make_decision

# The weights of red, green and blue in Pillow's mode "L", in 65536ths.
_LUMA = (19595.0, 38470.0, 7471.0)


class ModelGraph(nn.Module):
    """Compute probabilities and labels of images that have the size of the network's input.

    Parameters
    ----------
    extractors : list of nn.Module
        From pixels (n, height, width, 3) to features; those of several are concatenated.
    head : nn.Module
        From features to logits.
    calibration : nn.Module
        From logits to probabilities.
    decision : Decision
        From logits and probabilities to labels.
    color_mode : {"rgb", "grayscale"}
        Whether images are converted to grayscale.
    """

    def __init__(self, extractors, head, calibration, decision, color_mode):
        super().__init__()
        self.extractors = nn.ModuleList(extractors)
        self.head = head
        self.calibration = calibration
        self.decision = decision
        self.color_mode = color_mode
        self.register_buffer("luma", torch.tensor(_LUMA))

    def forward(self, pixels):
        """Return probabilities and labels.

        Parameters
        ----------
        pixels : tensor of shape (n, height, width, 3), dtype uint8

        Returns
        -------
        probabilities : tensor of shape (n, n_labels), dtype float32
        labels : tensor of shape (n, n_labels), dtype int64
        """
        pixels = pixels.float()
        if self.color_mode == "grayscale":
            # Sums and products are whole numbers below 2**24, so that float32 is exact.
            gray = ((pixels * self.luma).sum(dim=3, keepdim=True) + 2**15).div(2**16).floor()
            pixels = torch.cat([gray, gray, gray], dim=3)
        features = torch.cat([extractor(pixels) for extractor in self.extractors], dim=1)
        logits = self.head(features)
        probabilities = self.calibration(logits).float()
        return probabilities, self.decision(logits.float(), probabilities)


def make_graph(parts):
    """Return the graph of a model.

    Parameters
    ----------
    parts : Parts
        As `find_parts` returns them.

    Returns
    -------
    graph : ModelGraph
        On the CPU, in evaluation mode. It shares no tensors with the model.
    """
    classifier = parts.classifier
    calibrated = parts.calibrated
    graph = ModelGraph(
        [backbone.extractor for backbone in classifier.embedder_.backbones_],
        classifier.net_.module_,
        Sigmoid() if calibrated is None else make_calibration(calibrated.calibrators_),
        make_decision(parts.deciding, classifier.n_labels_),
        classifier.color_mode,
    )
    return copy.deepcopy(graph).cpu().eval().requires_grad_(False)
