"""Files travel both ways between torch and this library, and load runs nothing that a file asks for."""

import collections
import os
import pickle

import numpy as np
import pytest
import torch

import minitorch_edu as mt
from reference import catalogue
from reference.explore import draw
from reference.layer import Layer
from reference.optimizer import Optimizer

DTYPES = ("float32", "float64", "int64", "int32", "int16", "int8", "uint8", "bool")


def values(library):
    """Tensors of all types, views of one memory, and plain values, of either library."""
    base = library.arange(24, dtype=library.float32).reshape(2, 3, 4)
    tensors = {name: library.tensor([[0, 1, 2], [3, 4, 5]], dtype=getattr(library, name)) for name in DTYPES}
    return {
        **tensors, "whole": base, "turned": base.permute(2, 0, 1), "part": base[1], "scalar": library.tensor(2.5),
        "empty": library.zeros(0, 3), "list": [1, 2.5, "x", None, True, (library.ones(2),)],
        "size": library.Size([1, 2]), "dtype": library.float64,
        "ordered": collections.OrderedDict(a=library.ones(1)), "counter": collections.Counter([2, 3, 3]),
        "bytes": b"\x00abc\xff", "array": bytearray(b"\xfe"), "set": {1, 2},
    }  # fmt: skip


def same(a, b):
    if hasattr(a, "detach"):
        assert str(a.dtype) == str(b.dtype) and np.array_equal(a.detach().numpy(), b.detach().numpy())
    elif isinstance(a, dict):
        assert type(a) is type(b) and a.keys() == b.keys()
        for key in a:
            same(a[key], b[key])
    elif isinstance(a, (list, tuple)):
        assert len(a) == len(b)
        for one, other in zip(a, b):
            same(one, other)
    else:
        assert repr(a) == repr(b)


def test_from_torch(tmp_path):
    torch.save(values(torch), tmp_path / "x.pt")
    loaded = mt.load(tmp_path / "x.pt")
    same(loaded, values(torch))
    loaded["whole"][1, 0, 0] = -1.0  # the views still share their memory
    assert loaded["part"][0, 0].item() == loaded["turned"][0, 1, 0].item() == -1


def test_to_torch(tmp_path):
    mt.save(values(mt), tmp_path / "x.pt")
    loaded = torch.load(tmp_path / "x.pt", weights_only=True)
    same(loaded, values(mt))
    loaded["whole"][1, 0, 0] = -1.0
    assert loaded["part"][0, 0].item() == loaded["turned"][0, 1, 0].item() == -1


@pytest.mark.parametrize("writer, reader", [(torch, mt), (mt, torch)], ids=["torch to ours", "ours to torch"])
def test_network_and_optimizer(tmp_path, writer, reader):
    def made(library):
        library.manual_seed(5)
        nn = library.nn
        net = nn.Sequential(nn.Conv2d(1, 2, 3, bias=False), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(8, 3))
        return net, library.optim.Adam(net.parameters(), amsgrad=True), library.randn(4, 1, 4, 4)

    def step(net, optimizer, x):
        optimizer.zero_grad()
        (net(x) ** 2).sum().backward()
        optimizer.step()

    ours, theirs = made(writer), made(reader)
    step(*ours)
    writer.save({"net": ours[0].state_dict(), "optimizer": ours[1].state_dict()}, tmp_path / "x.pt")
    saved = reader.load(tmp_path / "x.pt")
    theirs[0].load_state_dict(saved["net"])
    theirs[1].load_state_dict(saved["optimizer"])
    step(*ours)
    step(*theirs)
    for (name, a), b in zip(ours[0].state_dict().items(), theirs[0].state_dict().values()):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-4, atol=1e-5, err_msg=name)


def test_every_scheduler(tmp_path):
    optimizer = mt.optim.SGD([mt.ones(1, requires_grad=True)], lr=1.0, momentum=0.5)
    rules = mt.optim.lr_scheduler
    for made in (
        rules.StepLR(optimizer, 2), rules.MultiStepLR(optimizer, [1, 3, 3]), rules.CosineAnnealingLR(optimizer, 5),
        rules.OneCycleLR(optimizer, 1.0, 9), rules.LambdaLR(optimizer, lambda t: 1.0),
        rules.ReduceLROnPlateau(optimizer), rules.SequentialLR(optimizer, [rules.LinearLR(optimizer)], []),
    ):  # fmt: skip
        mt.save(made.state_dict(), tmp_path / "x.pt")
        for library in (mt, torch):
            assert repr(library.load(tmp_path / "x.pt", weights_only=True)) == repr(made.state_dict())


def test_half_precision_is_widened(tmp_path):
    half = {"half": torch.tensor([1.5, -2.25, 65504.0]).half(), "brain": torch.tensor([1.5, -3e38]).bfloat16()}
    torch.save(half, tmp_path / "x.pt")
    for name, tensor in mt.load(tmp_path / "x.pt").items():
        assert tensor.dtype is mt.float32 and np.array_equal(tensor.numpy(), half[name].float().numpy())


