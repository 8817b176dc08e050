"""Many pictures in one, to be looked at.

Twin:   https://docs.pytorch.org/vision/stable/utils.html
"""

import numpy as np

from ..autograd import Tensor, wrap
from ..names import only

__all__ = ["make_grid"]

__getattr__, __dir__ = only(__name__, __all__)


def make_grid(tensor, nrow=8, padding=2, normalize=False, value_range=None, scale_each=False, pad_value=0.0):
    """Pictures (N, C, H, W), or a list of (C, H, W), in rows of nrow -> one (C', rows * (H + padding) + padding, ...).

    One channel becomes three that are equal. padding: pixels of pad_value around each picture; one alone has none.
    normalize: (picture - low) / (high - low), within [0, 1]; (low, high) is value_range, or what the pictures (with
    scale_each: each picture) have as least and largest. No gradient passes.
    Raises TypeError for what are no tensors or no tuple (low, high), ValueError if there is nothing to show.

    >>> torchvision.utils.make_grid(torch.tensor([1.0, 2.0, 3.0]).reshape(3, 1, 1, 1), nrow=2, padding=1)[0]
    tensor([[0., 0., 0., 0., 0.],
            [0., 1., 0., 2., 0.],
            [0., 0., 0., 0., 0.],
            [0., 3., 0., 0., 0.],
            [0., 0., 0., 0., 0.]])
    """
    pictures = _batch(tensor)  # (N, C, H, W)
    count, channels, height, width = pictures.shape
    if pictures.size == 0 or nrow < 1:
        raise ValueError(
            f"make_grid(): there is nothing to show: pictures {list(pictures.shape)}, nrow={nrow} in a row"
        )
    if normalize:
        pictures = _normalized(pictures, value_range, scale_each)
    if count == 1:
        return wrap(pictures[0])
    columns = min(nrow, count)
    rows = -(-count // columns)
    down, across = height + padding, width + padding  # from one picture to the next
    grid = np.full((channels, rows * down + padding, columns * across + padding), pad_value, pictures.dtype)
    for number, picture in enumerate(pictures):
        row, column = divmod(number, columns)
        top, left = row * down + padding, column * across + padding
        grid[:, top : top + height, left : left + width] = picture
    return wrap(grid)


def _batch(tensor):
    """The pictures as an array (N, C, H, W)."""
    for one in tensor if isinstance(tensor, list) else [tensor]:
        if not isinstance(one, Tensor):
            raise TypeError(f"make_grid(): tensor or list of tensors expected, got {type(one)}")
    if isinstance(tensor, list) and len({one.array.shape for one in tensor}) != 1:
        raise ValueError(f"make_grid(): expected pictures of one size, got {[list(one.shape) for one in tensor]}")
    array = np.stack([one.array for one in tensor]) if isinstance(tensor, list) else tensor.array
    if array.ndim not in (2, 3, 4):
        raise ValueError(f"make_grid(): expected pictures (N, C, H, W), (C, H, W) or (H, W), got {list(array.shape)}")
    array = array.reshape((1,) * (4 - array.ndim) + array.shape)
    return np.repeat(array, 3, axis=1) if array.shape[1] == 1 else array


def _normalized(pictures, value_range, scale_each):
    if value_range is not None and not isinstance(value_range, tuple):
        raise TypeError(f"make_grid(): value_range has to be a tuple (min, max) if specified, got {value_range!r}")
    if pictures.dtype.kind != "f":
        raise RuntimeError(f"make_grid(): normalize=True needs pictures of floats, got {pictures.dtype}")
    axes = (1, 2, 3) if scale_each else None
    low, high = value_range or (pictures.min(axes, keepdims=True), pictures.max(axes, keepdims=True))
    return ((np.clip(pictures, low, high) - low) / np.maximum(high - low, 1e-5)).astype(pictures.dtype)
