"""Training: the recipe, the data as batches, the loop, and what a run leaves behind."""

__all__ = ["augmentation", "board", "checkpoint", "data", "fast", "loop", "parity", "pictures", "predict", "recipe",
           "report", "several", "summary"]  # fmt: skip
