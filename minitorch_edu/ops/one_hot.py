"""One-hot coding: class k becomes a row of zeros with a single 1 at place k.

Twin:  torch.nn.functional.one_hot
"""

import numpy as np

from ..autograd import op
from ..dtypes import as_dtype

__all__ = ["one_hot"]


@op(memory="contiguous")
def one_hot(input, num_classes=-1):
    """Classes (*) of int64 -> rows (*, num_classes) of int64; num_classes = -1 means the largest class + 1.

    Raises RuntimeError for other dtypes and for values outside 0..num_classes-1.

    >>> F.one_hot(torch.tensor([0, 2]), num_classes=3)
    tensor([[1, 0, 0],
            [0, 0, 1]])
    """
    if input.dtype != np.int64:
        raise RuntimeError(
            f"one_hot is only applicable to index tensor of type LongTensor, got {as_dtype(input.dtype)}; use .long()"
        )
    if num_classes == -1:
        if input.size == 0:
            raise RuntimeError("Can not infer total number of classes from empty tensor; one_hot() needs num_classes")
        num_classes = int(input.max()) + 1
    if input.size and input.min() < 0:
        raise RuntimeError(f"Class values must be non-negative; one_hot() got {input.min()}")
    if num_classes < 1 or (input.size and input.max() >= num_classes):
        raise RuntimeError(
            f"Class values must be smaller than num_classes; one_hot() got num_classes={num_classes} and the value "
            f"{input.max() if input.size else 'of no class at all'}"
        )
    return (input[..., None] == np.arange(num_classes)).astype(np.int64), {}
