"""What the transforms do, as functions of a picture and of numbers that are not random.

A picture is a PIL image, or a tensor (*, C, H, W) with the channels before the rows; PIL's own size is (W, H). Results
are what they came as: PIL does the work on PIL images, our operators (so that gradients pass) on tensors. Arrays, where
they are accepted, have PIL's order, H x W x C.

Twin:   https://docs.pytorch.org/vision/0.28/transforms.html#functional-transforms
"""

import warnings
from enum import Enum

import numpy as np

from ...autograd import Tensor, wrap
from ...names import only
from ...nn import functional as F
from ...ops.creation import as_tensor, from_numpy
from .color import adjust_brightness, adjust_contrast, adjust_hue, adjust_saturation, rgb_to_grayscale, to_grayscale
from .picture import convert_image_dtype, get_dimensions, is_pil
from .resample import resample
from .rotation import rotated, rotated_size, rotation

__all__ = [
    "InterpolationMode", "adjust_brightness", "adjust_contrast", "adjust_hue", "adjust_saturation", "center_crop",
    "convert_image_dtype", "crop", "erase", "get_dimensions", "hflip", "normalize", "pad", "pil_to_tensor", "resize",
    "rgb_to_grayscale", "rotate", "to_grayscale", "to_pil_image", "to_tensor", "vflip",
]  # fmt: skip


class InterpolationMode(Enum):
    """How `resize` and `rotate` find values between pixels; the last three are PIL's only.

    >>> transforms.InterpolationMode.BILINEAR.value
    'bilinear'
    >>> TF.resize(torch.tensor([[[1, 2]]]), [1, 4], transforms.InterpolationMode.NEAREST)
    tensor([[[1, 1, 2, 2]]])
    """

    NEAREST = "nearest"
    NEAREST_EXACT = "nearest-exact"
    BILINEAR = "bilinear"
    BICUBIC = "bicubic"
    BOX = "box"
    HAMMING = "hamming"
    LANCZOS = "lanczos"


_PIL_NUMBERS = {"nearest": 0, "lanczos": 1, "bilinear": 2, "bicubic": 3, "box": 4, "hamming": 5, "nearest-exact": 0}
_LEFT_RIGHT, _TOP_BOTTOM = 0, 1  # PIL's numbers of flips


# ------------------------------------------------------------------------------------------------ to and from tensors


def to_tensor(pic):
    """A PIL image or an array (H, W, C) or (H, W) as a tensor (C, H, W); 8-bit values become float32 in [0, 1].

    Other types of numbers stay as they are. Modes: "I" gives int32, "I;16" int16, "F" float32, "1" 0 and 1 as float32.

    >>> TF.to_tensor(np.array([[0, 51, 255]], dtype=np.uint8))
    tensor([[[0.0000, 0.2000, 1.0000]]])
    """
    if is_pil(pic):
        kind = {"I": np.int32, "I;16": np.int16, "F": np.float32}.get(pic.mode, np.uint8)
        array = np.array(pic, kind)
        if pic.mode == "1":
            array *= 255
    elif isinstance(pic, np.ndarray):
        array = from_numpy(pic).array
    else:
        raise TypeError(f"to_tensor(): pic should be PIL Image or ndarray. Got {type(pic)}")
    chw = np.array(_channels_first(array, "to_tensor"), order="C")  # (C, H, W)
    return wrap(chw / np.float32(255) if chw.dtype == np.uint8 else chw)


def pil_to_tensor(pic):
    """A PIL image as a tensor (C, H, W) of its own type of numbers: uint8 for most modes, bool for "1".

    >>> picture = TF.pil_to_tensor(Image.new("RGB", (2, 1), (255, 51, 0)))
    >>> picture.shape, picture[:, 0, 0]
    (torch.Size([3, 1, 2]), tensor([255,  51,   0], dtype=torch.uint8))
    """
    if not is_pil(pic):
        raise TypeError(f"pil_to_tensor(): pic should be PIL Image. Got {type(pic)}")
    array = np.array(pic)
    if array.dtype == np.uint16:
        raise TypeError(f"pil_to_tensor(): mode {pic.mode} has numbers of type uint16, which minitorch_edu has not")
    return wrap(_channels_first(array, "pil_to_tensor"))


def _channels_first(array, function):
    if array.ndim not in (2, 3):
        raise ValueError(f"{function}(): pic should be 2/3 dimensional. Got {array.ndim} dimensions.")
    return (array if array.ndim == 3 else array[:, :, None]).transpose(2, 0, 1)  # (C, H, W)


