"""Nothing public is without a record."""

import types

import pytest
import torch

import minitorch_edu as mt
from reference import catalogue
from reference.explore import draw
from reference.methods import RECORDS as FORMS
from reference.methods import Form, dotted

PLACES = ("", "Tensor", "nn", "nn.functional", "nn.init", "nn.utils", "optim", "optim.lr_scheduler", "utils.data",
          "vision.transforms", "vision.transforms.functional", "vision.datasets", "vision.utils",
          "autograd", "cuda")  # fmt: skip


def public_names():
    """Every public name of the library, dotted."""
    for place in PLACES:
        thing = dotted(mt, place) if place else mt
        names = getattr(thing, "__all__", None) or [name for name in dir(thing) if name[0] != "_"]
        if place == "autograd":  # the others are the library's own tools
            names = [name for name in names if hasattr(torch.autograd, name)]
        for name in names:
            if not isinstance(getattr(thing, name), types.ModuleType):
                yield f"{place}.{name}".lstrip(".")


def test_every_public_name_has_a_record():
    covered = {name for record in catalogue() for name in (record.public, *record.covers)}
    missing = sorted(set(public_names()) - covered)
    assert not missing, f"no record covers {missing}"


def test_records_cover_only_what_there_is():
    unknown = {name for record in catalogue() for name in record.covers if dotted(mt, name) is None}
    assert not unknown


def test_names_are_different():
    names = [record.name for record in catalogue()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("record", [record for record in FORMS if isinstance(record, Form)], ids=lambda r: r.name)
def test_every_form_is_seen_to_give_something(record):
    """Calls that torch refuses too would prove nothing."""
    given = set()
    for call in draw(record.calls, 40):
        value = record.torchs(call, "float64").get("value 0")
        if value is not None and value.dtype.kind != "U":
            given.add(call.args[0])
    assert given == set(record.covers)
