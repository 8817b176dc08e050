"""Wrong versions of the transforms of pictures."""

import numpy as np

import minitorch_edu as mt
from minitorch_edu.vision.transforms import ColorJitter, RandomCrop, RandomErasing, RandomRotation
from minitorch_edu.vision.transforms import functional as F

from . import wrong


def values(picture):
    """The numbers of a PIL image or an array as (H, W, C)."""
    array = np.array(picture)
    return array[..., None] if array.ndim == 2 else array


# ------------------------------------------------------------------------------------------------- to a tensor


@wrong("ToTensor", source="https://github.com/Oneflow-Inc/vision/pull/211")
class NotDivided:
    """The numbers stay between 0 and 255: bytes are divided by 255."""

    def __call__(self, pic):
        array = values(pic).transpose(2, 0, 1).copy()
        return mt.from_numpy(array.astype(np.float32) if array.dtype == np.uint8 else array)


@wrong("ToTensor", source="https://github.com/ikostrikov/pytorch-a3c/pull/47")
class Reshaped:
    """The array is reshaped to (C, H, W), which tears the channels apart: its axes are transposed."""

    def __call__(self, pic):
        array = values(pic)
        whole = np.ascontiguousarray(array).reshape(array.shape[2], *array.shape[:2])
        return mt.from_numpy(whole.astype(np.float32) / 255 if array.dtype == np.uint8 else whole)


@wrong("ToTensor", source="https://github.com/huggingface/transformers/pull/40436")
class DividedBy256:
    """The bytes are divided by 256: the largest is 255, which becomes 1."""

    def __call__(self, pic):
        array = values(pic).transpose(2, 0, 1).copy()
        return mt.from_numpy(array.astype(np.float32) / 256 if array.dtype == np.uint8 else array)


@wrong("ToTensor", source="https://github.com/pytorch/pytorch/issues/6390")
class AllDivided:
    """All numbers are divided by 255: only those of 8 bits are, floats stay as they are."""

    def __call__(self, pic):
        array = values(pic).transpose(2, 0, 1).copy()
        whole = np.uint8(255 * array) if array.dtype == np.bool_ else array
        return mt.from_numpy((whole / 255).astype(array.dtype if array.dtype.kind == "f" else np.float32))


# --------------------------------------------------------------------------------------------------- numbers


def columns(numbers, picture):
    """A number for each channel, shaped (C, 1, 1) and of the picture's type."""
    return mt.tensor([float(number) for number in numbers], dtype=picture.dtype).reshape(-1, 1, 1)


@wrong("Normalize", source="https://github.com/gabrieltseng/solar-panel-segmentation/issues/10")
class MultipliesByTheDeviation:
    """The difference is multiplied by the standard deviation: it is divided by it."""

    def __init__(self, mean, std):
        self.mean, self.std = mean, std

    def __call__(self, tensor):
        return (tensor - columns(self.mean, tensor)) * columns(self.std, tensor)


@wrong("Normalize", source="https://github.com/joshday/OnlineStats.jl/issues/15")
class DividesByTheVariance:
    """The difference is divided by the variance: it is divided by its square root."""

    def __init__(self, mean, std):
        self.mean, self.std = mean, std

    def __call__(self, tensor):
        return (tensor - columns(self.mean, tensor)) / columns(self.std, tensor) ** 2


@wrong("Normalize", source="https://github.com/XiaLiPKU/EMANet/issues/7")
class DividesByTheMean:
    """The difference is divided by the mean: it is divided by the standard deviation."""

    def __init__(self, mean, std):
        self.mean, self.std = mean, std

    def __call__(self, tensor):
        return (tensor - columns(self.mean, tensor)) / columns(self.mean, tensor)


# ------------------------------------------------------------------------------------------------------ sizes


@wrong("Resize", source="https://github.com/facebookresearch/fvcore/issues/26")
class WidthFirst:
    """The size is read as (width, height): it is (height, width)."""

    def __init__(self, size, interpolation=F.InterpolationMode.BILINEAR, max_size=None, antialias=True):
        self.size = size if isinstance(size, int) else size[::-1]
        self.more = interpolation, max_size, antialias

    def __call__(self, img):
        return F.resize(img, self.size, *self.more)


@wrong("Resize", source="https://github.com/iArunava/scratchai/issues/265")
class SquareForOneNumber:
    """One number makes a square: it is the shorter side, and the longer one keeps the proportions."""

    def __init__(self, size, interpolation=F.InterpolationMode.BILINEAR, antialias=True):
        self.size, self.more = F.square(size), {"interpolation": interpolation, "antialias": antialias}

    def __call__(self, img):
        return F.resize(img, self.size, **self.more)


