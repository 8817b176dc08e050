"""Files travel both ways between torch and this library, and load runs nothing that a file asks for."""

import collections
import contextlib
import copyreg
import io
import os
import pickle
import re
import subprocess
import sys
import zipfile

import numpy as np
import pytest
import torch

import minitorch_edu as mt
from minitorch_edu import serialization
from reference import catalogue
from reference.explore import draw
from reference.layer import Layer
from reference.optimizer import Optimizer

DTYPES = ("float32", "float64", "int64", "int32", "int16", "int8", "uint8", "bool")


def values(library):
    """Tensors of all types, views of one memory, and plain values, of either library."""
    base = library.arange(24.0).reshape(2, 3, 4)
    tensors = {name: library.tensor([[0, 1, 2], [3, 4, 5]], dtype=getattr(library, name)) for name in DTYPES}
    return {
        **tensors, "whole": base, "turned": base.permute(2, 0, 1), "part": base[1], "steps": base[:, ::2, 1::2],
        "expanded": library.ones(3, 1).expand(3, 4), "scalar": library.tensor(2.5), "empty": library.zeros(0, 3),
        "empty beyond its memory": library.zeros(2, 0, 3)[:, :, 1], "leaf": library.ones(2, requires_grad=True),
        "parameter": library.nn.Parameter(base[0].clone()), "frozen": library.nn.Parameter(library.ones(2), False),
        "list": [1, 2.5, "x", None, True, (library.ones(2),)], "size": library.Size([1, 2]), "dtype": library.float64,
        "device": library.device("cpu"), "another device": library.device("cuda", 1),
        "ordered": collections.OrderedDict(a=library.ones(1)), "counter": collections.Counter([2, 3, 3]),
        "bytes": b"\x00abc\xff", "array": bytearray(b"\xfe"), "set": {1, 2},
    }  # fmt: skip


def same(a, b):
    if hasattr(a, "detach"):
        for what in (
            lambda t: (str(t.dtype), t.shape, t.stride(), t.requires_grad, type(t).__name__),
            lambda t: t.tolist(),
        ):
            assert what(a) == what(b)
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


# ------------------------------------------------------------------------------------------------ hostile files


def text(string):
    return pickle.BINUNICODE + len(string).to_bytes(4, "little") + string.encode()


def number(value):
    data = pickle.encode_long(value)
    return pickle.LONG1 + bytes([len(data)]) + data


def sequence(*items):
    return pickle.MARK + b"".join(items) + pickle.TUPLE


def name(dotted):
    module, _, last = dotted.rpartition(".")
    return pickle.GLOBAL + f"{module}\n{last}\n".encode()


def call(function, *arguments):
    return name(function) + sequence(*arguments) + pickle.REDUCE


def storage(kind=None, key="0", what="storage"):
    kind = kind or name("torch.FloatStorage")
    return sequence(text(what), kind, text(key), text("cpu"), number(2)) + pickle.BINPERSID


def tensor(size, stride=(1,), offset=0, memory=None, function="torch._utils._rebuild_tensor_v2"):
    """Of two float32 numbers in memory, unless they are other ones."""
    layout = [sequence(*map(number, extents)) for extents in (size, stride)]
    return call(
        function, memory or storage(), number(offset), *layout, pickle.NEWFALSE, call("collections.OrderedDict")
    )


def attributes(thing, key, slots=False):
    """Set an attribute of something to "hijacked"; with slots by setattr, which works on classes and functions too."""
    new = pickle.EMPTY_DICT + text(key) + text("hijacked") + pickle.SETITEM
    return thing + (pickle.NONE + new + pickle.TUPLE2 if slots else new) + pickle.BUILD


