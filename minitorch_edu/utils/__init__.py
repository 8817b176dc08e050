"""What training needs besides the network: `utils.data`, `utils.tensorboard`."""

import importlib


def __getattr__(name):
    if name == "data":  # loaded when first used
        return importlib.import_module(".data", __name__)
    raise AttributeError(f"minitorch_edu.utils has no {name!r}; it has data, and tensorboard after importing that")