@wrong("Resize", source="https://github.com/pytorch/vision/issues/2950")
class TensorsNotSmoothed:
    """Tensors are made smaller without antialias, unlike PIL images: antialias=True averages what is left out."""

    def __init__(self, size, interpolation=F.InterpolationMode.BILINEAR, max_size=None):
        self.size, self.more = size, (interpolation, max_size)

    def __call__(self, img):
        return F.resize(img, self.size, *self.more, antialias=F.is_pil(img))


@wrong("CenterCrop", source="https://github.com/mlverse/torchvision/pull/253")
class SizeTurned:
    """Height and width are taken for one another."""

    def __init__(self, size):
        self.size = F.square(size)

    def __call__(self, img):
        return F.center_crop(img, self.size[::-1])


@wrong("CenterCrop", source="https://github.com/pytorch/vision/issues/7705")
class HalfRoundedDown:
    """Half of what is left over is rounded down: it is rounded to the nearest, a half to the even number."""

    def __init__(self, size):
        self.size = F.square(size)

    def __call__(self, img):
        _, h, w = F.get_dimensions(img)
        if h < self.size[0] or w < self.size[1]:
            return F.center_crop(img, self.size)
        return F.crop(img, (h - self.size[0]) // 2, (w - self.size[1]) // 2, *self.size)


@wrong("RandomCrop", source="https://github.com/pytorch/tutorials/issues/876")
class LastPlaceNeverTaken(RandomCrop):
    """The last place is never drawn: randint leaves out its upper end, which therefore is h - height + 1."""

    @staticmethod
    def get_params(img, output_size):
        _, h, w = F.get_dimensions(img)
        height, width = output_size
        if (h, w) == (height, width):
            return 0, 0, h, w
        top, left = (mt.randint(0, max(room, 1), (1,)).item() for room in (h - height, w - width))
        return top, left, height, width


@wrong("RandomCrop", source="https://github.com/hassony2/torch_videovision/issues/9")
class WidthIsTheHeight(RandomCrop):
    """As many columns are taken as rows: the size is (height, width)."""

    @staticmethod
    def get_params(img, output_size):
        top, left, height, width = RandomCrop.get_params(img, output_size)
        return top, left, height, height


@wrong("Pad", source="https://github.com/mlverse/torchvision/pull/28")
class LeftRightTopBottom:
    """Four numbers are read as left, right, top, bottom: they are left, top, right, bottom."""

    def __init__(self, padding, fill=0, padding_mode="constant"):
        if not isinstance(padding, int) and len(padding) == 4:
            padding = [padding[0], padding[2], padding[1], padding[3]]
        self.options = padding, fill, padding_mode

    def __call__(self, img):
        return F.pad(img, *self.options)


@wrong("Pad", source="https://github.com/odlgroup/odl/issues/645")
class SymmetricReflects:
    """Padding that is "symmetric" leaves the border out, as "reflect" does: it repeats it."""

    def __init__(self, padding, fill=0, padding_mode="constant"):
        self.options = padding, fill, "reflect" if padding_mode == "symmetric" else padding_mode

    def __call__(self, img):
        return F.pad(img, *self.options)


# ------------------------------------------------------------------------------------------------------ flips


@wrong("RandomHorizontalFlip", source="https://github.com/harvard-edge/cs249r_book/pull/1113")
class FlipsTheRows:
    """The rows are turned round, as if the picture were (H, W, C): a tensor is (C, H, W), its columns come last."""

    def __init__(self, p=0.5):
        self.p = p

    def __call__(self, img):
        if mt.rand(1) >= self.p:
            return img
        return F.hflip(img) if F.is_pil(img) else F.vflip(img)


@wrong("RandomHorizontalFlip", source="https://github.com/lucidrains/stylegan2-pytorch/issues/273")
class FlipsTheOthers:
    """It flips with probability 1 - p: a number below p means a flip."""

    def __init__(self, p=0.5):
        self.p = p

    def __call__(self, img):
        return img if mt.rand(1) < self.p else F.hflip(img)


@wrong("RandomHorizontalFlip", source="https://github.com/linmx0130/ya_mxdet/issues/11")
class AlwaysFlips:
    """Every picture is flipped: the number drawn is to be compared with p, not with 0."""

    def __init__(self, p=0.5):
        self.p = p

    def __call__(self, img):
        return F.hflip(img) if mt.rand(1) > 0 else img


@wrong("RandomVerticalFlip", source="https://github.com/tflearn/tflearn/issues/141")
class LeftRightInstead:
    """Left and right are exchanged: it is top and bottom."""

    def __init__(self, p=0.5):
        self.p = p

    def __call__(self, img):
        return F.hflip(img) if mt.rand(1) < self.p else img


# ----------------------------------------------------------------------------------------------------- colors


@wrong("Grayscale", source="https://github.com/SerenityOS/serenity/issues/9758")
class Averages:
    """The mean of the channels: the eye sees green as brighter than red and blue, hence 0.2989, 0.587 and 0.114."""

    def __call__(self, img):
        if F.is_pil(img) or F.get_dimensions(img)[0] != 3:
            return F.rgb_to_grayscale(img)
        return img.to(mt.float64).mean(-3, keepdim=True).to(img.dtype)


@wrong("functional.adjust_contrast", source="https://github.com/google-research/big_vision/issues/109")
def mean_of_counts(img, contrast_factor):
    """The grey it is mixed with is the number of pixels / 256: it is the mean of the grey version's pixels."""
    if F.is_pil(img):
        return F.adjust_contrast(img, contrast_factor)
    mean = F.get_dimensions(img)[1] * F.get_dimensions(img)[2] / 256
    most = 1 if img.dtype.is_floating_point or img.dtype == mt.bool else mt.iinfo(img.dtype).max
    return (contrast_factor * img + (1.0 - contrast_factor) * mean).clamp(0, most).to(img.dtype)


@wrong("functional.adjust_contrast", source="https://github.com/pytorch/vision/pull/6784")
def mean_not_rounded(img, contrast_factor):
    """The grey of each pixel is averaged before it is rounded: of integers it is rounded down first."""
    if F.is_pil(img) or img.dtype.is_floating_point:
        return F.adjust_contrast(img, contrast_factor)
    most = 1 if img.dtype == mt.bool else mt.iinfo(img.dtype).max
    grey = F.rgb_to_grayscale(img.to(mt.float32)).mean((-3, -2, -1), keepdim=True)
    return (contrast_factor * img + (1.0 - contrast_factor) * grey).clamp(0, most).to(img.dtype)


@wrong("ColorJitter", source="https://github.com/behzadhsni/BReG-NeXt/pull/7")
class BrightnessAroundZero(ColorJitter):
    """The factor of brightness is drawn from 0 to the option, which is nearly black: 1 stays in the middle."""

    def __init__(self, brightness=0, contrast=0, saturation=0, hue=0):
        ends = (0, brightness) if isinstance(brightness, (int, float)) and brightness else brightness
        super().__init__(ends, contrast, saturation, hue)


# ------------------------------------------------------------------------------------------- turning, erasing


@wrong("RandomRotation", source="https://github.com/mdbloice/Augmentor/issues/252")
class Clockwise(RandomRotation):
    """Positive angles turn clockwise: they turn counter-clockwise."""

    @staticmethod
    def get_params(degrees):
        return -RandomRotation.get_params(degrees)


@wrong("RandomRotation", source="https://github.com/DeepVoltaire/AutoAugment/issues/28")
class OneDirection(RandomRotation):
    """One number of degrees gives angles from 0 to it: they go from -degrees to degrees."""

    def __init__(self, degrees, interpolation=F.InterpolationMode.NEAREST, expand=False, center=None, fill=0):
        degrees = [0, degrees] if isinstance(degrees, (int, float)) else degrees
        super().__init__(degrees, interpolation, expand, center, fill)


@wrong("RandomErasing", source="https://github.com/pytorch/vision/pull/3344")
class RatioNotLogarithmic(RandomErasing):
    """The ratio of the sides is drawn evenly, so that most rectangles are tall: its logarithm is."""

    @staticmethod
    def get_params(img, scale, ratio, value=None):
        *_, channels, height, width = img.shape
        for _ in range(10):
            area = height * width * mt.empty(1).uniform_(*scale).item()
            aspect = mt.empty(1).uniform_(*ratio).item()
            h, w = round((area * aspect) ** 0.5), round((area / aspect) ** 0.5)
            if h < height and w < width:
                v = mt.randn(channels, h, w) if value is None else mt.tensor(value)[:, None, None]
                row, column = (mt.randint(0, room + 1, (1,)).item() for room in (height - h, width - w))
                return row, column, h, w, v
        return 0, 0, height, width, img
