"""What training needs besides the network: `utils.data`, and `utils.tensorboard`, which is imported explicitly."""

import importlib

__all__ = ["data"]


def __dir__():
    return ["data", "tensorboard"]


def __getattr__(name):
    if name == "data":  # loaded when first used
        return importlib.import_module(".data", __name__)
    if name == "tensorboard":  # it needs a package that nothing else here does, so that torch does not load it either
        raise AttributeError(
            "minitorch_edu.utils.tensorboard is imported explicitly, as in torch: "
            "from minitorch_edu.utils.tensorboard import SummaryWriter"
        )
    raise AttributeError(f"minitorch_edu.utils has no {name!r}; it has data and tensorboard")
