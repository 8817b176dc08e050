"""What `max(dim)`, `sort`, `topk` and `median(dim)` return: a pair with names, printed as torch prints it.

Twin:  torch.return_types
"""

import collections

__all__ = ["max", "median", "min", "sort", "topk"]


def _pair(name):
    class Pair(collections.namedtuple(name, ("values", "indices"))):
        __slots__ = ()

        def __repr__(self):
            return f"torch.return_types.{name}(\nvalues={self.values!r},\nindices={self.indices!r})"

    Pair.__name__ = Pair.__qualname__ = name
    return Pair


max, median, min, sort, topk = map(_pair, ("max", "median", "min", "sort", "topk"))
