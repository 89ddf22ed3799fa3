"""Learning rates of a backbone's stages."""

from bisect import bisect_left


def make_rate_groups(extractor, rate, layer_decay):
    """Return the learning rates of the parts of a backbone.

    Parameters
    ----------
    extractor : FeatureExtractor
        The backbone, which is the attribute ``extractor`` of the trained module.
    rate : float
        Learning rate of the last stage.
    layer_decay : float
        Factor from the rate of a stage to that of the stage before it. In a network without stages,
        a transformer, each part that has weights counts as a stage.

    Returns
    -------
    groups : list of tuple (str, dict)
        Pattern of parameter names and optimizer options, in the order of the network.
    """
    if layer_decay == 1:
        return [("extractor.*", {"lr": rate})]
    network, parts = extractor.network, extractor.part_names
    ends = [parts.index(stage) for stage in extractor.stage_names]
    if len(ends) < 2:
        ends = [i for i, part in enumerate(parts) if _is_innermost(part, network, parts)]
    names = [name for name, _ in network.named_parameters(recurse=False)]
    patterns = [(f"extractor.network.{name}", 0) for name in names]
    patterns += [
        (f"extractor.network.{part}.*", bisect_left(ends, i)) for i, part in enumerate(parts)
    ]
    last = max(len(ends) - 1, 0)
    return [
        (pattern, {"lr": rate * layer_decay ** (last - min(stage, last))})
        for pattern, stage in patterns
    ]


def _is_innermost(part, network, parts):
    has_weights = next(network.get_submodule(part).parameters(), None) is not None
    return has_weights and not any(other.startswith(f"{part}.") for other in parts)
