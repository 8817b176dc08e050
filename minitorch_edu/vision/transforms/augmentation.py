"""Random transforms: out of few pictures they make many, so that the network learns what does not matter.

Each draws from the default generator when it is applied, as many numbers and in the same order as torch's, so
`manual_seed` repeats it. `get_params` is the draw alone.

Paper:  Zhong et al. (2017), https://arxiv.org/abs/1708.04896 (RandomErasing)
Twin:   https://docs.pytorch.org/vision/0.28/transforms.html
"""

import math
import warnings

from ...autograd import Tensor
from ...nn.module import Module
from ...ops.creation import empty, tensor
from ...random import rand, randint, randn, randperm
from . import functional as F

__all__ = [
    "ColorJitter", "RandomApply", "RandomCrop", "RandomErasing", "RandomGrayscale", "RandomHorizontalFlip",
    "RandomRotation", "RandomVerticalFlip",
]  # fmt: skip


def _uniform(low, high):
    """One number between two, as float32 has it."""
    return empty(1).uniform_(low, high).item()


class RandomApply(Module):
    """Transforms one after the other with probability p, all or none; one number is drawn.

    >>> _ = torch.manual_seed(0)
    >>> some = transforms.RandomApply([transforms.Pad(1), transforms.Pad(2)], p=0.5)
    >>> [some(Image.new("L", (2, 2))).size for _ in range(4)]
    [(8, 8), (2, 2), (8, 8), (8, 8)]
    """

    def __init__(self, transforms, p=0.5):
        super().__init__()
        self.transforms, self.p = transforms, p

    def forward(self, img):
        if self.p < rand(1):
            return img
        for transform in self.transforms:
            img = transform(img)
        return img

    def __repr__(self):
        return f"RandomApply(\n    p={self.p}" + "".join(f"\n    {transform}" for transform in self.transforms) + "\n)"


class RandomCrop(Module):
    """A part of the picture of a size (height, width), or of one number for both, anywhere in it.

    padding: a border to add first, as `functional.pad` has it. pad_if_needed: add as much at both ends of an axis as it
    is too short. Two numbers are drawn, the row first, unless the size is the picture's own. ValueError if too small.

    >>> _ = torch.manual_seed(1)
    >>> crop = transforms.RandomCrop(2)
    >>> crop(torch.arange(16).reshape(1, 4, 4))
    tensor([[[ 6,  7],
             [10, 11]]])
    >>> crop(torch.arange(16).reshape(1, 4, 4))
    tensor([[[2, 3],
             [6, 7]]])
    """

    def __init__(self, size, padding=None, pad_if_needed=False, fill=0, padding_mode="constant"):
        super().__init__()
        self.size = tuple(F.square(size))
        self.padding, self.pad_if_needed, self.fill, self.padding_mode = padding, pad_if_needed, fill, padding_mode

    @staticmethod
    def get_params(img, output_size):
        """Draw (top, left, height, width)."""
        _, h, w = F.get_dimensions(img)
        height, width = output_size
        if h < height or w < width:
            raise ValueError(
                f"Required crop size {(height, width)} is larger than input image size {(h, w)}; "
                "padding= or pad_if_needed=True make it fit"
            )
        if (h, w) == (height, width):
            return 0, 0, h, w
        top = randint(0, h - height + 1, size=(1,)).item()
        left = randint(0, w - width + 1, size=(1,)).item()
        return top, left, height, width

    def forward(self, img):
        if self.padding is not None:
            img = F.pad(img, self.padding, self.fill, self.padding_mode)
        _, h, w = F.get_dimensions(img)
        height, width = self.size
        if self.pad_if_needed and w < width:
            img = F.pad(img, [width - w, 0], self.fill, self.padding_mode)
        if self.pad_if_needed and h < height:
            img = F.pad(img, [0, height - h], self.fill, self.padding_mode)
        return F.crop(img, *self.get_params(img, self.size))

    def __repr__(self):
        return f"RandomCrop(size={self.size}, padding={self.padding})"


class RandomHorizontalFlip(Module):
    """Left and right exchanged, with probability p; one number is drawn.

    >>> _ = torch.manual_seed(0)
    >>> flip = transforms.RandomHorizontalFlip()
    >>> [flip(torch.tensor([[[1, 2]]])).tolist() for _ in range(3)]
    [[[[2, 1]]], [[[1, 2]]], [[[2, 1]]]]
    """

    def __init__(self, p=0.5):
        super().__init__()
        self.p = p

    def forward(self, img):
        return F.hflip(img) if rand(1) < self.p else img

    def __repr__(self):
        return f"RandomHorizontalFlip(p={self.p})"


