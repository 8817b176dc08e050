"""The oracle: every public name of minitorch_edu beside its torch twin, with the inputs that tell them apart.

`catalogue()` is the list that the tests (and everything else that compares) read. A record is written from torch's
documentation, never from our own code.
"""

import difflib
import importlib

FAMILIES = ("elementwise", "reduce", "shape", "index", "matmul", "conv", "pool", "norm", "activation", "loss", "module",
            "optimizer", "scheduler", "random", "init", "transform", "methods", "structure",
            "container", "data", "engine")  # fmt: skip


def catalogue():
    """All records, in the order of their families."""
    return [record for family in FAMILIES for record in importlib.import_module(f"reference.{family}").RECORDS]


def find(name):
    """The record of this name (or of the only one that differs from it in capitals, or by dots in front).

    KeyError with similar names if there is none.
    """
    records = {record.name: record for record in catalogue()}
    alike = [known for known in records if known.lower() == name.lower()]
    alike = alike or [known for known in records if known.lower().endswith(f".{name.lower()}")]
    if name not in records and len(alike) != 1:
        close = difflib.get_close_matches(name, records, 5, 0.5)
        raise KeyError(f"no record {name!r} in the catalogue" + (f"; similar: {', '.join(close)}" if close else ""))
    return records[name] if name in records else records[alike[0]]
