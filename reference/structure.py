"""What surrounds the operators: making tensors, what they tell of themselves, types, generators, settings, files."""

import contextlib
import importlib
import io

import numpy as np
from hypothesis import strategies as st

from .draw import arrays, integers, options, shapes
from .elementwise import DTYPES
from .program import program
from .record import Call, Illegal, Op
from .reduce import numbers

RECORDS = []
KINDS = ("normal", "transposed", "ties")  # torch has no axes that run backwards
FLOATS = numbers(shapes(0, 4, low=0, high=4), whole=False, kinds=KINDS)
ANY = numbers(shapes(0, 4, low=0, high=4), kinds=KINDS)


def of_array(name):
    """The property, or what the method without arguments gives, of either library's tensors."""

    def ask(input):
        found = getattr(input, name)
        return found() if callable(found) else found

    return ask


def asked(name, calls, *covers, **more):
    """The record of a property or method that gives another tensor."""
    return Op(f"Tensor.{name}", calls.map(Call), both=of_array(name), covers=(f"Tensor.{name}", *covers), **more)


RECORDS += [
    asked("T", numbers(shapes(2, 2, 0, 4), kinds=KINDS)),
    asked("mT", numbers(shapes(2, 4, 0, 3), kinds=KINDS)),
    asked("contiguous", ANY),
    asked("cpu", ANY),
    asked("detach", ANY, detaches=True),
    asked("data", ANY, detaches=True),
    asked("double", ANY, "double"),
    *[asked(name, ANY, name, detaches=True) for name in ("float", "long", "int", "short", "bool")],  # these round
]

# ------------------------------------------------------------------------------------------------ made from data

NUMBER = st.one_of(st.integers(-100, 100), st.floats(-100, 100, width=32), st.booleans())
NESTED = st.one_of(
    NUMBER,
    shapes(1, 3, 0, 3).flatmap(lambda shape: nested(shape)),
)


@st.composite
def nested(draw, shape):
    """Lists or tuples of this shape."""
    if not shape:
        return draw(NUMBER)
    return draw(st.sampled_from([list, tuple]))(draw(nested(shape[1:])) for _ in range(shape[0]))


@program(
    RECORDS,
    st.builds(lambda data, chosen: Call(data, **chosen), NESTED | ANY,
              options(dtype=DTYPES, requires_grad=st.booleans())),
    "tensor", "as_tensor", "Tensor.new_tensor", "Tensor.requires_grad",
    illegal=(Illegal(Call([[1, 2], [3]]), ValueError, ("length 2 at dim 1 (got 1)",)),
             Illegal(Call([[[1, 2], [3]], [[4, 5], [6]]]), ValueError, ("length 2 at dim 2 (got 1)",)),
             Illegal(Call([[1, 2], 3]), TypeError, ("not a sequence", "dim 0")),
             Illegal(Call("abc"), TypeError, ("str",))),
)  # fmt: skip
def tensors_from_data(torch, data, dtype=None, requires_grad=False):
    made = torch.tensor(data, dtype=dtype, requires_grad=requires_grad)
    again = torch.as_tensor(data, dtype=dtype)
    return made, again, again is data, torch.zeros(1, dtype=torch.int8).new_tensor(data), made.requires_grad


@program(RECORDS, ANY.map(Call), "from_numpy", "Tensor.numpy", "Tensor.data_ptr", "Tensor.tolist")
def memory_shared_with_numpy(torch, input):
    array = input.clone().numpy()
    tensor, other = torch.from_numpy(array), torch.as_tensor(array)
    array[...] = 1
    same = [tensor.data_ptr() == other.data_ptr() == array.ctypes.data, tensor.clone().data_ptr() == tensor.data_ptr()]
    return tensor, other, tensor.tolist(), np.shares_memory(tensor.numpy(), array), same, input.numpy(force=True)