_MODES = {2: ("LA",), 3: ("RGB", "YCbCr", "HSV"), 4: ("RGBA", "CMYK", "RGBX")}  # by channels, the default first
_GREY_MODES = {"uint8": "L", "int16": "I;16", "int32": "I", "float32": "F"}  # one channel: by the type of numbers


def to_pil_image(pic, mode=None):
    """A tensor (C, H, W) or (H, W), or an array (H, W, C) or (H, W), as a PIL image of this mode.

    Floats in [0, 1] become 0 ... 255 (rounded down) unless mode is "F". The mode left out is L, LA, RGB or RGBA by the
    number of channels, and for one channel I;16, I or F by the type of its numbers. ValueError if it does not fit.

    >>> picture = TF.to_pil_image(torch.tensor([[[1.0, 0.5]], [[0.0, 0.5]], [[0.0, 0.5]]]))
    >>> picture.mode, picture.size, picture.getpixel((0, 0)), picture.getpixel((1, 0))
    ('RGB', (2, 1), (255, 0, 0), (127, 127, 127))
    """
    if isinstance(pic, Tensor):
        array = pic.array.transpose(1, 2, 0) if pic.ndim == 3 else pic.array
    elif isinstance(pic, np.ndarray):
        array = pic
    else:
        raise TypeError(f"to_pil_image(): pic should be Tensor or ndarray. Got {type(pic)}.")
    if array.ndim not in (2, 3):
        raise ValueError(f"to_pil_image(): pic should be 2/3 dimensional. Got {array.ndim} dimensions.")
    if array.ndim == 2:
        array = array[:, :, None]  # (H, W, 1)
    channels = array.shape[2]
    if channels > 4:
        raise ValueError(f"to_pil_image(): pic should not have > 4 channels. Got {channels} channels.")
    if array.dtype.kind == "f" and mode != "F":
        with np.errstate(invalid="ignore"):
            array = (array * 255).astype(np.uint8)
    if channels == 1:
        expected = _GREY_MODES.get(array.dtype.name)
        if mode not in (None, expected):
            raise ValueError(
                f"to_pil_image(): Incorrect mode ({mode}) supplied for one channel of type {array.dtype}. "
                f"Should be {expected}"
            )
        mode = expected
    elif mode is None:
        mode = _MODES[channels][0] if array.dtype == np.uint8 else None
    elif mode not in _MODES[channels]:
        raise ValueError(f"to_pil_image(): Only modes {list(_MODES[channels])} are supported for {channels} channels")
    if mode is None:
        raise TypeError(f"to_pil_image(): Input type {array.dtype} is not supported")

    from PIL import Image

    height, width = array.shape[:2]
    return Image.frombytes(mode, (width, height), array.tobytes())


def normalize(tensor, mean, std, inplace=False):
    """(tensor - mean) / std, channel by channel; tensor (*, C, H, W) of floats, mean and std (C,).

    >>> TF.normalize(torch.tensor([[[1.0, 2.0]], [[30.0, 40.0]]]), mean=(1, 20), std=(2, 10)).tolist()
    [[[0.0, 0.5]], [[1.0, 2.0]]]
    """
    if not isinstance(tensor, Tensor):
        raise TypeError(f"normalize(): img should be Tensor Image. Got {type(tensor)}. Put ToTensor() before Normalize")
    if not tensor.dtype.is_floating_point:
        raise TypeError(
            f"normalize(): Input tensor should be a float tensor. Got {tensor.dtype}. Put ToTensor() before Normalize"
        )
    if tensor.ndim < 3:
        raise ValueError(
            "normalize(): Expected tensor to be a tensor image of size (..., C, H, W). "
            f"Got tensor.size() = {tensor.shape}"
        )
    mean, std = (as_tensor(numbers, dtype=tensor.dtype) for numbers in (mean, std))
    if (std.array == 0).any():
        raise ValueError(
            f"normalize(): std evaluated to zero after conversion to {tensor.dtype}, leading to division by zero."
        )
    mean, std = (numbers.reshape(-1, 1, 1) if numbers.ndim == 1 else numbers for numbers in (mean, std))  # (C, 1, 1)
    for name, numbers in (("mean", mean), ("std", std)):
        if numbers.ndim == 3 and numbers.shape[0] not in (1, tensor.shape[-3]):
            raise RuntimeError(
                f"normalize(): {name} has {numbers.shape[0]} numbers, but the picture {list(tensor.shape)} has "
                f"{tensor.shape[-3]} channels" + '; a PIL image has 3 after image.convert("RGB")'
            )
    return tensor.sub_(mean).div_(std) if inplace else (tensor - mean) / std


