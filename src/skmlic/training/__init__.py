"""The training of heads on features, and of backbones with them."""