@program(RECORDS, st.builds(lambda x, size, chosen: Call(x, size, **chosen), ANY, shapes(0, 3, 0, 3),
                            options(dtype=DTYPES)),
         "empty", "empty_like", "Tensor", *[f"Tensor.new_{kind}" for kind in ("empty", "full", "ones", "zeros")],
         illegal=(Illegal(Call(np.ones(2), (2, -1)), RuntimeError, ("non-negative",)),))  # fmt: skip
def tensors_of_a_size(torch, input, size, dtype=None):
    empty = torch.empty(size, dtype=dtype), torch.empty(*size, dtype=dtype), input.new_empty(size, dtype=dtype)
    like = torch.empty_like(input), torch.empty_like(input, dtype=dtype), torch.Tensor(*size)
    filled = input.new_full(size, 1, dtype=dtype), input.new_ones(size, dtype=dtype), input.new_zeros(size, dtype=dtype)
    return [(str(x.dtype), x.shape, x.stride() if x.numel() > 1 else ()) for x in (*empty, *like)], filled


# ------------------------------------------------------------------------------------------------ told by a tensor

TOLD = ("device", "dtype", "element_size", "is_contiguous", "is_cuda", "is_floating_point", "is_leaf", "itemsize",
        "dim", "ndimension", "nbytes", "ndim", "nelement", "numel", "shape", "size", "tolist", "type", "grad",
        "grad_fn", "requires_grad", "retains_grad")  # fmt: skip


@program(RECORDS, ANY.map(Call), *[f"Tensor.{name}" for name in (*TOLD, "stride")], "numel", "is_tensor",
         "is_floating_point", "Size", "device", "dtype")  # fmt: skip
def what_a_tensor_tells(torch, input):
    told = {name: of_array(name)(input) for name in TOLD}
    each = [(input.size(i), input.shape[i], input.stride(i) if input.numel() > 1 else 0) for i in range(input.ndim)]
    asked = torch.numel(input), torch.is_tensor(input), torch.is_tensor(1), torch.is_floating_point(input)
    kinds = [isinstance(*pair) for pair in ((input.shape, torch.Size), (input.dtype, torch.dtype),
                                            (input.device, torch.device))]  # fmt: skip
    return told, each, asked, kinds, input.shape.numel(), input.device == torch.device("cpu")


@program(RECORDS, numbers(shapes(0, 2, 0, 2), kinds=KINDS).map(Call), "Tensor.item")
def the_only_number(torch, input):
    return input.item()


@program(RECORDS, st.builds(lambda x, other, dtype: Call(x, other, dtype=dtype), ANY, ANY, DTYPES),
         "Tensor.to", "Tensor.type", "Tensor.type_as", "Tensor.copy_",
         illegal=(Illegal(Call(np.ones(2), np.ones(2), dtype="nope"), AttributeError, ("nope",)),))  # fmt: skip
def conversions(torch, input, other, dtype):
    found = [input.to(dtype), input.to(other), input.to("cpu", dtype), input.to(device="cpu", dtype=dtype, copy=True)]
    found += [input.type(dtype), input.type_as(other), torch.empty_like(input, dtype=dtype).copy_(input)]
    return found, [result is input for result in found], input.to(dtype, copy=True).data_ptr() == input.data_ptr()


@program(RECORDS, st.just(Call()), "Tensor.cuda", "cuda.device_count", "cuda.empty_cache", "cuda.is_available",
         "cuda.manual_seed", "cuda.manual_seed_all")  # fmt: skip
def no_cuda(torch):
    if torch.__name__ == "torch":  # on a machine that has a GPU torch answers otherwise
        return False, 0, "RuntimeError", (None, None, None)
    done = torch.cuda.manual_seed(1), torch.cuda.manual_seed_all(1), torch.cuda.empty_cache()
    try:
        torch.ones(1).cuda()
    except RuntimeError as error:
        return torch.cuda.is_available(), torch.cuda.device_count(), type(error).__name__, done