# ------------------------------------------------------------------------------------------------ geometry


def hflip(img):
    """The picture with left and right exchanged.

    >>> TF.hflip(torch.tensor([[[1, 2], [3, 4]]]))
    tensor([[[2, 1],
             [4, 3]]])
    """
    get_dimensions(img)
    return img.transpose(_LEFT_RIGHT) if is_pil(img) else img.flip(-1)


def vflip(img):
    """The picture upside down.

    >>> TF.vflip(torch.tensor([[[1, 2], [3, 4]]]))
    tensor([[[3, 4],
             [1, 2]]])
    """
    get_dimensions(img)
    return img.transpose(_TOP_BOTTOM) if is_pil(img) else img.flip(-2)


def crop(img, top, left, height, width):
    """The height x width pixels below and right of (top, left), 0 outside the picture; inside, a view of a tensor.

    >>> TF.crop(torch.arange(9).reshape(1, 3, 3), top=1, left=0, height=2, width=2)
    tensor([[[3, 4],
             [6, 7]]])
    """
    _, h, w = get_dimensions(img)
    bottom, right = top + height, left + width
    if is_pil(img):
        return img.crop((left, top, right, bottom))
    inside = img[..., max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
    outside = [-left, -top, right - w, bottom - h]
    if max(outside) <= 0:
        return inside
    return pad(inside, [min(max(n, 0), limit) for n, limit in zip(outside, [width, height] * 2)])


def center_crop(img, output_size):
    """The middle of the picture; output_size (height, width), or one number for both; 0 around what is too small.

    >>> TF.center_crop(torch.tensor([[[1, 2, 3]]]), 1)
    tensor([[[2]]])
    >>> TF.center_crop(torch.tensor([[[1, 2, 3]]]), (1, 5))
    tensor([[[0, 1, 2, 3, 0]]])
    """
    height, width = square(output_size)
    _, h, w = get_dimensions(img)
    # Of an odd number of pixels, the larger half is added after the picture, but taken away where round() says.
    top = round((h - height) / 2) if h >= height else -((height - h) // 2)
    left = round((w - width) / 2) if w >= width else -((width - w) // 2)
    return crop(img, top, left, height, width)


def square(size):
    """(height, width) from these two, or from one number or a sequence of one for both."""
    if not isinstance(size, (tuple, list)):
        return int(size), int(size)
    if len(size) not in (1, 2):
        raise ValueError(f"Please provide only two dimensions (h, w) for size. Got {size}")
    return size if len(size) == 2 else (size[0], size[0])


def pad(img, padding, fill=0, padding_mode="constant"):
    """Add a border; negative widths take one away.

    padding: all sides, [left and right, top and bottom] or [left, top, right, bottom]. padding_mode, with the row 1 2 3
    4 padded by 2: "constant" (fill; for PIL images also one number per channel), "edge" (1 1 1 2 3 4 4 4), "reflect"
    (3 2 1 2 3 4 3 2) or "symmetric" (2 1 1 2 3 4 4 3).

    >>> TF.pad(torch.tensor([[[1, 2, 3, 4]]]), [2, 0], padding_mode="reflect")
    tensor([[[3, 2, 1, 2, 3, 4, 3, 2]]])
    """
    get_dimensions(img)
    left, top, right, bottom = check_padding(padding, fill, padding_mode)
    if is_pil(img):
        return _pad_pil(img, (left, top, right, bottom), fill, padding_mode)
    if padding_mode == "constant":
        if not isinstance(fill, (int, float)):
            raise TypeError(f"Got inappropriate fill arg: a tensor is padded with one number, got {fill!r}")
        return F.pad(img, [left, right, top, bottom], value=fill)
    _, h, w = get_dimensions(img)
    rows, columns = _padded(h, top, bottom, padding_mode), _padded(w, left, right, padding_mode)
    return img[..., wrap(rows[:, None]), wrap(columns)]


def check_padding(padding, fill, padding_mode):
    """The widths of the border, [left, top, right, bottom]; TypeError or ValueError for what no picture takes."""
    padding = [padding] if isinstance(padding, int) else padding
    if not isinstance(padding, (tuple, list)):
        raise TypeError(f"Got inappropriate padding arg: {padding!r}; expected an int or a sequence of 1, 2 or 4")
    if len(padding) not in (1, 2, 4):
        raise ValueError(f"Padding must be an int or a 1, 2, or 4 element tuple, not a {len(padding)} element tuple")
    if not isinstance(fill, (int, float, tuple, list)):
        raise TypeError(f"Got inappropriate fill arg: {fill!r}; expected a number, or one for each channel")
    if padding_mode not in ("constant", "edge", "reflect", "symmetric"):
        raise ValueError(f"Padding mode should be either constant, edge, reflect or symmetric. Got {padding_mode!r}")
    return [*padding] * (4 // len(padding))


def _padded(extent, before, after, mode):
    """Where the pixels of a padded axis come from."""
    index = np.arange(max(-before, 0), extent - max(-after, 0))
    before, after = max(before, 0), max(after, 0)
    available = {"reflect": len(index) - 1, "symmetric": len(index)}.get(mode, max(before, after))
    if max(before, after) > available:
        raise (RuntimeError if mode == "reflect" else IndexError)(
            f"pad(): with mode {mode!r} the padding should be at most {available} for {len(index)} pixels, "
            f"got {before} and {after}"
        )
    return np.pad(index, (before, after), mode)


def _pad_pil(img, sides, fill, padding_mode):
    from PIL import Image, ImageOps

    if padding_mode == "constant":
        out = ImageOps.expand(img, border=sides, fill=_pil_fill(fill, img))
    else:
        left, top, right, bottom = sides
        cut = [max(-left, 0), max(-top, 0), img.width - max(-right, 0), img.height - max(-bottom, 0)]
        array = np.asarray(img if min(sides) >= 0 else img.crop(cut))  # (H, W) or (H, W, C)
        widths = [(max(top, 0), max(bottom, 0)), (max(left, 0), max(right, 0)), (0, 0)]
        out = Image.fromarray(np.pad(array, widths[: array.ndim], padding_mode))
    if img.mode == "P":
        out.putpalette(img.getpalette())
    return out


def _pil_fill(fill, img):
    """One number for a single channel, a tuple of one for each otherwise; whole numbers except for mode F."""
    channels = len(img.getbands())
    number = float if img.mode == "F" else int
    if isinstance(fill, (int, float)):
        return number(fill) if channels == 1 else (number(fill),) * channels
    fill = fill * channels if len(fill) == 1 else fill
    if len(fill) != channels:
        raise ValueError(
            "The number of elements in 'fill' does not match the number of channels of the image "
            f"({len(fill)} != {channels})"
        )
    return tuple(map(number, fill))


def resize(img, size, interpolation=InterpolationMode.BILINEAR, max_size=None, antialias=True):
    """The picture in another size.

    size: (height, width), or the length of the shorter side, which keeps the proportions; the longer is then at most
    max_size. interpolation: an `InterpolationMode`, or PIL's number for it. antialias: whether all pixels count when
    shrinking (bilinear and bicubic; with PIL always). A picture that has the size already is returned itself.

    >>> TF.resize(torch.tensor([[[0.0, 4.0]]]), [1, 4])
    tensor([[[0., 1., 3., 4.]]])
    >>> TF.resize(torch.zeros(3, 20, 40), 10).shape
    torch.Size([3, 10, 20])
    """
    interpolation = as_mode(interpolation).value
    size = [size] if isinstance(size, int) else list(size)
    if len(size) not in (1, 2):
        raise ValueError(f"Size must be an int or a 1 or 2 element tuple/list, not a {len(size)} element tuple/list")
    if max_size is not None and len(size) == 2:
        raise ValueError(
            "max_size should only be passed if size specifies the length of the smaller edge, "
            "i.e. size should be an int or a sequence of length 1."
        )
    _, h, w = get_dimensions(img)
    height, width = size if len(size) == 2 else _proportional(h, w, size[0], max_size)
    if (height, width) == (h, w):
        return img
    if is_pil(img):
        if antialias is False:
            warnings.warn(
                "Anti-alias option is always applied for PIL Image input. Argument antialias is ignored.", stacklevel=2
            )
        return img.resize((width, height), _PIL_NUMBERS[interpolation])
    if interpolation in ("box", "hamming", "lanczos"):
        raise NotImplementedError(
            f"resize(): interpolation {interpolation!r} is for PIL images; tensors have nearest, nearest-exact, "
            "bilinear and bicubic"
        )
    return resample(img, (height, width), interpolation, bool(antialias))


def as_mode(interpolation):
    """The InterpolationMode that this is, or that PIL's number stands for."""
    if isinstance(interpolation, InterpolationMode):
        return interpolation
    for name, number in _PIL_NUMBERS.items():
        if isinstance(interpolation, int) and interpolation == number:
            return InterpolationMode(name)
    raise TypeError(
        "Argument interpolation should be a InterpolationMode or a corresponding Pillow integer constant. "
        f"Got {interpolation!r}"
    )


def _proportional(h, w, shorter, max_size):
    """(height, width) with this shorter side, or with max_size as the longer one if that is less."""
    longer = int(shorter * max(h, w) / min(h, w))
    if max_size is not None:
        if max_size <= shorter:
            raise ValueError(
                f"max_size = {max_size} must be strictly greater than the requested size for the smaller edge "
                f"size = {shorter}"
            )
        if longer > max_size:
            shorter, longer = int(max_size * shorter / longer), max_size
    return (longer, shorter) if w <= h else (shorter, longer)


def rotate(img, angle, interpolation=InterpolationMode.NEAREST, expand=False, center=None, fill=None):
    """The picture turned counter-clockwise by an angle in degrees.

    interpolation: nearest or bilinear, with PIL also bicubic; or PIL's number for it. expand: make it large enough for
    the whole turned picture, if center is None. center: (x, y) of what stays where it is, from the upper left corner;
    None is the middle. fill: what lies outside, one number or one for each channel; None is 0.

    >>> TF.rotate(torch.tensor([[[1, 2], [3, 4]]]), 90)
    tensor([[[2, 4],
             [1, 3]]])
    >>> TF.rotate(torch.zeros(3, 20, 40), 90).shape, TF.rotate(torch.zeros(3, 20, 40), 90, expand=True).shape
    (torch.Size([3, 20, 40]), torch.Size([3, 40, 20]))
    """
    interpolation = as_mode(interpolation).value
    if not isinstance(angle, (int, float)):
        raise TypeError(f"rotate(): Argument angle should be int or float, got {angle!r}")
    check_pair("center", center)
    if fill is not None and not isinstance(fill, (int, float, tuple, list)):
        raise TypeError(f"rotate(): Argument fill should be a number or a sequence of numbers, got {fill!r}")
    channels, h, w = get_dimensions(img)
    if is_pil(img):
        return img.rotate(
            angle, _PIL_NUMBERS[interpolation], expand, center, fillcolor=_pil_fill(0 if fill is None else fill, img)
        )
    if interpolation not in ("nearest", "bilinear"):
        raise ValueError(
            f"rotate(): Interpolation mode {interpolation!r} is unsupported with Tensor input; nearest and bilinear are"
        )
    if isinstance(fill, (tuple, list)) and len(fill) not in (1, channels):
        raise ValueError(
            "rotate(): The number of elements in 'fill' cannot broadcast to match the number of channels of the image "
            f"({len(fill)} != {channels})"
        )
    x, y = (w / 2, h / 2) if center is None else center
    matrix = rotation(angle, (x - w / 2, y - h / 2))
    return rotated(img, matrix, rotated_size(matrix, h, w) if expand else (h, w), interpolation, fill)


def check_pair(name, pair):
    """TypeError or ValueError unless it is a sequence of two, or None."""
    if pair is not None and not isinstance(pair, (tuple, list)):
        raise TypeError(f"{name} should be a sequence of length 2. Got {pair!r}")
    if pair is not None and len(pair) != 2:
        raise ValueError(f"{name} should be a sequence of length 2. Got {pair!r}")


def erase(img, i, j, h, w, v, inplace=False):
    """The tensor picture with v in the h x w pixels below and right of (row i, column j).

    v: a number, or a tensor that broadcasts to them. inplace: write into img itself.

    >>> TF.erase(torch.ones(1, 3, 3), i=0, j=1, h=2, w=2, v=7)
    tensor([[[1., 7., 7.],
             [1., 7., 7.],
             [1., 1., 1.]]])
    """
    if not isinstance(img, Tensor):
        raise TypeError(f"erase(): img should be Tensor Image. Got {type(img)}; ToTensor() before it makes one")
    get_dimensions(img)
    img = img if inplace else img.clone()
    img[..., i : i + h, j : j + w] = v
    return img


__getattr__, __dir__ = only(__name__, __all__)
