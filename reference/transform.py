"""The records of the transforms of pictures, and of the functions behind them."""

import numpy as np
from hypothesis import strategies as st

from reference.draw import arrays, extents, mostly, options
from reference.picture import Applied, Blend, Make, Picture, Resized, Single, Transform
from reference.record import Call, Illegal, Op

__all__ = ["RECORDS"]

BANDS = {"L": 1, "P": 1, "LA": 2, "RGB": 3, "YCbCr": 3, "HSV": 3, "RGBA": 4, "CMYK": 4, "RGBX": 4}
OTHER = {"1": "bool", "I": "int32", "F": "float32", "I;16": "uint16"}
MODES = [*BANDS, *OTHER]
INTEGERS = ("uint8", "int8", "int16", "int32", "int64")
SEEDS = st.integers(0, 2**32)


def numbers(random, dtype, shape):
    """Numbers as pictures of this type have them."""
    if dtype == "bool":
        return random.rand(*shape) < 0.5
    if dtype.startswith("float"):
        return random.rand(*shape).astype(dtype)
    return random.randint(0, min(np.iinfo(dtype).max, 2**20) + 1, shape).astype(dtype)


@st.composite
def pil(draw, modes=tuple(MODES), low=1, high=9):
    """A PIL image of a drawn mode and size."""
    mode, random = draw(st.sampled_from(modes)), np.random.RandomState(draw(SEEDS) % 2**32)
    shape = (draw(extents(low, high)), draw(extents(low, high)))
    if mode in OTHER:
        return Picture(mode, numbers(random, OTHER[mode], shape))
    return Picture(mode, numbers(random, "uint8", (*shape, BANDS[mode])))


@st.composite
def tensor(draw, dtypes=("uint8", "float32", "float64"), low=1, high=9, lead=(1, 2), channels=(1, 4)):
    """A tensor (*, C, H, W), sometimes not contiguous."""
    random, dtype = np.random.RandomState(draw(SEEDS) % 2**32), draw(st.sampled_from(dtypes))
    shape = [draw(extents(1, 3)) for _ in range(draw(st.integers(*lead)) - 1)]
    shape += [draw(extents(*channels)), draw(extents(low, high)), draw(extents(low, high))]
    array = numbers(random, dtype, shape)
    return Picture("tensor", np.moveaxis(np.moveaxis(array, -3, -1).copy(), -1, -3) if draw(st.booleans()) else array)