class RandomVerticalFlip(Module):
    """Upside down, with probability p; one number is drawn.

    >>> transforms.RandomVerticalFlip(p=1)(torch.tensor([[[1, 2], [3, 4]]]))
    tensor([[[3, 4],
             [1, 2]]])
    """

    def __init__(self, p=0.5):
        super().__init__()
        self.p = p

    def forward(self, img):
        return F.vflip(img) if rand(1) < self.p else img

    def __repr__(self):
        return f"RandomVerticalFlip(p={self.p})"


class RandomRotation(Module):
    """The picture turned by an angle between -degrees and degrees, or between the two numbers that degrees holds.

    The other options are those of `functional.rotate`. One number is drawn.

    >>> transforms.RandomRotation(30)
    RandomRotation(degrees=[-30.0, 30.0], interpolation=nearest, expand=False, fill=0)
    >>> transforms.RandomRotation((90, 90))(torch.tensor([[[1, 2], [3, 4]]]))
    tensor([[[2, 4],
             [1, 3]]])
    """

    def __init__(self, degrees, interpolation=F.InterpolationMode.NEAREST, expand=False, center=None, fill=0):
        super().__init__()
        if isinstance(degrees, (int, float)):
            if degrees < 0:
                raise ValueError(f"If degrees is a single number, it must be positive. Got {degrees}")
            degrees = [-degrees, degrees]
        F.check_pair("degrees", degrees)
        F.check_pair("center", center)
        if not isinstance(fill, (int, float, tuple, list, type(None))):
            raise TypeError(f"Fill should be either a sequence or a number. Got {fill!r}")
        self.degrees, self.interpolation = [float(d) for d in degrees], F.as_mode(interpolation)
        self.expand, self.center, self.fill = expand, center, 0 if fill is None else fill

    @staticmethod
    def get_params(degrees):
        """Draw the angle."""
        return _uniform(*degrees)

    def forward(self, img):
        F.get_dimensions(img)
        return F.rotate(img, self.get_params(self.degrees), self.interpolation, self.expand, self.center, self.fill)

    def __repr__(self):
        center = "" if self.center is None else f", center={self.center}"
        return (
            f"RandomRotation(degrees={self.degrees}, interpolation={self.interpolation.value}, expand={self.expand}"
            f"{center}, fill={self.fill})"
        )


class ColorJitter(Module):
    """Brightness, contrast, saturation and hue changed at random, in random order.

    Each is off (0), a number n, which stands for a factor between max(0, 1 - n) and 1 + n, or the two ends themselves;
    of hue the numbers are parts of a turn, from -n to n, at most 0.5. Drawn are the order (as randperm(4)), then a
    number for each that is on.

    >>> _ = torch.manual_seed(0)
    >>> jitter = transforms.ColorJitter(brightness=0.5)
    >>> jitter
    ColorJitter(brightness=(0.5, 1.5), contrast=None, saturation=None, hue=None)
    >>> jitter(torch.tensor([[[0.0, 0.5]]])), jitter(torch.tensor([[[0.0, 0.5]]]))
    (tensor([[[0.0000, 0.3160]]]), tensor([[[0.0000, 0.6982]]]))
    """

    def __init__(self, brightness=0, contrast=0, saturation=0, hue=0):
        super().__init__()
        self.brightness = _range("brightness", brightness, 1, (0, float("inf")))
        self.contrast = _range("contrast", contrast, 1, (0, float("inf")))
        self.saturation = _range("saturation", saturation, 1, (0, float("inf")))
        self.hue = _range("hue", hue, 0, (-0.5, 0.5))

    @staticmethod
    def get_params(brightness, contrast, saturation, hue):
        """Draw (order, brightness, contrast, saturation, hue), of ranges (low, high), or None for None."""
        order = randperm(4)
        return order, *(None if ends is None else _uniform(*ends) for ends in (brightness, contrast, saturation, hue))

    def forward(self, img):
        order, *factors = self.get_params(self.brightness, self.contrast, self.saturation, self.hue)
        adjust = [F.adjust_brightness, F.adjust_contrast, F.adjust_saturation, F.adjust_hue]
        for i in order.tolist():
            if factors[i] is not None:
                img = adjust[i](img, factors[i])
        return img

    def __repr__(self):
        return (
            f"ColorJitter(brightness={self.brightness}, contrast={self.contrast}, saturation={self.saturation}, "
            f"hue={self.hue})"
        )