TOUCH = "touch made"
HOSTILE = {  # the case: (the pickle, what the error names)
    "calls a function": (call("os.system", text(TOUCH)), "os.system"),
    "calls a builtin": (call("builtins.eval", text("open('made', 'w')")), "builtins.eval"),
    "calls a builtin of Python 2": (call("__builtin__.eval", text("open('made', 'w')")), "__builtin__.eval"),
    "makes an object": (name("subprocess.Popen") + sequence(text(TOUCH)) + pickle.NEWOBJ, "subprocess.Popen"),
    "names and calls at once": (pickle.MARK + text(TOUCH) + pickle.INST + b"os\nsystem\n", "INST"),
    "calls what lies on the stack": (pickle.MARK + name("os.system") + text(TOUCH) + pickle.OBJ, "os.system"),
    "names from the stack": (text("os") + text("system") + pickle.STACK_GLOBAL, "STACK_GLOBAL"),
    "names by a number": (pickle.EXT1 + b"\x07" + sequence(text(TOUCH)) + pickle.REDUCE, "EXT1"),
    "asks for a part of what is allowed": (name("torch.Size.__init__"), "torch.Size.__init__"),
    "asks for another function of torch": (tensor([2], function="torch._utils._rebuild_xla_tensor"), "_rebuild_xla"),
    "changes a dtype": (attributes(name("torch.float32"), "name"), "dtype"),
    "changes a class": (attributes(name("torch.Size"), "numel", slots=True), "type"),
    "changes a function": (attributes(name("torch._utils._rebuild_tensor_v2"), "__defaults__", True), "function"),
    "changes a tensor": (attributes(tensor([2]), "array"), "Tensor"),
    "is not of a storage": (storage(what="module"), "module"),
    "has a storage of no type": (storage(name("collections.OrderedDict")), "OrderedDict"),
    "has a storage of strings": (storage(text("S4")), "S4"),
    "lacks a storage": (storage(key="9"), "data/9"),
    "leaves the archive": (storage(key="../../../../etc/passwd"), "etc/passwd"),
    "looks beyond the memory": (tensor([3]), "size (3,)"),
    "looks before the memory": (tensor([1], offset=-1), "does not fit"),
    "has more bytes than there are": (tensor([2**40]), "does not fit"),
    "has more bytes than can be counted": (tensor([2**70]), "does not fit"),
    "begins beyond what can be counted": (tensor([1], offset=2**62), "does not fit"),
    "has a text for memory": (tensor([1], memory=text("x")), "'str'"),
    "asks for much memory": (call("builtins.bytearray", number(2**40)), "memoryview"),
    "asks for much memory, later Pythons": (pickle.BYTEARRAY8 + (2**40).to_bytes(8, "little"), "BYTEARRAY8"),
    "says that a text is long": (pickle.BINUNICODE + b"\xff" * 4 + b"x", "x.pt"),
    "takes from an empty stack": (pickle.REDUCE, "x.pt"),
}  # fmt: skip


def archive(path, body, *more, **options):
    """A zip file with this pickle and a storage of two float32 numbers."""
    with zipfile.ZipFile(path, "w", **options) as file:
        file.writestr("x/data.pkl", pickle.PROTO + b"\2" + body + pickle.STOP)
        file.writestr("x/data/0", np.ones(2, np.float32).tobytes())
        file.writestr("x/version", "3\n")
        for extra in more:
            file.writestr(extra, "0")


def test_the_hostile_files_are_well_made(tmp_path):
    """What they are made of is read where it is not hostile."""
    archive(tmp_path / "x.pt", tensor([2]))
    for library in (mt, torch):
        assert library.load(tmp_path / "x.pt").tolist() == [1, 1]


def test_strange_names_in_the_archive(tmp_path):
    """Nothing is unpacked, so no name leads anywhere."""
    archive(tmp_path / "x.pt", tensor([2]), str(tmp_path / "y.pt"), "../y.pt", "x/data/../../y.pt")
    assert mt.load(tmp_path / "x.pt").tolist() == [1, 1]
    assert os.listdir(tmp_path) == ["x.pt"]


