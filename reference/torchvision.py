"""torchvision, also beside a CPU-only torch: `from reference.torchvision import torchvision`.

The wheel on PyPI is built for CUDA. Beside a torch without CUDA its compiled extension cannot be loaded, and importing
it ends with "operator torchvision::nms does not exist" (https://github.com/pytorch/pytorch/issues/157648). Data sets
and transforms need none of the extension: it is enough that torch knows the names of the operators that torchvision
mentions while it is imported. Where the import works, nothing is touched.
"""

import importlib
import re
import sys

import torch

__all__ = ["torchvision"]

_declared = []  # torch forgets what is declared when these objects are gone


def _import_torchvision():
    for _ in range(10):  # two rounds are known to be needed: nms, then qnms
        try:
            return importlib.import_module("torchvision")
        except RuntimeError as error:
            missing = re.search(r"operator torchvision::(\w+) does not exist", str(error))
            if missing is None:
                raise
        library = torch.library.Library("torchvision", "FRAGMENT")
        library.define(f"{missing[1]}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _declared.append(library)
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]
    raise ImportError("torchvision asks for more and more operators that its extension should have brought")


torchvision = _import_torchvision()
