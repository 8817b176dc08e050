"""What changes the colors of a picture: brightness, contrast, saturation and hue, and its grey version.

The first three mix the picture x with another one, o, of which the factor f takes away or adds:

    y = f x + (1 - f) o,       o = black (brightness), the mean grey (contrast), the grey version (saturation)

clipped to the range of the numbers. Factor 1 is the picture itself, 0 the other one. Hue turns the circle of colors:

    red 0 - yellow 1/6 - green 1/3 - cyan 1/2 - blue 2/3 - magenta 5/6 - red 1

for which the colors are written as hue, saturation (how far from grey) and value (the largest of red, green and blue).
PIL does the work on PIL images. Tensors (*, C, H, W) have 1 or 3 channels; gradients pass.

Paper:  Smith, Color gamut transform pairs (1978), https://doi.org/10.1145/965139.807361 (hue, saturation, value)
Twin:   https://docs.pytorch.org/vision/0.28/transforms.html#functional-transforms
"""

import numpy as np

from ...autograd import Tensor
from ...dtypes import float32
from ...ops.comparison import where
from ...ops.gather import gather
from ...ops.rearrange import cat, stack
from .picture import convert_image_dtype, get_dimensions, is_pil, largest

__all__ = ["adjust_brightness", "adjust_contrast", "adjust_hue", "adjust_saturation", "rgb_to_grayscale",
           "to_grayscale"]  # fmt: skip

# ------------------------------------------------------------------------------------------------ grey


def to_grayscale(img, num_output_channels=1):
    """The grey version of a PIL image: mode L, or with num_output_channels=3 mode RGB.

    >>> TF.to_grayscale(Image.new("RGB", (1, 1), (100, 0, 10)), num_output_channels=3).getpixel((0, 0))
    (31, 31, 31)
    """
    if not is_pil(img):
        raise TypeError(f"to_grayscale(): Input should be PIL Image. Got {type(img)}; rgb_to_grayscale takes tensors")
    _one_or_three("to_grayscale", num_output_channels)
    grey = img.convert("L")
    if num_output_channels == 1:
        return grey

    from PIL import Image

    return Image.merge("RGB", (grey, grey, grey))


def rgb_to_grayscale(img, num_output_channels=1):
    """The grey version of a picture, 0.2989 R + 0.587 G + 0.114 B, in one channel or in three equal ones.

    Integers are rounded down. A tensor of one channel is grey already, and stays one of one channel. TypeError if it
    has neither 1 nor 3, ValueError for another num_output_channels.

    >>> TF.rgb_to_grayscale(torch.tensor([[[100.0]], [[0.0]], [[10.0]]]))  # 29.89 + 1.14
    tensor([[[31.0300]]])
    """
    if not isinstance(img, Tensor):
        get_dimensions(img)
        return to_grayscale(img, num_output_channels)
    if img.ndim < 3:
        raise TypeError(
            "rgb_to_grayscale(): Input image tensor should have at least 3 dimensions (..., C, H, W), "
            f"but found shape {tuple(img.shape)}"
        )
    channels = _channels("rgb_to_grayscale", img)
    _one_or_three("rgb_to_grayscale", num_output_channels)
    if channels == 1:
        return img.clone()
    red, green, blue = img.unbind(-3)  # (*, H, W) each
    grey = (0.2989 * red + 0.587 * green + 0.114 * blue).to(img.dtype).unsqueeze(-3)  # (*, 1, H, W)
    return grey.expand(img.shape) if num_output_channels == 3 else grey


def _one_or_three(function, num_output_channels):
    if num_output_channels not in (1, 3):
        raise ValueError(f"{function}(): num_output_channels should be either 1 or 3, got {num_output_channels}")


def _channels(function, img):
    """1 or 3; TypeError if the tensor has another number of channels."""
    channels = get_dimensions(img)[0]
    if channels not in (1, 3):
        raise TypeError(
            f"{function}(): Input image tensor permitted channel values are [1, 3], but found {channels}; "
            "shape (..., C, H, W) is expected"
        )
    return channels


# ------------------------------------------------------------------------------------------------ mixtures


def adjust_brightness(img, brightness_factor):
    """The picture times the factor: 0 gives black, 1 the picture itself, 2 twice the light.

    >>> TF.adjust_brightness(torch.tensor([[[0.0, 0.25, 0.75]]]), 2)
    tensor([[[0.0000, 0.5000, 1.0000]]])
    """
    if is_pil(img):
        return _enhanced("Brightness", img, brightness_factor)
    _not_negative("adjust_brightness", "brightness_factor", brightness_factor)
    _channels("adjust_brightness", img)
    return _blend(img, 0, brightness_factor)


def adjust_contrast(img, contrast_factor):
    """The picture nearer to its mean grey (factor below 1), or farther away: 0 is all grey, 1 the picture itself.

    >>> TF.adjust_contrast(torch.tensor([[[0.25, 0.5, 0.75]]]), 2)  # the mean is 0.5
    tensor([[[0.0000, 0.5000, 1.0000]]])
    """
    if is_pil(img):
        return _enhanced("Contrast", img, contrast_factor)
    _not_negative("adjust_contrast", "contrast_factor", contrast_factor)
    grey = rgb_to_grayscale(img) if _channels("adjust_contrast", img) == 3 else img
    grey = grey if grey.dtype.is_floating_point else grey.to(float32)
    return _blend(img, grey.mean((-3, -2, -1), keepdim=True), contrast_factor)


