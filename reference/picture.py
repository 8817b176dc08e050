"""What a record of a transform is: the same picture, options and seed given to us and to torchvision.

What only moves or converts pixels must be exact. Where pixels are blended, tensors may differ by float rounding, and
integers by one where the unrounded value lies half way between two.
"""

import importlib
import warnings
from dataclasses import dataclass, field

import numpy as np
import torch
from PIL import Image

import minitorch_edu as mt
from reference.record import EPS, OTHER_NUMBERS, Call, Drawn, Record, roundings, text
from reference.torchvision import torchvision  # noqa: F401  makes the import of its parts possible

__all__ = ["Applied", "Blend", "Make", "Picture", "Resized", "Single", "Transform"]

LIBRARIES = {"minitorch_edu": (mt, "minitorch_edu.vision.transforms"), "torch": (torch, "torchvision.transforms")}
ROUNDINGS = 64  # of the largest number, where floats are computed with


class Picture:
    """A picture to be: a PIL image of a mode, a "tensor", or an "ndarray"; it prints as the code that repeats it."""

    def __init__(self, kind, array):
        self.kind, self.array = kind, array

    @property
    def family(self):
        return self.kind if self.kind in ("tensor", "ndarray") else "PIL image"

    def make(self, library):
        if self.kind == "tensor":
            return library.from_numpy(self.array.copy(order="K"))
        if self.kind == "ndarray":
            return self.array.copy(order="K")
        if self.kind == "1":
            return Image.fromarray(self.array)
        height, width = self.array.shape[:2]
        image = Image.frombytes(self.kind, (width, height), self.array.tobytes())
        if self.kind == "P":
            image.putpalette(np.random.RandomState(0).bytes(768))
        return image

    def __repr__(self):
        return f"Picture({self.kind!r}, {text(self.array)})"


class Make:
    """A transform among the options of another one: its class and its own options."""

    def __init__(self, name, *args, **kwargs):
        self.name, self.options = name, Call(*args, **kwargs)

    def __repr__(self):
        return f"Make({self.name!r}, {self.options!r})"


class Applied(Drawn):
    """A transform of these options (a Call) applied to a picture after manual_seed(seed)."""

    def __init__(self, options, picture, seed=0):
        self.options, self.picture, self.seed = options, picture, seed

    def __repr__(self):
        return f"Applied({self.options!r}, {self.picture!r}, {self.seed})"


@dataclass(frozen=True, repr=False)
class Transform(Record):
    """The record of a transform: a class, or (functional) the function that takes the picture first.

    Options name an interpolation by its value ("nearest-exact"), a dtype by its name. Compared are the text it prints,
    the result (of PIL images also mode and palette), the gradient of float tensors, what is left in the input and in
    the random generator, and the type of the error if torchvision raises one.
    """

    function: str = field(default="", kw_only=True)
    path: str = field(default="vision.transforms", kw_only=True)

    @property
    def public(self):
        return f"{self.path}.functional.{self.function}" if self.function else f"{self.path}.{self.name}"

    def resolve(self, library):
        """The class, or the function (or the candidate)."""
        if library == "minitorch_edu" and self.candidate is not None:
            return self.candidate
        transforms = importlib.import_module(LIBRARIES[library][1])
        return getattr(transforms.functional, self.function) if self.function else getattr(transforms, self.name)

    def check(self, applied):
        """AssertionError if anything differs; of a candidate the picture counts, and what it leaves behind."""
        theirs = self.torchs(applied)
        if "error" in theirs and self.candidate is not None:
            return
        if self.candidate is not None:
            fewer = ("text", "gradient", *["dtype"] * (getattr(self.candidate, "library", "") == "NumPy arrays"))
            theirs = {what: value for what, value in theirs.items() if what not in fewer}
        ours = self.run("minitorch_edu", applied)
        if self.candidate is not None:
            ours = {what: value for what, value in ours.items() if what in theirs or what == "error"}
        if ours.keys() != theirs.keys():
            raise self.report(applied, "the outcome", ours, theirs)
        for what in sorted(theirs, key=lambda what: what != "generator" or self.candidate is None):
            if not self.same(ours[what], theirs[what], applied):
                raise self.report(applied, what, ours[what], theirs[what])

    def torchs(self, applied):
        """What torchvision makes of it."""
        if "torch" not in applied.answers:
            applied.answers["torch"] = self.run("torch", applied)
        return applied.answers["torch"]

    def fitted(self, applied):
        """The same as the candidate takes it, or None."""
        if self.candidate is None:
            return applied
        if applied.picture.family in getattr(self.candidate, "refused", ()):
            return None
        options, picture = applied.options, [None] * bool(self.function)  # which a function takes first
        call = super().fitted(Call(*picture, *options.args, **options.kwargs))
        return call and Applied(Call(*call.args[len(picture) :], **call.kwargs), applied.picture, applied.seed)

    def outcome(self, applied):
        """What comes out of the candidate, as {what: array}."""
        found = self.run("minitorch_edu", applied)
        return {what: np.asarray(found[what]) for what in ("value", "mode", "error") if what in found}

    def run(self, library, applied):
        """What a library makes of it, as {what: text, number or array}."""
        torch, path = LIBRARIES[library]
        transforms = importlib.import_module(path)
        picture, found = applied.picture.make(torch), {}
        differentiable = applied.picture.kind == "tensor" and applied.picture.array.dtype.kind == "f"
        if differentiable and not applied.options.kwargs.get("inplace"):
            picture.requires_grad_()
        torch.manual_seed(applied.seed)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                call = build(applied.options, torch, transforms)
                if self.function:
                    result = self.resolve(library)(picture, *call.args, **call.kwargs)
                else:
                    transform = self.resolve(library)(*call.args, **call.kwargs)
                    found["text"] = repr(transform)
                    result = transform(picture)
        except (TypeError, ValueError, RuntimeError, IndexError) as error:
            return {"error": type(error).__name__}
        found |= described(result)
        if getattr(result, "requires_grad", False):
            shape = tuple(result.shape)
            g = np.random.RandomState(7).standard_normal(shape).astype(found["value"].dtype)
            result.backward(torch.from_numpy(g))
            found["gradient"] = picture.grad.numpy()
        found |= {f"input {what}": value for what, value in described(picture).items()}
        found["generator"] = torch.get_rng_state().numpy()
        return found

    def same(self, ours, theirs, applied):
        """Whether two things agree."""
        if not isinstance(theirs, np.ndarray):
            return ours == theirs
        if ours.shape != theirs.shape or ours.dtype != theirs.dtype:
            return False
        if theirs.dtype.kind != "f":
            return np.array_equal(ours, theirs) or self.half_way(ours, theirs, applied)
        return roundings(ours, theirs, self.precision(theirs)) <= self.allowed()

    def allowed(self):
        return 0

    def precision(self, theirs):
        return theirs.dtype

    def half_way(self, ours, theirs, applied):
        return False

    def report(self, applied, what, ours, theirs):
        """What to raise where something differs."""
        if what == "generator" and self.candidate is not None:
            return AssertionError(f"{self.name}: {OTHER_NUMBERS}\n{self.again(applied)}")
        kinds = [(one.shape, one.dtype.name) if isinstance(one, np.ndarray) else None for one in (ours, theirs)]
        if what == "value" and None not in kinds and kinds[0] == kinds[1]:
            return super().report(applied, what, ours, theirs, "more than a rounding")
        shown = [f"{one!r:.1500} {kind or ''}" for one, kind in zip((ours, theirs), kinds)]
        return AssertionError(
            f"{self.name}: {what} differs\ngot: {shown[0]}\nexpected: {shown[1]}\n{self.again(applied)}"
        )

    def check_illegal(self, illegal):
        """AssertionError unless it raises what it must."""
        applied, transforms = illegal.call, mt.vision.transforms
        try:
            if self.function:
                call = build(applied.options, mt, transforms)
                getattr(transforms.functional, self.function)(applied.picture.make(mt), *call.args, **call.kwargs)
            else:
                construct(self.name, applied.options, mt, transforms)(applied.picture.make(mt))
        except illegal.error as error:
            missing = [word for word in illegal.words if word.lower() not in str(error).lower()]
            assert not missing, f"{self.name}{applied!r}: the message lacks {missing}: {error}"
        else:
            raise AssertionError(f"{self.name}{applied!r} raised nothing; {illegal.error.__name__} expected")


