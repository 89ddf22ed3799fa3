"""Features of more images than one machine embeds, as Parquet files, and batches to learn from."""

from skmlic.distributed._batches import FeatureBatches
from skmlic.distributed._embedding import embed_to_parquet

__all__ = ["FeatureBatches", "embed_to_parquet"]
