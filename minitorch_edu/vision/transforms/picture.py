"""What a picture is: a PIL image, or a tensor (*, C, H, W) whose numbers run from 0 to a largest one.

That is 1 for floats (and bools), and of an integer type its largest number: 255 for uint8.

Twin:   torchvision.transforms.functional.convert_image_dtype, get_dimensions
"""

import sys

from ...autograd import Tensor
from ...dtypes import as_dtype, bool_, float32
from ...ops.arithmetic import div
from ...type_info import iinfo

__all__ = ["convert_image_dtype", "get_dimensions", "is_pil", "largest"]


def is_pil(picture):
    """Whether this is a PIL image; one can exist only where PIL has been imported."""
    pil = sys.modules.get("PIL.Image")
    return pil is not None and isinstance(picture, pil.Image)


def get_dimensions(img):
    """[C, H, W] of a picture; a tensor (H, W) has one channel. TypeError if it is no picture.

    >>> TF.get_dimensions(torch.zeros(8, 3, 20, 40)), TF.get_dimensions(Image.new("RGB", (40, 20)))
    ([3, 20, 40], [3, 20, 40])
    """
    if is_pil(img):
        width, height = img.size
        return [len(img.getbands()), height, width]
    if not isinstance(img, Tensor):
        raise TypeError(f"img should be a PIL Image or a Tensor. Got {type(img)}")
    if img.ndim < 2:
        raise TypeError(f"Tensor is not a torch image: expected shape (..., H, W), got {tuple(img.shape)}")
    return [1 if img.ndim == 2 else img.shape[-3], *img.shape[-2:]]


def largest(dtype):
    """The number that stands for full light in pictures of this dtype."""
    return 1 if dtype.is_floating_point or dtype is bool_ else iinfo(dtype).max


def convert_image_dtype(image, dtype=float32):
    """A tensor picture with numbers of another dtype, scaled to its range.

    Integers to floats: divided by the largest. Floats to integers: times (the largest + 0.999), rounded down, so that
    all integers get equal shares of [0, 1]. Integers to integers: divided (rounding down) or multiplied by the ratio of
    the ranges, a power of 2. RuntimeError from float32 to int32 or int64, and from float64 to int64, whose largest
    numbers the floats cannot hold.

    >>> TF.convert_image_dtype(torch.tensor([[[0, 51, 255]]], dtype=torch.uint8))
    tensor([[[0.0000, 0.2000, 1.0000]]])
    >>> TF.convert_image_dtype(torch.tensor([[[0.0, 0.5, 1.0]]]), torch.uint8)
    tensor([[[  0, 127, 255]]], dtype=torch.uint8)
    """
    if not isinstance(image, Tensor):
        raise TypeError(f"convert_image_dtype(): image should be a Tensor Image. Got {type(image)}")
    dtype = as_dtype(dtype)
    if image.dtype is dtype:
        return image
    if image.dtype.is_floating_point:
        if dtype.is_floating_point:
            return image.to(dtype)
        if dtype.itemsize >= image.itemsize:
            raise RuntimeError(
                f"convert_image_dtype(): The cast from {image.dtype} to {dtype} cannot be performed safely."
            )
        return (image * (largest(dtype) + 1.0 - 1e-3)).to(dtype)
    if dtype.is_floating_point:
        return image.to(dtype) / float(largest(image.dtype))
    ours, theirs = largest(image.dtype) + 1, largest(dtype) + 1
    if ours > theirs:
        return div(image, ours // theirs, rounding_mode="floor").to(dtype)
    return image.to(dtype) * (theirs // ours)
