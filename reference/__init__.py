"""The oracle: every public name of minitorch_edu beside its torch twin, with the inputs that tell them apart.

`catalogue()` is the list that the tests (and everything else that compares) read. A record is written from torch's
documentation, never from our own code.
"""

import importlib

FAMILIES = ("elementwise", "reduce", "shape", "index", "matmul", "conv", "pool", "norm", "activation", "loss", "module",
            "optimizer", "scheduler", "random", "init", "transform")  # fmt: skip


def catalogue():
    """All records, in the order of their families."""
    return [record for family in FAMILIES for record in importlib.import_module(f"reference.{family}").RECORDS]