@st.composite
def colored(draw, dtypes=("uint8", "float32", "float64")):
    """A tensor (*, C, H, W) of 1 or 3 channels, sometimes with few different numbers, so that channels are equal."""
    channels = draw(st.sampled_from([1, 3, 3, 3]))
    picture = draw(tensor(dtypes, lead=(1, 3), channels=(channels, channels)))
    if draw(st.booleans()):
        most = 1 if picture.array.dtype.kind in "fb" else np.iinfo(picture.array.dtype).max
        few = np.array([0, most // 2 or 0.5, most]).astype(picture.array.dtype)
        picture.array[...] = few[np.random.RandomState(draw(SEEDS) % 2**32).randint(0, 3, picture.array.shape)]
    return picture


@st.composite
def whole_range(draw):
    """A tensor (*, C, H, W) of any type of numbers, integers from the least to the largest."""
    picture = draw(tensor((*INTEGERS, "bool", "float32", "float64"), lead=(1, 3)))
    if picture.array.dtype.name in INTEGERS:
        ends = np.iinfo(picture.array.dtype)
        random = np.random.RandomState(draw(SEEDS) % 2**32)
        picture.array[...] = random.randint(ends.min, ends.max, picture.array.shape, picture.array.dtype)
    return picture


@st.composite
def ndarray(draw):
    """An array (H, W, C) or (H, W), sometimes turned."""
    random = np.random.RandomState(draw(SEEDS) % 2**32)
    shape = [draw(extents()), draw(extents())] + ([draw(extents(1, 5))] if draw(st.booleans()) else [])
    array = numbers(random, draw(st.sampled_from(["uint8", "float32", "float64", "int32", "int64", "bool"])), shape)
    return Picture("ndarray", array.swapaxes(0, 1) if draw(st.booleans()) else array)


def applied(options_, picture):
    """Options and a picture that have nothing to do with each other."""
    return st.builds(Applied, options_, picture, SEEDS)


def calls(*positional, **optional):
    """Calls with these positional arguments, and any of these options."""
    return st.builds(lambda args, kwargs: Call(*args, **kwargs), st.tuples(*positional), options(**optional))


PICTURES = pil() | tensor()
SIZE = st.integers(1, 9) | st.tuples(extents(1, 9), extents(1, 9)) | st.lists(extents(1, 9), min_size=1, max_size=2)
WIDTHS = st.integers(0, 4)
PADDING = st.one_of(
    WIDTHS, st.lists(WIDTHS, min_size=2, max_size=2), st.tuples(WIDTHS, WIDTHS, WIDTHS, WIDTHS), st.tuples(WIDTHS)
)
TRIM = st.tuples(*[st.integers(-2, 2)] * 4)
FILL = st.integers(0, 255)
MIRRORS = st.sampled_from(["symmetric", "reflect", "edge"])
MODE = st.just("constant") | MIRRORS
INTERPOLATION = st.sampled_from(["nearest", "nearest-exact", "bilinear", "bicubic", 0, 2, 3])
PILS = st.sampled_from(["box", "hamming", "lanczos", 1, 4, 5])  # which tensors lack
P = st.sampled_from([0.5, 0.3, 0.8]) | st.floats(0, 1)
CENTER = st.integers(-2, 9) | st.sampled_from([0.5, 1.5, 2.5]) | st.floats(-2, 9)
ANGLE = st.sampled_from([0, 90, 180.0, 270, -90, 45, 30.0, 360]) | st.integers(-400, 400) | st.floats(-400, 400)
DTYPE = st.sampled_from([*INTEGERS, "bool", "float32", "float64"])


@st.composite
def colours(draw):
    """Constant padding of PIL images with a number for each channel."""
    picture = draw(pil())
    fill = draw(st.lists(FILL | st.floats(0, 255), min_size=1, max_size=4))
    return Applied(Call(draw(PADDING), fill=draw(st.sampled_from([tuple(fill), fill, fill[0]]))), picture)


@st.composite
def normalized(draw):
    """Normalize with lists, tuples or tensors of as many numbers as there are channels, or of one."""
    picture = draw(tensor(("float32", "float64"), channels=(1, 3), lead=(1, 3)))
    count = draw(st.sampled_from([1, picture.array.shape[-3]]))
    mean = draw(st.lists(st.floats(-2, 2, width=32), min_size=count, max_size=count))
    std = draw(st.lists(st.floats(0.125, 4, width=32), min_size=count, max_size=count))
    kind = draw(st.sampled_from([list, tuple, np.array]))
    return Applied(Call(kind(mean), kind(std), **draw(options(inplace=st.booleans()))), picture)


@st.composite
def pipelines(draw):
    """What training does to a picture."""
    steps = draw(
        st.lists(
            st.sampled_from(
                [
                    Make("RandomHorizontalFlip"), Make("RandomVerticalFlip", 0.3), Make("CenterCrop", 8),
                    Make("RandomCrop", 6, padding=2), Make("Pad", 1, padding_mode="edge"), Make("Resize", (7, 9)),
                ]
            ),
            max_size=4,
        )
    )  # fmt: skip
    to_tensor = [Make("ToTensor"), Make("Normalize", [0.5, 0.4, 0.3], (0.2, 0.25, 0.5))]
    late = draw(st.booleans())
    return Applied(
        Call([*to_tensor, *steps] if late else [*steps, *to_tensor]), draw(pil(("RGB",), low=4)), draw(SEEDS)
    )


def fills(channels, number):
    """The color of what lies outside: nothing, a number, one in a list, or one for each channel."""
    several = st.lists(number, min_size=channels, max_size=channels)
    return st.none() | number | st.lists(number, min_size=1, max_size=1) | several | several.map(tuple)


@st.composite
def turned(draw, first, pictures, interpolations, fill_number=None, **optional):
    """A picture, what comes first in the call, and the options of a rotation that fit the picture."""
    picture = draw(pictures)
    channels = BANDS.get(picture.kind, 1) if picture.kind != "tensor" else picture.array.shape[-3]
    floats = picture.kind == "tensor" and picture.array.dtype.kind == "f"
    more = options(
        expand=st.booleans(),
        center=st.none() | st.tuples(CENTER, CENTER) | st.lists(CENTER, min_size=2, max_size=2),
        fill=fills(channels, st.floats(-1, 2, width=32) if floats else FILL | st.floats(0, 255)),
        **({"interpolation": st.sampled_from(interpolations)} if interpolations else {}),
        **optional,
    )
    return Applied(Call(draw(first), **draw(more)), picture, draw(SEEDS))


@st.composite
def erased(draw):
    """Options of RandomErasing and a tensor picture; what is written is of its type."""
    picture = draw(tensor(("uint8", "float32", "float64"), high=12, lead=(1, 2)))
    channels, floats = picture.array.shape[-3], picture.array.dtype.kind == "f"
    number = st.floats(-1, 2, width=32) | st.integers(0, 255) if floats else FILL | st.floats(0, 255)
    several = st.lists(number, min_size=channels, max_size=channels)
    value = number | several | several.map(tuple) | st.lists(number, min_size=1, max_size=1)
    value = value | st.just("random") if floats else value  # negative numbers are no bytes
    low, high = sorted([draw(st.floats(0, 1)), draw(st.floats(0, 1))])
    ratio = sorted([draw(st.floats(0.125, 4)), draw(st.floats(0.125, 4))])
    kind = draw(st.sampled_from([list, tuple]))
    more = options(p=P | st.just(1), scale=st.just(kind([low, high])), ratio=st.just(kind(ratio)), value=value,
                   inplace=st.booleans())  # fmt: skip
    return Applied(Call(**draw(more)), picture, draw(SEEDS))


@st.composite
def erasing(draw):
    """A rectangle to be erased, and with what: one number, one for each channel, or one for each pixel."""
    picture = draw(tensor(("uint8", "float32", "float64")))
    channels, height, width = picture.array.shape[-3:]
    h, w = draw(st.integers(0, height)), draw(st.integers(0, width))
    shape = draw(st.sampled_from([(), (1, 1, 1), (channels, 1, 1), (channels, h, w)]))
    v = np.random.RandomState(draw(SEEDS) % 2**32).randint(0, 256, shape).astype(draw(st.sampled_from(["f4", "u1"])))
    place = draw(st.integers(0, height - h)), draw(st.integers(0, width - w))
    return Applied(Call(*place, h, w, v, **draw(options(inplace=st.booleans()))), picture)


@st.composite
def jittered(draw, least, most):
    """A number, or two of them in order, between these ends."""
    number = st.floats(least, most, width=32)
    low, high = sorted([draw(number), draw(number)])
    return draw(st.sampled_from([0, abs(low), abs(high), (low, high), [low, high], (high, high)]))


@st.composite
def maybe(draw):
    """Several transforms under RandomApply."""
    steps = [Make("RandomHorizontalFlip"), Make("Pad", 1), Make("RandomCrop", 3), Make("RandomRotation", 30),
             Make("ColorJitter", 0.5)]  # fmt: skip
    steps = draw(st.lists(st.sampled_from(steps), max_size=3))
    picture = draw(pil(("L", "RGB"), low=3) | tensor(("float32",), low=3, channels=(3, 3)))
    return Applied(Call(draw(st.sampled_from([list, tuple]))(steps), **draw(options(p=P))), picture, draw(SEEDS))


def illegal(error, words, picture, *args, **kwargs):
    return Illegal(Applied(Call(*args, **kwargs), picture), error, words)


FLOATS = Picture("tensor", np.ones((3, 4, 5), np.float32))
GREY = Picture("tensor", np.ones((1, 4, 5), np.float32))
BYTES = Picture("tensor", np.ones((3, 4, 5), np.uint8))
RGB = Picture("RGB", np.ones((4, 5, 3), np.uint8))
CMYK = Picture("CMYK", np.ones((2, 3, 4), np.uint8))
ROW = Picture("tensor", np.ones(3, np.float32))
MATRIX = Picture("tensor", np.ones((2, 3), np.float32))
FLOATS_OF_TWO = Picture("tensor", np.ones((2, 3, 4), np.float32))

BORDERS = st.builds(lambda padding, mode: Call(padding, padding_mode=mode), PADDING, MIRRORS)
PAD = applied(calls(PADDING, fill=FILL, padding_mode=MODE) | calls(TRIM), PICTURES) | applied(BORDERS, PICTURES)
RESIZE = applied(calls(SIZE, interpolation=INTERPOLATION, antialias=st.booleans()), pil() | tensor(low=2))
RESIZE_PIL = applied(st.builds(lambda size, mode: Call(size, interpolation=mode), SIZE, PILS), pil())
RESIZE_SHORTER = applied(
    calls(st.integers(2, 9), interpolation=INTERPOLATION, max_size=st.integers(2, 20)), pil() | tensor(low=2)
)
MIDDLES = applied(st.builds(Call, st.integers(1, 3)), pil(low=4) | tensor(low=4))
CROP = applied(calls(SIZE, padding=PADDING, pad_if_needed=st.booleans(), fill=FILL, padding_mode=MODE), PICTURES)
TO_TENSOR = applied(st.just(Call()), pil() | ndarray())
TO_PIL = applied(
    calls(mode=st.sampled_from([None, *MODES])),
    tensor(("uint8", "float32", "float64", "int16", "int32", "int64"), lead=(1, 1), channels=(1, 5)) | ndarray(),
)
DEPTHS = ("uint8", "float32", "float64", "int16", "bool", "int64")
FACTOR = st.sampled_from([0, 1, 0.5, 2]) | st.floats(0, 3) | st.floats(0, 0.875)
HUES = pil() | colored(("uint8", "float32", "float64", "int16"))
HUE = st.sampled_from([0, 0.5, -0.5, 0.25]) | st.floats(-0.5, 0.5)
GREYS = applied(calls(num_output_channels=st.sampled_from([1, 3])), pil() | colored(DEPTHS))
FACTORS = jittered(0, 2)
JITTER = applied(
    mostly(brightness=FACTORS, contrast=FACTORS, saturation=FACTORS, hue=jittered(-0.5, 0.5)).map(
        lambda options: Call(**options)
    ),
    pil(("L", "RGB", "CMYK", "YCbCr")) | colored(("uint8", "float32", "float64")),
)
CONVERT = applied(calls(dtype=DTYPE), whole_range())
ROTATE_PIL = turned(ANGLE, pil(), ["nearest", "nearest-exact", "bilinear", "bicubic", 0, 2, 3])
NEAREST = turned(ANGLE, tensor(DEPTHS, lead=(1, 2)), ["nearest", 0])
BILINEAR = turned(ANGLE, tensor(("uint8", "float32", "float64", "int16"), lead=(1, 2)), ["bilinear", 2])
DEGREES = st.floats(0, 400) | st.integers(0, 400) | st.lists(st.floats(-400, 400), min_size=2, max_size=2).map(sorted)

ENUMERATION = ("vision.transforms.InterpolationMode", "vision.transforms.functional.InterpolationMode")
CLASSES = [
    Blend("Compose", pipelines()),
    Transform("Lambda", applied(st.just(Call(abs)), tensor(("float32",))),
              illegal=(illegal(TypeError, ("lambd", "callable", "int"), RGB, 3),)),
    Transform("ToTensor", TO_TENSOR,
              illegal=(illegal(TypeError, ("PIL Image or ndarray",), BYTES),
               illegal(ValueError, ("2/3", "4 dim"), Picture("ndarray", np.ones((1, 2, 3, 3)))))),
    Transform("PILToTensor", applied(st.just(Call()), pil(tuple(mode for mode in MODES if mode != "I;16"))),
              illegal=(illegal(TypeError, ("PIL Image",), BYTES),
               illegal(TypeError, ("I;16", "uint16"), Picture("I;16", np.ones((2, 3), np.uint16))))),
    Transform("ToPILImage", TO_PIL,
              illegal=(illegal(ValueError, ("mode", "YCbCr"), BYTES, "L"), illegal(TypeError, ("ndarray",), RGB),
               illegal(ValueError, ("4 channels", "5"), Picture("tensor", np.ones((5, 2, 2), np.uint8))))),
    Transform("Normalize", normalized(),
              illegal=(illegal(TypeError, ("float tensor", "uint8", "ToTensor"), BYTES, [0.5] * 3, [0.5] * 3),
               illegal(TypeError, ("Tensor", "PIL", "ToTensor() before"), RGB, [0.5] * 3, [0.5] * 3),
               illegal(ValueError, ("C, H, W",), ROW, [0.5], [0.5]),
               illegal(ValueError, ("std", "zero"), FLOATS, [0.5] * 3, [0.5, 0, 0.5]),
               illegal(RuntimeError, ("mean", "2 numbers", "3 channels"), FLOATS, [0.5] * 2, [0.5] * 2),
               illegal(RuntimeError, ("std", "3 numbers", "1 channel", "RGB"), GREY, [0.5], [0.5] * 3))),
    Resized("Resize", RESIZE | RESIZE_SHORTER | RESIZE_PIL, covers=ENUMERATION,
          illegal=(illegal(TypeError, ("size", "str"), RGB, "7"), illegal(ValueError, ("1 or 2",), RGB, (1, 2, 3)),
           illegal(TypeError, ("InterpolationMode", "linear"), RGB, 3, "linear"),
           illegal(ValueError, ("max_size", "smaller edge"), RGB, (3, 3), max_size=5),
           illegal(ValueError, ("max_size", "strictly greater"), RGB, 3, max_size=3),
           illegal(RuntimeError, ("greater than 0", "H: 0"), FLOATS, (0, 3)),
           illegal(NotImplementedError, ("lanczos", "bicubic"), FLOATS, 3, 1),
           illegal(TypeError, ("image", "(3,)"), ROW, 3))),
    Transform("CenterCrop", MIDDLES | applied(calls(SIZE), PICTURES),
              illegal=(illegal(ValueError, ("h, w",), RGB, (1, 2, 3)),)),
    Transform("Pad", PAD | colours(),
              illegal=(illegal(TypeError, ("padding", "'ab'"), RGB, "ab"),
               illegal(ValueError, ("1, 2, or 4", "3"), RGB, (1, 2, 3)),
               illegal(TypeError, ("fill", "None"), RGB, 1, None),
               illegal(ValueError, ("mode", "wrap"), RGB, 1, 0, "wrap"),
               illegal(TypeError, ("fill", "one number"), BYTES, 1, (1, 2, 3)),
               illegal(ValueError, ("fill", "2 != 3"), RGB, 1, (1, 2)),
               illegal(RuntimeError, ("at most 3", "4"), BYTES, (0, 4), 0, "reflect"))),
    Transform("RandomCrop", CROP,
              illegal=(illegal(ValueError, ("(5, 5)", "(4, 5)", "larger", "pad_if_needed"), RGB, 5),)),
    Transform("RandomHorizontalFlip", applied(calls(p=P), PICTURES)),
    Transform("RandomVerticalFlip", applied(calls(p=P), PICTURES)),
    Transform("RandomApply", maybe()),
    Transform("ConvertImageDtype", applied(st.builds(lambda dtype: Call(dtype=dtype), DTYPE), whole_range()),
              illegal=(illegal(TypeError, ("Tensor Image", "PIL"), RGB, dtype="float32"),
               illegal(RuntimeError, ("float32", "int32", "safely"), FLOATS, dtype="int32"))),
    Blend("Grayscale", GREYS,
          illegal=(illegal(ValueError, ("num_output_channels", "1 or 3", "2"), FLOATS, 2),
           illegal(ValueError, ("num_output_channels", "1 or 3", "2"), RGB, 2),
           illegal(TypeError, ("[1, 3]", "found 2"), FLOATS_OF_TWO),
           illegal(TypeError, ("(..., C, H, W)", "(2, 3)"), MATRIX),
           illegal(TypeError, ("PIL Image", "ndarray"), Picture("ndarray", np.ones((2, 2)))))),
    Blend("RandomGrayscale", applied(calls(p=P), pil(("L", "RGB", "YCbCr")) | colored(DEPTHS)),
          illegal=(illegal(ValueError, ("num_output_channels", "4"), CMYK, 1),)),
    Single("ColorJitter", JITTER,
          illegal=(illegal(ValueError, ("brightness", "single number", "non negative", "-1"), RGB, -1),
           illegal(TypeError, ("contrast", "length 2", "(1, 2, 3)"), RGB, 0, (1, 2, 3)),
           illegal(ValueError, ("saturation", "(0, inf)", "[2.0, 1.0]"), RGB, saturation=(2, 1)),
           illegal(ValueError, ("hue", "(-0.5, 0.5)", "0.6"), RGB, hue=0.6),
           illegal(ValueError, ("contrast", "mode F", "RGB"), Picture("F", np.ones((2, 3), np.float32)), 0, 0.5),
           illegal(TypeError, ("adjust_brightness", "[1, 3]", "found 2"), FLOATS_OF_TWO, 0.5))),
    Blend("RandomRotation", turned(DEGREES, pil(), ["nearest", "bilinear", "bicubic", 0, 2]) |
          turned(DEGREES, tensor(), ["nearest", "bilinear", 0, 2]),
          illegal=(illegal(ValueError, ("degrees", "positive", "-5"), RGB, -5),
           illegal(ValueError, ("degrees", "length 2", "(1, 2, 3)"), RGB, (1, 2, 3)),
           illegal(TypeError, ("degrees", "sequence", "'9'"), RGB, "9"),
           illegal(TypeError, ("center", "sequence", "3"), RGB, 5, center=3),
           illegal(TypeError, ("fill", "red"), RGB, 5, fill="red"),
           illegal(TypeError, ("InterpolationMode", "linear"), RGB, 5, "linear"),
           illegal(ValueError, ("bicubic", "Tensor", "bilinear"), FLOATS, 5, interpolation=3),
           illegal(ValueError, ("fill", "2 != 3"), FLOATS, 5, fill=[0, 1]),
           illegal(ValueError, ("fill", "2 != 3"), RGB, 5, fill=[0, 1]),
           illegal(TypeError, ("image", "(3,)"), ROW, 5))),
    Transform("RandomErasing", erased(),
              illegal=(illegal(TypeError, ("value", "None"), FLOATS, value=None),
               illegal(ValueError, ("random", "noise"), FLOATS, value="noise"),
               illegal(TypeError, ("scale", "sequence", "0.1"), FLOATS, scale=0.1),
               illegal(TypeError, ("ratio", "sequence", "0.1"), FLOATS, ratio=0.1),
               illegal(ValueError, ("scale", "between 0 and 1", "1.5"), FLOATS, scale=(0.5, 1.5)),
               illegal(ValueError, ("probability", "1.5"), FLOATS, 1.5),
               illegal(ValueError, ("value", "3", "2"), FLOATS, 1, value=(0, 1)),
               illegal(TypeError, ("Tensor Image", "PIL"), RGB, 1),
               illegal(TypeError, ("(..., C, H, W)", "(2, 3)"), MATRIX, 1))),
]  # fmt: skip

OFFSET = st.integers(-4, 10)
FUNCTIONS = {
    "to_tensor": applied(st.just(Call()), pil((*OTHER, "P"))), "to_pil_image": TO_PIL,
    "normalize": normalized(), "pad": PAD | colours(),
    "center_crop": applied(calls(SIZE), PICTURES) | MIDDLES, "hflip": applied(st.just(Call()), PICTURES),
    "vflip": applied(st.just(Call()), PICTURES),
    # A box that ends left of the picture or above it is not drawn: faults.crop_outside.
    "crop": applied(st.builds(Call, OFFSET, OFFSET, st.integers(5, 9), st.integers(5, 9)), PICTURES),
    "pil_to_tensor": applied(st.just(Call()), pil(tuple(mode for mode in MODES if mode != "I;16"))),
    "get_dimensions": applied(st.just(Call()), PICTURES),
}  # fmt: skip

COLORS = {
    "adjust_brightness": applied(st.builds(Call, FACTOR), pil((*BANDS,)) | colored(DEPTHS)),
    # int64 is left out: the last bits of a mean of such numbers depend on the order of the sum.
    "adjust_contrast": applied(st.builds(Call, FACTOR), pil((*BANDS,)) | colored(DEPTHS[:-1]) | colored(DEPTHS[:1])),
    "adjust_saturation": applied(st.builds(Call, FACTOR), pil((*BANDS,)) | colored(DEPTHS)),
    "rgb_to_grayscale": GREYS, "to_grayscale": applied(calls(num_output_channels=st.sampled_from([1, 3])), pil()),
}  # fmt: skip


def resizing(interpolation, antialias):
    """Tensors of one kind of interpolation."""
    call = st.builds(Call, SIZE, interpolation=st.just(interpolation), antialias=st.just(antialias))
    return applied(call, tensor(low=2, high=20))


@st.composite
def longish(draw):
    """Pictures of which the longer side decides."""
    shorter = draw(st.integers(2, 8))
    return Applied(Call(shorter, max_size=shorter + draw(st.integers(1, 8))), draw(pil(low=2, high=20)))


@st.composite
def grids(draw):
    """A batch, a list, or a picture alone, of floats or bytes. One alone is grey: of another, torch returns a view."""
    shape = [draw(extents(1, 4)) for _ in range(draw(st.integers(2, 4)))]
    if len(shape) == 3 or len(shape) == 4 and shape[0] == 1:
        shape[-3] = 1
    if draw(st.integers(0, 4)) == 0:
        return Call(draw(tensor(("uint8", "int64"))).array[..., :1, :, :], draw(st.integers(1, 4)))
    pictures = draw(arrays(shape, ("normal", "strided", "ties")))
    arguments = draw(options(nrow=st.integers(1, 5), padding=st.integers(0, 3), normalize=st.booleans(),
                             value_range=st.sampled_from([None, (0, 1), (-0.5, 0.7), (0.25, 0.25)]),
                             scale_each=st.booleans(), pad_value=st.sampled_from([0.5, 0, -2])))  # fmt: skip
    return Call(list(pictures) if len(shape) == 4 and draw(st.booleans()) else pictures, **arguments)


RECORDS = [
    *CLASSES,
    Resized("functional.resize-max_size", longish(), function="resize"),
    *(Transform(f"functional.{name}", drawn, function=name) for name, drawn in FUNCTIONS.items()),
    *(Blend(f"functional.{name}", drawn, function=name) for name, drawn in COLORS.items()),
    Single("functional.adjust_hue", applied(st.builds(Call, HUE), HUES), function="adjust_hue"),
    Transform("functional.convert_image_dtype", CONVERT, function="convert_image_dtype",
              illegal=(illegal(TypeError, ("Tensor Image", "PIL"), RGB),
               illegal(RuntimeError, ("float32", "int64", "safely"), FLOATS, dtype="int64"))),
    Transform("functional.erase", erasing(), function="erase",
              illegal=(illegal(TypeError, ("Tensor Image", "PIL"), RGB, 0, 0, 1, 1, 0),)),
    Transform("functional.rotate-nearest", NEAREST, function="rotate"),
    Blend("functional.rotate-bilinear", BILINEAR, function="rotate"),
    Transform("functional.rotate", ROTATE_PIL, function="rotate",
              illegal=(illegal(TypeError, ("angle", "'9'"), RGB, "9"),
               illegal(ValueError, ("center", "length 2", "(1, 2, 3)"), RGB, 9, center=(1, 2, 3)))),
    Op("make_grid", grids(), twin="torchvision.utils.make_grid", path="vision.utils", illegal=(
        Illegal(Call([np.zeros((1, 2, 2)), 3]), TypeError, ("list of tensors", "int")),
        Illegal(Call((np.zeros((1, 2, 2)),)), TypeError, ("list of tensors", "tuple")),
        Illegal(Call(np.zeros((1, 2, 2, 2, 2))), ValueError, ("(N, C, H, W)", "[1, 2, 2, 2, 2]")),
        Illegal(Call(np.zeros((2, 3, 2, 2)), nrow=0), ValueError, ("nrow=0",)),
        Illegal(Call(np.zeros((0, 3, 2, 2)), normalize=True), ValueError, ("nothing to show", "[0, 3, 2, 2]")),
        Illegal(Call([np.zeros((3, 2, 2)), np.zeros((3, 2, 4))]), ValueError, ("one size", "[3, 2, 4]")),
        Illegal(Call([]), ValueError, ("one size", "[]")),
        Illegal(Call(np.zeros((2, 3, 2, 2), np.uint8), normalize=True), RuntimeError, ("floats", "uint8")),
        Illegal(Call(np.zeros((2, 3, 2, 2)), normalize=True, value_range=[0, 1]), TypeError, ("tuple", "[0, 1]")))),
    *(
        Resized(f"functional.resize-{mode}{'-antialias' * antialias}", resizing(mode, antialias), function="resize")
        for mode, antialias in [
            ("nearest", False), ("nearest-exact", False), ("bilinear", False), ("bilinear", True), ("bicubic", False),
            ("bicubic", True),
        ]
    ),
]  # fmt: skip
