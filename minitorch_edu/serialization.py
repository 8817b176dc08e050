"""save and load in torch's own file format, without torch: what one library writes, the other reads.

A file is a zip archive:  NAME/data.pkl  a pickle of the object, in which a tensor is a call

    torch._utils._rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks)

and a storage is a reference ("storage", type, key, device, length) to the raw bytes in  NAME/data/KEY.  Tensors over
the same memory refer to the same key, and share their memory again when they are loaded.

A pickle can call anything. `load` builds tensors, OrderedDicts and plain Python values, and refuses every other name,
and every instruction that `torch.load(weights_only=True)` refuses.

Twin: https://docs.pytorch.org/docs/stable/notes/serialization.html
"""

import collections
import io
import os
import pickle
import sys
import types
import zipfile

import numpy as np

from . import dtypes
from .graph import owner
from .tensor import Tensor, settled, wrap

__all__ = ["load", "save"]

_STORAGES = {
    "FloatStorage": "float32", "DoubleStorage": "float64", "LongStorage": "int64", "IntStorage": "int32",
    "ShortStorage": "int16", "CharStorage": "int8", "ByteStorage": "uint8", "BoolStorage": "bool",
    "HalfStorage": "float16", "BFloat16Storage": "bfloat16",
}  # fmt: skip
_STORAGE_OF = {name: storage for storage, name in _STORAGES.items()}
_INSTEAD = "of networks and optimizers save the state_dict(), of NumPy's numbers x.item()"


# ------------------------------------------------------------------------------------------------ save


class _Name:
    """Stands for something of torch's by its name, so that it can be pickled without being imported."""

    def __init__(self, module, name):
        self.module, self.name = module, name

    def __call__(self):
        raise TypeError(f"{self.module}.{self.name} is only a name here")


class _Storage:
    """A stretch of memory, as a flat array, and the key of its file in the archive."""

    def __init__(self, key, flat):
        self.key, self.flat, self.kind = key, flat, _Name("torch", _STORAGE_OF[flat.dtype.name])


_TENSOR, _PARAMETER = _Name("torch._utils", "_rebuild_tensor_v2"), _Name("torch._utils", "_rebuild_parameter")


