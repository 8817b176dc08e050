"""Training: the recipe, the data as batches, the loop, and what a run leaves behind."""

__all__ = ["augmentation", "checkpoint", "data", "fast", "loop", "parity", "predict", "recipe", "report", "several"]
