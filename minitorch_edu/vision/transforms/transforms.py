"""What is done to a picture before the network sees it: options now, the picture later.

Each class holds its options and calls the function of the same idea in `functional.py`. The random ones are in
`augmentation.py`.

Twin:   https://docs.pytorch.org/vision/0.28/transforms.html
"""

from ...nn.module import Module
from . import functional as F

__all__ = [
    "CenterCrop", "Compose", "ConvertImageDtype", "Grayscale", "Lambda", "Normalize", "PILToTensor", "Pad", "Resize",
    "ToPILImage", "ToTensor",
]  # fmt: skip


class Compose:
    """One transform after the other.

    >>> half = transforms.Compose([transforms.ToTensor(), transforms.Normalize(mean=(0.5,), std=(0.5,))])
    >>> half(Image.new("L", (2, 1), 255))  # to 1, then to (1 - 0.5) / 0.5
    tensor([[[1., 1.]]])
    >>> half
    Compose(
        ToTensor()
        Normalize(mean=(0.5,), std=(0.5,))
    )
    """

    def __init__(self, transforms):
        self.transforms = transforms

    def __call__(self, img):
        for transform in self.transforms:
            img = transform(img)
        return img

    def __repr__(self):
        return "Compose(" + "".join(f"\n    {transform}" for transform in self.transforms) + "\n)"


class Lambda:
    """Any function as a transform.

    >>> transforms.Lambda(lambda picture: 1 - picture)(torch.tensor([[[0.0, 0.25]]]))
    tensor([[[1.0000, 0.7500]]])
    """

    def __init__(self, lambd):
        if not callable(lambd):
            raise TypeError(f"Argument lambd should be callable, got {type(lambd).__name__!r}")
        self.lambd = lambd

    def __call__(self, img):
        return self.lambd(img)

    def __repr__(self):
        return "Lambda()"


class ToTensor:
    """A PIL image or an array (H, W, C) as a tensor (C, H, W), 8-bit values as float32 in [0, 1].

    >>> picture = transforms.ToTensor()(Image.new("RGB", (2, 1), (255, 51, 0)))
    >>> picture.shape, picture[:, 0, 0]
    (torch.Size([3, 1, 2]), tensor([1.0000, 0.2000, 0.0000]))
    """

    def __call__(self, pic):
        return F.to_tensor(pic)

    def __repr__(self):
        return "ToTensor()"


class PILToTensor:
    """A PIL image as a tensor (C, H, W) of the image's own type of numbers.

    >>> picture = transforms.PILToTensor()(Image.new("RGB", (2, 1), (255, 51, 0)))
    >>> picture.shape, picture[:, 0, 0]
    (torch.Size([3, 1, 2]), tensor([255,  51,   0], dtype=torch.uint8))
    """

    def __call__(self, pic):
        return F.pil_to_tensor(pic)

    def __repr__(self):
        return "PILToTensor()"


class ToPILImage:
    """A tensor (C, H, W) or an array (H, W, C) as a PIL image; mode as `functional.to_pil_image` has it.

    >>> picture = transforms.ToPILImage()(torch.tensor([[[0.0, 0.5, 1.0]]]))
    >>> picture.mode, picture.size, [picture.getpixel((x, 0)) for x in range(3)]
    ('L', (3, 1), [0, 127, 255])
    """

    def __init__(self, mode=None):
        self.mode = mode

    def __call__(self, pic):
        return F.to_pil_image(pic, self.mode)

    def __repr__(self):
        return "ToPILImage(" + ("" if self.mode is None else f"mode={self.mode}") + ")"


class ConvertImageDtype(Module):
    """A tensor picture with numbers of another dtype, scaled to its range (see `functional.convert_image_dtype`).

    >>> transforms.ConvertImageDtype(torch.uint8)(torch.tensor([[[0.0, 0.5, 1.0]]]))
    tensor([[[  0, 127, 255]]], dtype=torch.uint8)
    """

    def __init__(self, dtype):
        super().__init__()
        self.dtype = dtype

    def forward(self, image):
        return F.convert_image_dtype(image, self.dtype)