class Touch:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


def test_nothing_of_a_file_is_run(tmp_path):
    torch.save({"x": Touch(str(tmp_path / "made"))}, tmp_path / "x.pt")
    with pytest.raises(pickle.UnpicklingError, match="mkdir"):
        mt.load(tmp_path / "x.pt")
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("size", [0, 100, 700, -30])
def test_damaged_file(tmp_path, size):
    mt.save(values(mt), tmp_path / "x.pt")
    whole = (tmp_path / "x.pt").read_bytes()
    (tmp_path / "x.pt").write_bytes(whole[:size])
    with pytest.raises(RuntimeError, match=r"load\(\).*x.pt"):
        mt.load(tmp_path / "x.pt")


def test_a_file_is_whole_or_not_there(tmp_path):
    for refused in (lambda: 0, mt.nn.Linear(1, 1), open):
        with pytest.raises(pickle.PicklingError, match=r"save\(\)"):
            mt.save({"x": mt.ones(1), "y": refused}, tmp_path / "x.pt")
    assert os.listdir(tmp_path) == []


def test_only_the_cpu(tmp_path):
    mt.save(mt.ones(1), tmp_path / "x.pt")
    assert mt.load(tmp_path / "x.pt", map_location="cpu").item() == 1
    with pytest.raises(RuntimeError, match="cuda"):
        mt.load(tmp_path / "x.pt", map_location="cuda")
    with pytest.raises(NotImplementedError, match="weights_only"):
        mt.load(tmp_path / "x.pt", weights_only=False)


def test_map_location(tmp_path, monkeypatch):
    """A file of a device that is not here can be read by those who say where its tensors go, as with torch."""
    saved = mt.serialization._Pickler.persistent_id
    device = lambda self, value: found and (*found[:3], "cuda:0", found[4]) if (found := saved(self, value)) else None
    monkeypatch.setattr(mt.serialization._Pickler, "persistent_id", device)
    mt.save({"x": mt.arange(3)}, tmp_path / "x.pt")
    places = ["cpu", {"cuda:0": "cpu"}, lambda storage, location: storage if location == "cuda:0" else None]
    for library in (mt, torch):
        for place in [*places, library.device("cpu")]:
            loaded = library.load(tmp_path / "x.pt", map_location=place, weights_only=True)
            assert loaded["x"].tolist() == [0, 1, 2]
        for place in (None, {"cuda:1": "cpu"}, lambda storage, location: None, "cuda", {"cuda:0": "cuda:0"}):
            with pytest.raises(RuntimeError, match="(?i)cuda"):
                library.load(tmp_path / "x.pt", map_location=place, weights_only=True)


# ------------------------------------------------------------------------------------------------ all that has a state

LAYERS = [record for record in catalogue() if type(record) is Layer]
OPTIMIZERS = [record for record in catalogue() if type(record) is Optimizer]


def there_and_back(state, tmp_path):
    """A state of torch's, read and written by us, and read by torch again."""
    torch.save(state, tmp_path / "torchs.pt")
    mt.save(mt.load(tmp_path / "torchs.pt"), tmp_path / "ours.pt")
    return torch.load(tmp_path / "ours.pt", weights_only=True)


def identical(a, b):
    """Whether two states have the same keys, types and bits."""
    if isinstance(a, torch.Tensor):
        return a.dtype == b.dtype and a.stride() == b.stride() and a.numpy().tobytes() == b.numpy().tobytes()
    if isinstance(a, dict):
        return list(a) == list(b) and all(identical(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)):
        return type(a) is type(b) and len(a) == len(b) and all(map(identical, a, b))
    return type(a) is type(b) and repr(a) == repr(b)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("record", LAYERS, ids=lambda record: record.name)
def test_the_state_of_every_layer_comes_back(record, tmp_path):
    for use in draw(record.calls, 5):
        theirs = record.build(torch, use.options, np.float32).state_dict()
        assert identical(there_and_back(theirs, tmp_path), theirs)
        ours = record.build(mt, use.options, np.float32)
        ours.load_state_dict(mt.load(tmp_path / "torchs.pt"))
        mt.save(ours.state_dict(), tmp_path / "ours.pt")
        again = torch.load(tmp_path / "ours.pt", weights_only=True)
        assert identical(again, collections.OrderedDict(theirs)), f"{record.name}: {use!r}"


@pytest.mark.parametrize("record", OPTIMIZERS, ids=lambda record: record.name)
def test_the_state_of_every_optimizer_comes_back(record, tmp_path):
    for training in draw(record.calls, 10):
        values = [value for members, _ in training.groups for value in members]
        parameters, optimizer = record.build(torch, training, values, np.float32)
        for gradients, _ in training.steps:
            for p, gradient in zip(parameters, gradients):
                p.grad = None if gradient is None else torch.from_numpy(gradient.astype(np.float32))
            optimizer.step()
        assert identical(there_and_back(optimizer.state_dict(), tmp_path), optimizer.state_dict())