def _range(name, value, center, bound):
    """(low, high) of an option of ColorJitter, None if it is off."""
    if isinstance(value, (int, float)):
        if value < 0:
            raise ValueError(f"If {name} is a single number, it must be non negative. Got {value}")
        value = [center - float(value), center + float(value)]
        if center == 1:
            value[0] = max(value[0], 0.0)
    elif not isinstance(value, (tuple, list)) or len(value) != 2:
        raise TypeError(f"{name} should be a single number or a list/tuple with length 2. Got {value!r}")
    low, high = map(float, value)
    if not bound[0] <= low <= high <= bound[1]:
        raise ValueError(f"{name} values should be between {bound}, but got {[low, high]}.")
    return None if low == high == center else (low, high)


class RandomGrayscale(Module):
    """The grey version, in as many channels as before (1 or 3), with probability p; one number is drawn.

    >>> transforms.RandomGrayscale(p=1)(torch.tensor([[[100.0]], [[0.0]], [[10.0]]])).flatten()
    tensor([31.0300, 31.0300, 31.0300])
    """

    def __init__(self, p=0.1):
        super().__init__()
        self.p = p

    def forward(self, img):
        channels = F.get_dimensions(img)[0]
        return F.rgb_to_grayscale(img, channels) if rand(1) < self.p else img

    def __repr__(self):
        return f"RandomGrayscale(p={self.p})"


class RandomErasing(Module):
    """A rectangle of a tensor (*, C, H, W) overwritten, with probability p.

    scale: (least, largest) area, in parts of the picture. ratio: (least, largest) height / width. value: what is
    written, a number, one for each channel, or "random" for normal numbers, other ones for each pixel. Drawn are a
    number to compare with p, then area and ratio, up to 10 times, until they fit into the picture (which stays as it is
    if they never do), the random values, and the row and the column of the upper left corner.

    >>> _ = torch.manual_seed(0)
    >>> transforms.RandomErasing(p=1, value=0)(torch.ones(1, 4, 4))
    tensor([[[1., 0., 0., 0.],
             [1., 1., 1., 1.],
             [1., 1., 1., 1.],
             [1., 1., 1., 1.]]])
    """

    def __init__(self, p=0.5, scale=(0.02, 0.33), ratio=(0.3, 3.3), value=0, inplace=False):
        super().__init__()
        if not isinstance(value, (int, float, str, tuple, list)):
            raise TypeError(f"Argument value should be either a number or str or a sequence. Got {value!r}")
        if isinstance(value, str) and value != "random":
            raise ValueError(f"If value is str, it should be 'random'. Got {value!r}")
        F.check_pair("Scale", scale)
        F.check_pair("Ratio", ratio)
        if scale[0] > scale[1] or ratio[0] > ratio[1]:
            warnings.warn(f"Scale and ratio should be of kind (min, max). Got {scale} and {ratio}", stacklevel=2)
        if scale[0] < 0 or scale[1] > 1:
            raise ValueError(f"Scale should be between 0 and 1. Got {scale}")
        if p < 0 or p > 1:
            raise ValueError(f"Random erasing probability should be between 0 and 1. Got {p}")
        self.p, self.scale, self.ratio, self.value, self.inplace = p, scale, ratio, value, inplace

    @staticmethod
    def get_params(img, scale, ratio, value=None):
        """Draw (row, column, height, width, v) for `functional.erase`; value: a list of numbers, None for random."""
        *_, channels, height, width = img.shape
        log_ratio = tensor(ratio).log()
        for _ in range(10):
            area = height * width * _uniform(*scale)
            aspect = empty(1).uniform_(log_ratio[0].item(), log_ratio[1].item()).exp().item()
            h, w = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
            if h < height and w < width:
                v = randn(channels, h, w) if value is None else tensor(value)[:, None, None]  # (C, h, w), (C, 1, 1)
                i = randint(0, height - h + 1, size=(1,)).item()
                j = randint(0, width - w + 1, size=(1,)).item()
                return i, j, h, w, v
        return 0, 0, height, width, img

    def forward(self, img):
        if rand(1) >= self.p:
            return img
        if not isinstance(img, Tensor) or img.ndim < 3:
            raise TypeError(f"RandomErasing(): img should be Tensor Image (..., C, H, W). Got {_told(img)}")
        value = [self.value] if isinstance(self.value, (int, float)) else self.value
        value = None if value == "random" else [float(number) for number in value]
        if value is not None and len(value) not in (1, img.shape[-3]):
            raise ValueError(
                f"If value is a sequence, it should have either a single value or {img.shape[-3]} (number of input "
                f"channels). Got {len(value)}"
            )
        return F.erase(img, *self.get_params(img, self.scale, self.ratio, value), self.inplace)

    def __repr__(self):
        return (
            f"RandomErasing(p={self.p}, scale={self.scale}, ratio={self.ratio}, value={self.value}, "
            f"inplace={self.inplace})"
        )


def _told(img):
    return f"a tensor of shape {tuple(img.shape)}" if isinstance(img, Tensor) else type(img)