def adjust_saturation(img, saturation_factor):
    """The picture nearer to its grey version (factor below 1), or more colorful: 0 is grey, 1 the picture itself.

    >>> pixel = torch.tensor([[[100]], [[0]], [[10]]], dtype=torch.uint8)  # grey 31
    >>> [TF.adjust_saturation(pixel, factor).flatten().tolist() for factor in (0, 1, 0.5)]
    [[31, 31, 31], [100, 0, 10], [65, 15, 20]]
    """
    if is_pil(img):
        return _enhanced("Color", img, saturation_factor)
    _not_negative("adjust_saturation", "saturation_factor", saturation_factor)
    if _channels("adjust_saturation", img) == 1:
        return img
    return _blend(img, rgb_to_grayscale(img), saturation_factor)


def _enhanced(what, img, factor):
    from PIL import ImageEnhance

    try:
        return getattr(ImageEnhance, what)(img).enhance(factor)
    except ValueError as error:
        raise ValueError(f"{what} of a PIL image of mode {img.mode}: {error}; convert('RGB') before it") from None


def _not_negative(function, name, factor):
    if factor < 0:
        raise ValueError(f"{function}(): {name} ({factor}) is not non-negative.")


def _blend(img, other, ratio):
    """ratio * img + (1 - ratio) * other, clipped to the range of img's numbers."""
    ratio = float(ratio)
    return (ratio * img + (1.0 - ratio) * other).clamp(0, largest(img.dtype)).to(img.dtype)


# ------------------------------------------------------------------------------------------------ hue


def adjust_hue(img, hue_factor):
    """The colors turned by hue_factor, -0.5 ... 0.5, of the circle; grey stays grey.

    Tensors are computed in float32. ValueError for another factor.

    >>> red = torch.tensor([1.0, 0.0, 0.0]).reshape(3, 1, 1)
    >>> [TF.adjust_hue(red, turn).flatten().tolist() for turn in (0.25, 0.5, -0.25)]
    [[0.5, 1.0, 0.0], [0.0, 1.0, 1.0], [0.5, 0.0, 1.0]]
    """
    if not -0.5 <= hue_factor <= 0.5:
        raise ValueError(f"adjust_hue(): hue_factor ({hue_factor}) is not in [-0.5, 0.5].")
    if is_pil(img):
        return _turned_pil(img, hue_factor)
    if _channels("adjust_hue", img) == 1:
        return img
    hue, saturation, value = _rgb_to_hsv(convert_image_dtype(img, float32))
    rgb = _hsv_to_rgb((hue + hue_factor) % 1.0, saturation, value)
    return convert_image_dtype(rgb, img.dtype)


def _turned_pil(img, hue_factor):
    if img.mode in ("L", "1", "I", "F"):
        return img

    from PIL import Image

    hue, saturation, value = img.convert("HSV").split()
    turned = np.array(hue) + np.int32(hue_factor * 255).astype(np.uint8)  # uint8: 255 + 1 is 0, the circle closes
    return Image.merge("HSV", (Image.fromarray(turned), saturation, value)).convert(img.mode)


def _rgb_to_hsv(img):
    """(hue, saturation, value), each (*, H, W), of (*, 3, H, W); grey has hue and saturation 0."""
    red, green, blue = img.unbind(-3)
    high, low = img.max(-3).values, img.min(-3).values
    grey = high == low
    spread = where(grey, 1.0, high - low)  # 1: nothing to divide by
    saturation = (high - low) / where(grey, 1.0, high)
    # How far each channel is below the largest, 0 ... 1; hue is counted from the largest channel's color, in sixths.
    to_red, to_green, to_blue = ((high - channel) / spread for channel in (red, green, blue))
    is_red = high == red
    is_green = (high == green) & ~is_red
    is_blue = ~is_red & (high != green)
    sixths = is_red * (to_blue - to_green) + is_green * (2.0 + to_red - to_blue) + is_blue * (4.0 + to_green - to_red)
    return (sixths / 6.0 + 1.0).fmod(1.0), saturation, high


def _hsv_to_rgb(hue, saturation, value):
    """(*, 3, H, W) of hue, saturation and value, (*, H, W) each."""
    sector = (hue * 6.0).floor()  # from one pure color to the next
    way = hue * 6.0 - sector  # how much of it is gone, 0 ... 1
    low = (value * (1.0 - saturation)).clamp(0.0, 1.0)
    falling = (value * (1.0 - saturation * way)).clamp(0.0, 1.0)
    rising = (value * (1.0 - saturation * (1.0 - way))).clamp(0.0, 1.0)
    sector = (sector.long() % 6).unsqueeze(-3)  # (*, 1, H, W)
    red = [value, falling, low, low, rising, value]  # in the six sectors
    green = [rising, value, value, falling, low, low]
    blue = [low, low, rising, value, value, falling]
    return cat([gather(stack(channel, -3), -3, sector) for channel in (red, green, blue)], -3)