class Normalize(Module):
    """(picture - mean) / std, channel by channel, of float tensors (*, C, H, W).

    >>> picture = torch.tensor([[[1.0, 2.0]], [[30.0, 40.0]]])  # 2 channels of 1 x 2 pixels
    >>> transforms.Normalize(mean=(1, 20), std=(2, 10))(picture).tolist()
    [[[0.0, 0.5]], [[1.0, 2.0]]]
    """

    def __init__(self, mean, std, inplace=False):
        super().__init__()
        self.mean, self.std, self.inplace = mean, std, inplace

    def forward(self, tensor):
        return F.normalize(tensor, self.mean, self.std, self.inplace)

    def __repr__(self):
        return f"Normalize(mean={self.mean}, std={self.std})"


class Resize(Module):
    """The picture in another size: (height, width), or one number for the shorter side (see `functional.resize`).

    >>> transforms.Resize((1, 1))(torch.tensor([[[1.0, 3.0], [5.0, 7.0]]]))
    tensor([[[4.]]])
    >>> transforms.Resize(8)(Image.new("L", (32, 16))).size
    (16, 8)
    """

    def __init__(self, size, interpolation=F.InterpolationMode.BILINEAR, max_size=None, antialias=True):
        super().__init__()
        if not isinstance(size, (int, tuple, list)):
            raise TypeError(f"Size should be int or sequence. Got {type(size)}")
        if not isinstance(size, int) and len(size) not in (1, 2):
            raise ValueError(f"If size is a sequence, it should have 1 or 2 values. Got {size}")
        self.size, self.max_size, self.antialias = size, max_size, antialias
        self.interpolation = F.as_mode(interpolation)

    def forward(self, img):
        return F.resize(img, self.size, self.interpolation, self.max_size, self.antialias)

    def __repr__(self):
        return (
            f"Resize(size={self.size}, interpolation={self.interpolation.value}, max_size={self.max_size}, "
            f"antialias={self.antialias})"
        )


class CenterCrop(Module):
    """The middle of the picture, of a size (height, width) or of one number for both.

    >>> transforms.CenterCrop(2)(torch.arange(16).reshape(1, 4, 4))
    tensor([[[ 5,  6],
             [ 9, 10]]])
    """

    def __init__(self, size):
        super().__init__()
        self.size = F.square(size)

    def forward(self, img):
        return F.center_crop(img, self.size)

    def __repr__(self):
        return f"CenterCrop(size={self.size})"


class Pad(Module):
    """The picture with a border (see `functional.pad`).

    >>> transforms.Pad(1, fill=9)(torch.tensor([[[1, 2]]]))
    tensor([[[9, 9, 9, 9],
             [9, 1, 2, 9],
             [9, 9, 9, 9]]])
    """

    def __init__(self, padding, fill=0, padding_mode="constant"):
        super().__init__()
        F.check_padding(padding, fill, padding_mode)
        self.padding, self.fill, self.padding_mode = padding, fill, padding_mode

    def forward(self, img):
        return F.pad(img, self.padding, self.fill, self.padding_mode)

    def __repr__(self):
        return f"Pad(padding={self.padding}, fill={self.fill}, padding_mode={self.padding_mode})"


class Grayscale(Module):
    """The grey version of a picture, in one channel or in three equal ones (see `functional.rgb_to_grayscale`).

    >>> transforms.Grayscale()(torch.tensor([[[100.0]], [[0.0]], [[10.0]]]))  # 29.89 + 1.14
    tensor([[[31.0300]]])
    """

    def __init__(self, num_output_channels=1):
        super().__init__()
        self.num_output_channels = num_output_channels

    def forward(self, img):
        return F.rgb_to_grayscale(img, self.num_output_channels)

    def __repr__(self):
        return f"Grayscale(num_output_channels={self.num_output_channels})"