@program(RECORDS, st.just(Call()), *"e inf nan pi float32 float64 int8 int16 int32 int64 uint8 bool".split())
def constants(torch):
    names = "e inf nan pi float32 float64 int8 int16 int32 int64 uint8 bool float double long int short".split()
    return [getattr(torch, name) for name in names]


# ------------------------------------------------------------------------------------------------ written in place


def filled(input, value):
    return input.clone().fill_(value)


def zeroed(input):
    return input.clone().zero_()


def copied(input, src):
    return input.clone().copy_(src)


def chosen(input, condition, other):
    return input.where(condition, other)


@st.composite
def sources(draw):
    """A tensor, and one that is cast and broadcast to it."""
    shape = draw(shapes(0, 3, 0, 3))
    own = tuple(draw(st.sampled_from([1, n])) for n in shape)[draw(st.integers(0, len(shape))) :]
    return Call(draw(numbers(st.just(shape), kinds=KINDS)), draw(numbers(st.just(own), kinds=KINDS)))


@st.composite
def choices(draw):
    shape = draw(shapes(0, 3, 0, 3))
    condition = draw(integers(shape, 0, 2, bool))
    return Call(draw(arrays(shape)), condition, draw(arrays(shape) | st.sampled_from([0.0, 1.5])))


RECORDS += [
    Op("Tensor.fill_", st.builds(Call, FLOATS, st.sampled_from([0, 1.5, True]) | arrays(())), both=filled,
       covers=("Tensor.fill_",)),
    Op("Tensor.zero_", ANY.map(Call), both=zeroed, covers=("Tensor.zero_",)),
    Op("Tensor.copy_", sources(), both=copied, covers=("Tensor.copy_",)),
    Op("Tensor.where", choices(), both=chosen, covers=("Tensor.where",)),
]  # fmt: skip


# ------------------------------------------------------------------------------------------------ types and settings

OPERANDS = numbers(shapes(0, 1, 1, 2), kinds=("ties",))


@program(RECORDS, st.builds(lambda *both: Call(*both[:2], *both[2:]), DTYPES, DTYPES, OPERANDS, OPERANDS | NUMBER),
         "can_cast", "promote_types", "result_type", "get_default_dtype")  # fmt: skip
def promotion(torch, one, other, a, b):
    one, other = getattr(torch, one), getattr(torch, other)
    return (
        torch.can_cast(one, other),
        torch.promote_types(one, other),
        torch.result_type(a, b),
        (torch.get_default_dtype()),
    )


LIMITS = ("bits", "dtype", "eps", "max", "min", "resolution", "smallest_normal", "tiny")


@program(RECORDS, DTYPES.filter(lambda name: name != "bool").map(Call), "finfo", "iinfo")
def limits(torch, name):
    dtype = getattr(torch, name)
    info = (torch.finfo if dtype.is_floating_point else torch.iinfo)(dtype)
    return [getattr(info, limit, None) for limit in LIMITS], dtype.itemsize


@program(RECORDS, st.one_of(st.integers(-1, 3), st.sampled_from([1.5, "2", True])).map(Call),
         "get_num_threads", "set_num_threads")  # fmt: skip
def threads(torch, n):
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(n)
        return torch.get_num_threads()
    finally:
        torch.set_num_threads(before)


def printing_options(torch):
    """torch has the function elsewhere."""
    if torch.__name__ == "torch":
        return importlib.import_module("torch._tensor_str").get_printoptions()
    return torch.get_printoptions()


@program(RECORDS, st.builds(lambda x, chosen: Call(x, **chosen), ANY, options(
    precision=st.integers(0, 6), threshold=st.integers(0, 30), edgeitems=st.integers(1, 3),
    linewidth=st.integers(30, 120), profile=st.sampled_from(["default", "short", "full"]), sci_mode=st.booleans())),
    "get_printoptions", "set_printoptions")  # fmt: skip
def printing(torch, input, **chosen):
    try:
        torch.set_printoptions(**chosen)
        return repr(input), printing_options(torch)
    finally:
        torch.set_printoptions(profile="default")