class _Pickler(pickle._Pickler):  # the one written in Python: types can be added to its table
    dispatch = pickle._Pickler.dispatch.copy()

    def __init__(self, file):
        super().__init__(file, protocol=2)
        self.storages = {}  # id of the array that owns the memory -> _Storage

    def persistent_id(self, value):
        if isinstance(value, _Storage):
            return "storage", value.kind, value.key, "cpu", value.flat.size
        return None

    def save_name(self, value):
        self.write(pickle.GLOBAL + f"{value.module}\n{value.name}\n".encode())
        self.memoize(value)

    def save_dtype(self, value):
        self.write(pickle.GLOBAL + f"torch\n{value.name}\n".encode())
        self.memoize(value)

    def save_global(self, value, name=None):
        """Classes and functions: only those that `load` knows."""
        place = getattr(value, "__module__", type(value).__module__), getattr(value, "__qualname__", repr(value))
        if place not in _ALLOWED:
            raise pickle.PicklingError(
                f"save(): cannot write {'.'.join(place)}: no file may ask `load` to run code; {_INSTEAD}"
            )
        super().save_global(value, name)

    def save_size(self, value):
        self.save_reduce(_Name("torch", "Size"), (tuple(value),), obj=value)

    def save_device(self, value):
        place = (value.type,) if value.index is None else (value.type, value.index)
        self.save_reduce(_Name("torch", "device"), place, obj=value)

    def save_tensor(self, tensor):
        array = settled(tensor)
        base = owner(array)
        flat = base.ravel(order="K")  # a view, if base is dense
        dense = array.size == 0 or np.may_share_memory(flat, base)
        if base.dtype != array.dtype or not dense or any(step < 0 for step in array.strides):
            array = base = array.copy()
            flat = base.ravel()
        storage = self.storages.setdefault(id(base), _Storage(str(len(self.storages)), flat))
        start = (array.__array_interface__["data"][0] - flat.__array_interface__["data"][0]) // array.itemsize
        offset = start if array.size else 0
        strides = tuple(step // array.itemsize for step in array.strides)
        hooks = collections.OrderedDict()
        requires_grad = tensor.requires_grad
        self.save_reduce(_TENSOR, (storage, offset, tuple(array.shape), strides, requires_grad, hooks), obj=tensor)

    def save_parameter(self, parameter):
        hooks = collections.OrderedDict()
        self.save_reduce(_PARAMETER, (parameter.detach(), parameter.requires_grad, hooks), obj=parameter)

    dispatch[types.FunctionType] = save_global
    dispatch[_Name] = save_name
    dispatch[dtypes.dtype] = save_dtype
    dispatch[dtypes.Size] = save_size
    dispatch[dtypes.device] = save_device
    dispatch[Tensor] = save_tensor

    def save(self, value, save_persistent_id=True):
        if isinstance(value, Tensor) and type(value) not in self.dispatch:  # nn.Parameter, which is above this file
            self.dispatch[type(value)] = _Pickler.save_parameter
        super().save(value, save_persistent_id)


def save(obj, f):
    """Write obj (tensors, numbers, strings in dicts, lists, tuples) to a path or a binary file, for torch.load too.

    A path is written to beside, and takes its name when it is whole. PicklingError for anything else in obj,
    RuntimeError if there is no such folder.

    >>> torch.save({"weight": torch.tensor([1., 2.]), "epoch": 3}, "checkpoint.pt")
    >>> torch.load("checkpoint.pt")
    {'weight': tensor([1., 2.]), 'epoch': 3}

    Twin: https://docs.pytorch.org/docs/stable/generated/torch.save.html
    """
    if not isinstance(f, (str, os.PathLike)):
        if not hasattr(f, "write"):
            raise AttributeError("expected 'f' to be string, path, or a file-like object with a 'write' attribute")
        return _write(obj, f, "archive")
    path = os.path.realpath(f)  # where a link leads to
    if not os.path.isdir(os.path.dirname(path)):
        raise RuntimeError(f"Parent directory {os.path.dirname(os.fspath(f))} does not exist.")
    partial = f"{path}.{os.getpid()}.part"
    try:
        with open(partial, "wb") as file:
            _write(obj, file, os.path.splitext(os.path.basename(path))[0])
        os.replace(partial, path)
    finally:
        if os.path.exists(partial):
            os.remove(partial)


def _write(obj, file, name):
    buffer = io.BytesIO()
    pickler = _Pickler(buffer)
    pickler.dump(obj)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(f"{name}/data.pkl", buffer.getvalue())
        archive.writestr(f"{name}/byteorder", sys.byteorder)
        for storage in pickler.storages.values():
            archive.writestr(f"{name}/data/{storage.key}", storage.flat.tobytes())
        archive.writestr(f"{name}/version", "3\n")


# ------------------------------------------------------------------------------------------------ load


def _rebuild_tensor(flat, offset, size, stride, requires_grad, hooks, metadata=None):
    if metadata:
        raise pickle.UnpicklingError(f"load(): a tensor is marked {metadata}; save the numbers: resolve_neg().clone()")
    if 0 in size:
        offset = 0  # torch may count beyond what is there
    steps = tuple(step * flat.itemsize for step in stride)
    try:
        array = np.ndarray(tuple(size), flat.dtype, flat, offset * flat.itemsize, steps)
    except (TypeError, ValueError, OverflowError):
        message = (
            f"load(): a tensor of size {tuple(size)}, stride {tuple(stride)} does not fit its storage of {flat.size}"
        )
        raise pickle.UnpicklingError(message) from None
    return wrap(array, requires_grad)


def _rebuild_parameter(tensor, requires_grad, hooks):
    from .nn.parameter import Parameter

    return Parameter(tensor, requires_grad)


def _rebuild_bytearray(data=b""):
    return bytearray(memoryview(data))  # never of a number, which would be a size


_ALLOWED = {
    ("collections", "OrderedDict"): collections.OrderedDict,
    ("collections", "Counter"): collections.Counter,  # MultiStepLR's milestones
    **{(module, "set"): set for module in ("builtins", "__builtin__")},
    **{(module, "bytearray"): _rebuild_bytearray for module in ("builtins", "__builtin__")},
    ("_codecs", "encode"): lambda text, encoding: text.encode("latin1"),  # how protocol 2 writes bytes
    ("torch", "Size"): dtypes.Size,
    ("torch", "device"): dtypes.device,
    ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
    ("torch._utils", "_rebuild_parameter"): _rebuild_parameter,
    **{("torch", storage): dtype for storage, dtype in _STORAGES.items()},
    **{("torch", name): getattr(dtypes, name, dtypes.bool_) for name in _STORAGES.values() if "float16" not in name},
}


# What a checkpoint is made of. torch.load(weights_only=True) knows these too.
_KNOWN = """PROTO STOP MARK GLOBAL REDUCE BINPERSID BINPUT LONG_BINPUT BINGET LONG_BINGET NONE NEWFALSE NEWTRUE BININT
    BININT1 BININT2 LONG1 BINFLOAT BINUNICODE SHORT_BINSTRING EMPTY_TUPLE TUPLE TUPLE1 TUPLE2 TUPLE3 EMPTY_LIST APPEND
    APPENDS EMPTY_DICT SETITEM SETITEMS EMPTY_SET BUILD"""


class _Instructions(dict):
    """{an instruction's code: what it does}, and a refusal for every other code."""

    def __missing__(self, code):
        name = next((name for name, value in vars(pickle).items() if value == bytes([code])), hex(code))
        raise pickle.UnpicklingError(f"load(): the file has the instruction {name}, which no checkpoint needs")


class _Unpickler(pickle._Unpickler):  # the one written in Python: instructions can be left out of its table
    def __init__(self, file, bytes_of, order, map_location):
        super().__init__(file)
        self.bytes_of, self.order, self.map_location, self.storages = bytes_of, order, map_location, {}

    def find_class(self, module, name):
        try:
            return _ALLOWED[module, name]
        except KeyError:
            raise pickle.UnpicklingError(
                f"load(): the file asks for {module}.{name}, which is no part of a checkpoint of tensors; {_INSTEAD}"
            ) from None

    def load_build(self):
        """Attributes, which only an OrderedDict may get: a network's state_dict() has `_metadata`."""
        attributes = self.stack.pop()
        if type(self.stack[-1]) is not collections.OrderedDict or type(attributes) is not dict:
            raise pickle.UnpicklingError(f"load(): the file sets attributes of a {type(self.stack[-1]).__name__}")
        self.stack[-1].__dict__.update(attributes)

    codes = [getattr(pickle, name)[0] for name in _KNOWN.split()]
    dispatch = _Instructions(zip(codes, map(pickle._Unpickler.dispatch.get, codes)))
    dispatch[pickle.BUILD[0]] = load_build

    def persistent_load(self, reference):
        what, dtype, key, location, _ = reference
        if what != "storage" or dtype not in _STORAGE_OF:
            raise pickle.UnpicklingError(
                f"load(): the file refers to a {what} of {dtype}, which is no storage of numbers"
            )
        if key not in self.storages:
            raw = self.bytes_of(f"data/{key}")
            kind = np.dtype("uint16" if dtype == "bfloat16" else dtype).newbyteorder(self.order)
            flat = np.frombuffer(raw, kind)
            if dtype == "bfloat16":  # the upper half of a float32
                flat = (flat.astype(np.uint32) << 16).view(np.float32)
            wanted = np.float32 if dtype in ("float16", "bfloat16") else np.dtype(dtype)
            self.storages[key] = flat.astype(wanted)  # in memory of its own, that can be written to
            self.check_location(self.storages[key], location)
        return self.storages[key]

    def check_location(self, storage, location):
        """RuntimeError unless map_location has this storage, which was saved from that device, go to the CPU."""
        wanted = self.map_location
        if callable(wanted):
            wanted = "cpu" if wanted(storage, location) is not None else None
        elif isinstance(wanted, dict):
            wanted = wanted.get(location)
        if wanted is None and location != "cpu":
            raise RuntimeError(
                f"load(): the file holds tensors of the device {location}, and there is none here: "
                "load(..., map_location='cpu') brings them to the CPU"
            )
        dtypes.as_device(wanted)


# What zipfile and pickle raise in a file that is not whole.
_DAMAGE = (zipfile.BadZipFile, EOFError, LookupError, TypeError, ValueError, AttributeError, NotImplementedError)


def load(f, map_location=None, *, weights_only=True):
    """Read what `save`, or torch.save, wrote, from a path or a binary file. float16 and bfloat16 come as float32.

    map_location: where tensors go, which can be the CPU only: a device, a dictionary {saved from: to}, or a function of
    (NumPy array, device saved from) that returns the array, or None for what goes where it was. Raises UnpicklingError
    if the file asks for anything but tensors and plain values (so weights_only cannot be switched off), RuntimeError if
    it is no such file, or holds tensors of another device and map_location leaves them there.

    >>> torch.save({"weight": torch.tensor([1., 2.])}, "checkpoint.pt")
    >>> torch.load("checkpoint.pt", map_location="cpu")["weight"]
    tensor([1., 2.])

    Twin: https://docs.pytorch.org/docs/stable/generated/torch.load.html
    """
    if weights_only is not None and not weights_only:
        raise NotImplementedError("load(): weights_only=False would run code from the file; minitorch_edu never does")
    if not (callable(map_location) or isinstance(map_location, dict)):
        dtypes.as_device(map_location)
    try:
        with zipfile.ZipFile(f) as archive:
            names = archive.namelist()
            roots = [name.removesuffix("data.pkl") for name in names if name.endswith("/data.pkl")]
            if len(roots) != 1:
                raise RuntimeError(
                    f"load(): {f} is a zip file, but not a checkpoint: it has {len(roots)} data.pkl, not 1"
                )
            if any(info.compress_type != zipfile.ZIP_STORED for info in archive.infolist()):  # it could fill the memory
                raise RuntimeError(f"load(): {f} is a compressed zip file, which no checkpoint is")
            read = lambda name: archive.read(roots[0] + name)
            big = roots[0] + "byteorder" in names and read("byteorder") == b"big"
            return _Unpickler(io.BytesIO(read("data.pkl")), read, ">" if big else "<", map_location).load()
    except _DAMAGE as error:
        raise RuntimeError(
            f"load(): {f} is no checkpoint in torch's zip format, or it is damaged: {error} "
            "(a file of torch before 1.6: let torch load it, and save it again)"
        ) from error
