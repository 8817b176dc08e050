"""Which options torch's signature of a record's twin has, and which of them the drawn calls give.

An option is a parameter that may be left out: it has a default, or only some of the forms have it. It is drawn if a
call gives it another value than its default; it is refused if ours, given it, raises an error that names it.
"""

import inspect
import itertools
from dataclasses import dataclass

import numpy as np
import torch

import minitorch_edu as mt

from . import catalogue
from .explore import draw
from .layer import Use
from .optimizer import Training
from .record import Call

__all__ = ["Covered", "coverage", "options"]


@dataclass(frozen=True)
class Covered:
    """The options of torch's signature; those drawn, those refused by name, and the rest."""

    options: tuple
    drawn: tuple
    refused: tuple

    @property
    def missing(self):
        return tuple(name for name in self.options if name not in (*self.drawn, *self.refused))

    def __str__(self):
        return f"drawn {len(self.drawn)} of {len(self.options)} options, refused {', '.join(self.refused) or 'none'}"


EXAMPLES = 40
EMPTY = inspect.Parameter.empty


@dataclass(frozen=True)
class Parameter:
    """A parameter of one form of a function; kind: what it takes, as schemas say, or ""."""

    name: str
    default: object = EMPTY
    kind: str = ""
    by_name: bool = False


def forms(twin):
    """The forms of a function, each a list of Parameters: one, or the overloads of an operator written in C++."""
    stub = torch.overrides.get_testing_overrides().get(twin, lambda: None)
    try:
        return [parameters(twin) or parameters(stub)]  # (*args, **kwargs) says nothing
    except (TypeError, ValueError):
        return overloads(twin) or [parameters(stub)]


def parameters(function):
    found = inspect.signature(function).parameters.values()
    variable = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [Parameter(p.name, p.default, "", p.kind == p.KEYWORD_ONLY) for p in found
            if p.kind not in variable and p.name[0] != "_" and p.name != "self"]  # fmt: skip


def overloads(twin):
    """The forms that the schemas of an operator describe."""
    packet = getattr(torch.ops.aten, twin.__name__, None)
    found = []
    for overload in packet.overloads() if packet else ():
        schema = getattr(packet, overload)._schema
        if "out" in overload or any("Dimname" in str(argument.type) for argument in schema.arguments):
            continue
        form = [
            Parameter("input" if argument.name == "self" else argument.name,
                      argument.default_value if argument.has_default_value() else EMPTY,
                      str(argument.type), argument.kwarg_only)
            for argument in schema.arguments
        ]  # fmt: skip
        if any(parameter.name == "layout" for parameter in form):
            form.append(Parameter("requires_grad", False, "bool", True))  # which the schemas lack
        found.append(form)
    return found


def optional(found):
    """The names of the options: parameters with a default, given by name only, or not of all forms."""
    everywhere = set.intersection(*({parameter.name for parameter in form} for form in found))
    return tuple(dict.fromkeys(
        parameter.name for form in found for parameter in form
        if parameter.default is not EMPTY or parameter.by_name or parameter.name not in everywhere
    ))  # fmt: skip


def options(record):
    """The options of torch's signature; none for a record of several names, or of one part of what a name does."""
    return optional(forms(record.resolve("torch"))) if measured(record) else ()


def measured(record):
    """Whether a record is held to the options of its name: not if it is of a program, or only of some calls."""
    return bool(record.public) and record.public.endswith(record.name.split("-")[0])


# ------------------------------------------------------------------------------------------------ drawn


def given(found, call):
    """{option: value} of a call, read by the first form that it fits."""
    known = {parameter.name for form in found for parameter in form}
    for loose in (False, True):  # whether further numbers belong to the last argument, as in zeros(2, 3)
        for form in found:
            named = {parameter.name: parameter for parameter in form}
            in_order = [parameter for parameter in form if not parameter.by_name]
            pairs = list(zip(in_order, call.args)) + [(named[k], v) for k, v in call.kwargs.items() if k in named]
            fits = loose or len(call.args) <= len(in_order)
            if fits and set(call.kwargs) & known <= set(named) and all(takes(*pair) for pair in pairs):
                return {parameter.name: value for parameter, value in pairs if differs(value, parameter.default)}
    return {}


def takes(parameter, value):
    """Whether a parameter may take this value, as far as tensors and numbers go."""
    if isinstance(value, np.ndarray):
        return parameter.kind in ("", "Tensor", "Optional[Tensor]", "number", "generic")
    return parameter.kind != "Tensor" or isinstance(value, (bool, int, float))


def differs(value, default):
    if isinstance(value, np.ndarray) or isinstance(default, np.ndarray):
        return True
    return type(value) is not type(default) and not (np.isscalar(value) and np.isscalar(default)) or value != default


def arguments(record, drawn):
    """The Calls in which a drawn thing gives options: of a function, of a constructor, of groups of parameters."""
    call = getattr(drawn, "options", drawn)
    yield Call(None, *call.args, **call.kwargs) if getattr(record, "function", "") else call  # the picture comes first
    for _, own in getattr(drawn, "groups", ()):
        yield Call(**own)


def siblings(record):
    """The records of the same name, with more calls drawn for each: every check draws its own."""
    for one in (record, *(one for one in catalogue() if one.public == record.public and one.name != record.name)):
        yield one, draw(one.calls, EXAMPLES, seed=1)


def coverage(record, calls):
    """The Covered of a record by these calls; by more, and by those of other records of its name, if some are left."""
    if not measured(record):
        return Covered((), (), ())
    found = forms(record.resolve("torch"))
    names, drawn = optional(found), set()
    for one, drawn_calls in itertools.chain([(record, calls)], siblings(record)):
        if not set(names) <= drawn:
            for part in itertools.chain.from_iterable(arguments(one, call) for call in drawn_calls):
                drawn |= set(given(found, part))
    left = [name for name in names if name not in drawn]
    refused = tuple(name for name in left if any(refuses(record, call, name, found) for call in calls[:8]))
    return Covered(names, tuple(name for name in names if name in drawn), refused)


# ------------------------------------------------------------------------------------------------ refused

VALUES = {"device": "meta", "generator": 1, "out": np.zeros(1), "dtype": "float64"}


def refuses(record, call, name, found):
    """Whether ours, given this option too, raises an error that names it."""
    defaults = [parameter.default for form in found for parameter in form if parameter.name == name]
    value = VALUES.get(name, defaults[0] is not True)
    try:
        attempt(record, call, {name: value})
    except Exception as error:
        return name in str(error)
    return False


def attempt(record, drawn, more):
    """Ours with more options than the drawn ones."""
    call = getattr(drawn, "options", drawn)
    call = Call(*call.args, **call.kwargs, **more)
    if isinstance(drawn, Use):
        return record.build(mt, call, np.float32)
    if isinstance(drawn, Training):
        call = Call([np.ones(2)], **call.kwargs)
    return record.attempt(call)