SEEDS = st.integers(-(2**63), 2**64 - 1) | st.sampled_from([0, 1, -1, 2**32, 2**64, -(2**63) - 1])


@program(RECORDS, st.builds(Call, SEEDS, st.integers(0, 700)), "Generator", "default_generator", "get_rng_state",
         "initial_seed", "manual_seed", "seed", "set_rng_state")  # fmt: skip
def generators(torch, seed, count):
    returned = torch.manual_seed(seed) is torch.default_generator
    state, first = torch.get_rng_state(), (torch.rand(count), torch.initial_seed())
    torch.set_rng_state(state)
    own = torch.Generator().manual_seed(seed)
    again = torch.rand(count), torch.rand(count, generator=own), own.get_state(), own.initial_seed(), own.device
    fresh = torch.seed()
    return returned, first, again, torch.Generator().initial_seed(), fresh == torch.initial_seed(), type(fresh)


# ------------------------------------------------------------------------------------------------ gradients

MODES = ("no_grad", "enable_grad", "inference_mode", "set_grad_enabled")


@program(RECORDS, st.builds(Call, st.lists(st.tuples(st.sampled_from(MODES), st.booleans()), max_size=4)),
         *MODES, *[f"autograd.{mode}" for mode in MODES], "is_grad_enabled", "autograd.is_grad_enabled")  # fmt: skip
def modes_inside_each_other(torch, modes):
    x = torch.ones(2, requires_grad=True)
    seen = [(torch.is_grad_enabled(), (x * 2).requires_grad)]
    with contextlib.ExitStack() as stack:
        for name, on in modes:
            mode = getattr(torch, name)
            stack.enter_context(mode(on) if name in ("inference_mode", "set_grad_enabled") else mode())
            seen.append((torch.is_grad_enabled(), (x * 2).requires_grad))
    decorated = torch.no_grad()(lambda: torch.is_grad_enabled())()
    return seen, decorated, torch.is_grad_enabled()


@program(RECORDS, st.builds(Call, arrays(shapes(1, 2, 1, 3), ("ties",)), arrays((), ("ties",)), *[st.booleans()] * 2),
         "autograd.backward", "autograd.grad", "Tensor.backward", "Tensor.grad", "Tensor.register_hook",
         "Tensor.retain_grad", "Tensor.retains_grad", "Tensor.requires_grad_", "Tensor.detach_", "Tensor.is_leaf",
         "autograd.Tensor")  # fmt: skip
def gradients(torch, input, factor, twice, only_one):
    x, w = input.clone().requires_grad_(), factor.clone().requires_grad_()
    handle = x.register_hook(lambda g: g * 2)
    y = x * w
    y.retain_grad()
    loss = (y * y).sum()
    pair = torch.autograd.grad(loss, [x, w], retain_graph=True)
    scaled = torch.autograd.grad(y, [w], torch.ones_like(y), retain_graph=True)
    torch.autograd.backward([loss], retain_graph=twice, inputs=[x] if only_one else None)
    handle.remove()
    if twice:
        loss.backward(torch.full_like(loss, 0.5))
    leaf = (x * 2).detach_()
    return pair, scaled, [x.grad, w.grad, y.grad], y.retains_grad, y.is_leaf, leaf.is_leaf, leaf.requires_grad


# ------------------------------------------------------------------------------------------------ files

VALUE = st.recursive(ANY | NUMBER | st.text(max_size=3) | st.none(), lambda inner: st.lists(inner, max_size=3)
                     | st.dictionaries(st.text(max_size=3), inner, max_size=3), max_leaves=4)  # fmt: skip


def there_and_back(torch, value):
    """What both libraries read in the file that one has written."""
    file = io.BytesIO()
    torch.save(value, file)
    read = []
    for library in ("minitorch_edu", "torch"):
        file.seek(0)
        read.append(importlib.import_module(library).load(file))
    return read


@program(RECORDS, st.builds(Call, VALUE), "save", "load")
def files(torch, value):
    return there_and_back(torch, value)