@pytest.mark.parametrize("case", HOSTILE)
def test_nothing_of_a_file_is_run(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(copyreg._inverted_registry, 7, ("os", "system"))
    monkeypatch.setitem(copyreg._extension_cache, 7, os.system)
    body, named = HOSTILE[case]
    archive("x.pt", body)
    defaults = serialization._rebuild_tensor.__defaults__
    with pytest.raises((pickle.UnpicklingError, RuntimeError), match=re.escape(named)):
        mt.load("x.pt")
    assert os.listdir() == ["x.pt"]
    assert mt.float32.name == "float32" and callable(mt.Size.numel)
    assert serialization._rebuild_tensor.__defaults__ == defaults


@pytest.mark.parametrize("thing", [torch.nn.Linear(1, 1), torch.optim.SGD([torch.ones(1)]), np.float64(0.5)], ids=repr)
def test_what_is_no_checkpoint_is_refused_with_the_way_out(thing, tmp_path):
    torch.save({"x": thing}, tmp_path / "x.pt")
    way = r"state_dict\(\).*x\.item\(\)"
    with pytest.raises(pickle.UnpicklingError, match=rf"{type(thing).__module__.split('.')[0]}\..*{way}"):
        mt.load(tmp_path / "x.pt")
    with pytest.raises(pickle.PicklingError, match=rf"save\(\).*{way}"):
        mt.save({"x": thing}, tmp_path / "y.pt")
    assert os.listdir(tmp_path) == ["x.pt"]


def test_a_lazily_negated_tensor_is_refused(tmp_path):
    """Its memory holds the numbers without the sign."""
    torch.save(torch._neg_view(torch.ones(2)), tmp_path / "x.pt")
    with pytest.raises(pickle.UnpicklingError, match=r"neg.*resolve_neg\(\)"):
        mt.load(tmp_path / "x.pt")


@pytest.mark.parametrize("size", [0, 100, 700, -30])
def test_damaged_file(tmp_path, size):
    mt.save(values(mt), tmp_path / "x.pt")
    whole = (tmp_path / "x.pt").read_bytes()
    (tmp_path / "x.pt").write_bytes(whole[:size])
    with pytest.raises(RuntimeError, match=r"load\(\).*x.pt"):
        mt.load(tmp_path / "x.pt")


def test_other_files(tmp_path):
    torch.save({"x": torch.ones(2)}, tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    archive(tmp_path / "small.pt", tensor([2]), compression=zipfile.ZIP_DEFLATED)
    archive(tmp_path / "two.pt", tensor([2]), "y/data.pkl")
    with zipfile.ZipFile(tmp_path / "none.pt", "w") as file:
        file.writestr("x.txt", "x")
    words = {"old": "before 1.6.*save it again", "small": "compressed", "two": "2 data.pkl", "none": "0 data.pkl"}
    for file, said in words.items():
        with pytest.raises(RuntimeError, match=rf"load\(\).*{file}.pt.*{said}"):
            mt.load(tmp_path / f"{file}.pt")


# ------------------------------------------------------------------------------------------------ where files lie


@contextlib.contextmanager
def largest_file(size):
    """The disk is full when a file has so many bytes."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_file_is_whole_or_as_it_was(tmp_path):
    def refuse(value, error):
        with pytest.raises(error):
            mt.save({"x": mt.ones(1), "y": value}, tmp_path / "x.pt")

    for refused in (lambda: 0, mt.nn.Linear(1, 1), open):
        refuse(refused, pickle.PicklingError)
    assert os.listdir(tmp_path) == []
    mt.save("the old one", tmp_path / "x.pt")
    refuse(open, pickle.PicklingError)
    with largest_file(5000):
        refuse(mt.zeros(10000), OSError)
    assert os.listdir(tmp_path) == ["x.pt"] and mt.load(tmp_path / "x.pt") == "the old one"


def test_paths_and_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.mkdir("elsewhere")
    os.symlink("elsewhere/x.pt", "link.pt")
    for writer, reader in ((torch, mt), (mt, torch)):
        for path in ("x.pt", tmp_path / "y.pt", "no extension", "a.b c.ü", "link.pt"):
            writer.save({"x": writer.ones(2)}, path)
            assert reader.load(path)["x"].tolist() == [1, 1]
        file = io.BytesIO()
        writer.save({"x": writer.ones(2)}, file)
        file.seek(0)
        assert reader.load(file)["x"].tolist() == [1, 1]
    assert os.path.islink("link.pt") and os.listdir("elsewhere") == ["x.pt"]
    for library in (mt, torch):
        with pytest.raises(RuntimeError, match="Parent directory models does not exist."):
            library.save(library.ones(1), "models/x.pt")
        with pytest.raises(AttributeError, match="expected 'f' to be string, path, or a file-like object"):
            library.save("x.pt", library.ones(1))
        with pytest.raises(FileNotFoundError, match="models/x.pt"):
            library.load("models/x.pt")


def test_torch_is_not_needed(tmp_path):
    torch.save(values(torch), tmp_path / "x.pt")
    code = (
        "import sys, minitorch_edu as mt\n"
        "mt.save(mt.load(sys.argv[1]), sys.argv[2])\n"
        "assert not [m for m in sys.modules if m.split('.')[0] in ('torch', 'torchvision')]\n"
    )
    subprocess.run([sys.executable, "-c", code, tmp_path / "x.pt", tmp_path / "y.pt"], check=True)
    same(torch.load(tmp_path / "y.pt", weights_only=True), values(torch))


def test_only_the_cpu(tmp_path):
    mt.save(mt.ones(1), tmp_path / "x.pt")
    assert mt.load(tmp_path / "x.pt", map_location="cpu").item() == 1
    with pytest.raises(RuntimeError, match="cuda"):
        mt.load(tmp_path / "x.pt", map_location="cuda")
    with pytest.raises(NotImplementedError, match="weights_only"):
        mt.load(tmp_path / "x.pt", weights_only=False)


def test_map_location(tmp_path, monkeypatch):
    """A file of a device that is not here can be read by those who say where its tensors go, as with torch."""
    saved = serialization._Pickler.persistent_id
    device = lambda self, value: found and (*found[:3], "cuda:0", found[4]) if (found := saved(self, value)) else None
    monkeypatch.setattr(serialization._Pickler, "persistent_id", device)
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


def layout(tensor):
    """All but the numbers. The stride of an axis along which there is no second number leads nowhere."""
    extents = zip(tensor.shape, tensor.stride()) if tensor.numel() else ()
    return tensor.dtype, tensor.shape, [step for extent, step in extents if extent > 1], tensor.requires_grad


def differences(a, b, where="state"):
    """Where two states of torch's have other keys, types, layouts or bits: a list of lines."""
    if type(a) is not type(b):
        return [f"{where}: {type(a)}, not {type(b)}"]
    if isinstance(a, torch.Tensor):
        if layout(a) != layout(b):
            return [f"{where}: {layout(a)}, not {layout(b)}"]
        return [] if a.numpy().tobytes() == b.numpy().tobytes() else [f"{where}: {a}, not {b}"]
    if isinstance(a, (dict, list, tuple)):
        keys, others = (list(c) if isinstance(c, dict) else list(range(len(c))) for c in (a, b))
        if keys != others:
            return [f"{where}: {keys}, not {others}"]
        return [line for key in keys for line in differences(a[key], b[key], f"{where}[{key!r}]")]
    return [] if repr(a) == repr(b) else [f"{where}: {a!r}, not {b!r}"]


def identical(a, b, case=""):
    found = differences(a, b)
    assert not found, "\n".join([*found, str(case)])


def through_ours(theirs, ours, tmp_path):
    """The state of theirs (a network or an optimizer of torch's), loaded into ours, saved by us, read by torch."""
    torch.save(theirs.state_dict(), tmp_path / "torchs.pt")
    ours.load_state_dict(mt.load(tmp_path / "torchs.pt"))
    mt.save(ours.state_dict(), tmp_path / "ours.pt")
    return torch.load(tmp_path / "ours.pt", weights_only=True)


def move(net):
    """Give all parameters and buffers numbers with which no network starts."""
    for tensor in net.state_dict().values():
        tensor.copy_(100 * torch.rand(tensor.shape))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("record", LAYERS, ids=lambda record: record.name)
def test_the_state_of_every_layer_comes_back(record, tmp_path):
    for use in draw(record.calls, 20):
        theirs, ours = (record.build(library, use.options, np.float32) for library in (torch, mt))
        move(theirs)
        identical(there_and_back(theirs.state_dict(), tmp_path), theirs.state_dict(), use)
        identical(through_ours(theirs, ours, tmp_path), collections.OrderedDict(theirs.state_dict()), use)


def test_the_state_of_every_container_comes_back(tmp_path):
    def made(library):
        nn = library.nn
        tied = nn.Linear(2, 2)
        layers = nn.ModuleDict({"list": nn.ModuleList([nn.Sequential(tied, nn.Unflatten(1, (1, 2))), tied])})
        layers.add_module("numbers", nn.ParameterDict({"a": nn.Parameter(library.ones(2))}))
        layers.add_module("more", nn.ParameterList([library.ones(1), nn.Parameter(library.ones(2, 2), False)]))
        layers.register_buffer("mean", library.ones(3, dtype=library.float64))
        layers.register_buffer("not kept", library.ones(3), persistent=False)
        return layers

    theirs = made(torch)
    move(theirs)
    again = through_ours(theirs, made(mt), tmp_path)
    assert len(again) == 8
    identical(again, collections.OrderedDict(theirs.state_dict()))
    assert again["list.0.0.weight"].data_ptr() == again["list.1.weight"].data_ptr()


@pytest.mark.parametrize("record", OPTIMIZERS, ids=lambda record: record.name)
def test_the_state_of_every_optimizer_comes_back(record, tmp_path):
    for training in draw(record.calls, 10):
        values = [value for members, _ in training.groups for value in members]
        parameters, theirs = record.build(torch, training, values, np.float32)
        for gradients, _ in training.steps:
            for p, gradient in zip(parameters, gradients):
                p.grad = None if gradient is None else torch.from_numpy(gradient.astype(np.float32))
            theirs.step()
        identical(there_and_back(theirs.state_dict(), tmp_path), theirs.state_dict(), training)
        _, ours = record.build(mt, training, values, np.float32)
        identical(through_ours(theirs, ours, tmp_path), theirs.state_dict(), training)