class Blend(Transform):
    """A transform that computes with pixels."""

    def allowed(self):
        return ROUNDINGS

    def half_way(self, ours, theirs, applied):
        """Whether integers differ only where the result that torch rounds, in float32, lies half way between them."""
        if applied.picture.kind != "tensor" or applied.picture.array.dtype.kind == "f":
            return False
        picture = Picture("tensor", applied.picture.array.astype(np.float32))
        exact = self.run("torch", Applied(applied.options, picture, applied.seed))["value"]
        wrong, near = ours != theirs, 8 * EPS * np.abs(exact).max()
        return (np.abs(exact - np.floor(exact) - 0.5) < near)[wrong].all() and np.abs(
            ours - theirs.astype(int)
        ).max() < 2


class Single(Blend):
    """A transform that computes in float32 with any picture."""

    def precision(self, theirs):
        return np.float32


class Resized(Blend):
    """A transform that resizes. A picture of one column is not compared: faults.one_wide."""

    def check(self, applied):
        smooth = applied.options.kwargs.get("interpolation", "bilinear") in ("bilinear", "bicubic", 2, 3)
        antialias = smooth and applied.options.kwargs.get("antialias", True) and applied.picture.kind == "tensor"
        if not (antialias and "value" in self.torchs(applied) and self.torchs(applied)["value"].shape[-1] == 1):
            super().check(applied)


def described(result):
    """A picture as {what: text, number or array}."""
    if isinstance(result, (np.ndarray, list)):
        return {"value": result}
    if isinstance(result, Image.Image):
        return {"mode": result.mode, "palette": result.getpalette(), "value": np.array(result)}
    return {"dtype": str(result.dtype), "value": result.detach().numpy().copy()}


def build(call, torch, transforms):
    """The options of a library's own types."""

    def walk(value):
        if isinstance(value, Make):
            return construct(value.name, value.options, torch, transforms)
        if isinstance(value, (list, tuple)):
            return type(value)(map(walk, value))
        return value

    call = call.map(torch.from_numpy)
    call = Call(*map(walk, call.args), **call.kwargs)
    if isinstance(call.kwargs.get("dtype"), str):
        call.kwargs["dtype"] = getattr(torch, call.kwargs["dtype"])
    if isinstance(call.kwargs.get("interpolation"), str):
        call.kwargs["interpolation"] = transforms.InterpolationMode(call.kwargs["interpolation"])
    return call


def construct(name, call, torch, transforms):
    call = build(call, torch, transforms)
    return getattr(transforms, name)(*call.args, **call.kwargs)
