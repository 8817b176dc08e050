"""Tensor: an array that remembers how it was computed. What it can do is bound to it in operators.py.

A leaf is a tensor that nobody computed, such as a weight. All others have a Node in the graph (graph.py), from which
their gradients go on. Views of one tensor share its memory and one count of the writes into it; a write through a view
becomes part of the history of the tensor whose memory it is.

Twin:  https://docs.pytorch.org/docs/stable/notes/autograd.html#in-place-operations-with-autograd
"""

import numpy as np

from . import dtypes
from .grad_mode import grad_mode
from .graph import RemovableHandle, record

__all__ = ["Tensor", "bare", "computed", "settled", "show", "wrap"]


class Tensor:
    """An n-dimensional array that remembers how it was computed.

    `Tensor(...)` itself is torch's old constructor: float32 from data, or of the given sizes with arbitrary numbers.
    Use `tensor(data)`, which keeps the type of its data. The numbers are in `.array`, a NumPy array.

    >>> torch.Tensor([1, 2]), torch.tensor([1, 2])
    (tensor([1., 2.]), tensor([1, 2]))
    """

    _grad = None  # dL/d(self) after backward, if self is a leaf
    retains_grad = False  # whether backward keeps the gradient of self in `.grad` although self is no leaf
    _requires_grad = False  # of a leaf
    _node = None  # the Node that computed self; None for a leaf
    _hooks = None  # of a leaf; a Node has its own
    _base = None  # of a view: the tensor whose memory it shows, ...
    _steps = None  # ... how: (the steps of the view before it, array -> array), None for the base ...
    _several = False  # ... whether it is, or shows, one of the views that a function made together ...
    _seen = None  # ... and how many writes there had been when the view was made
    _loose = False  # whether the numbers lie in an order of our own, where torch's tensor is contiguous (see `settled`)
    __array_priority__ = 1000  # ndarray * Tensor is the Tensor's to answer

    def __new__(cls, *data, **options):
        self = object.__new__(cls)
        self._writes = [0]  # the number of writes so far; one list for all tensors over the same memory
        return self

    def __init__(self, *data):
        if all(isinstance(n, int) for n in data):
            self.array = np.empty(data or 0, np.float32)
        elif len(data) == 1:
            self.array = np.array(bare(data[0]), np.float32)
        else:
            raise TypeError("Tensor(): expected sizes or one sequence of data; use tensor([...])")

    @property
    def shape(self):
        """The extent of each axis.

        >>> torch.zeros(2, 3).shape
        torch.Size([2, 3])
        """
        return tuple.__new__(dtypes.Size, self.array.shape)  # nothing to check

    @property
    def dtype(self):
        """The type of the elements.

        >>> torch.tensor([1, 2]).dtype, torch.tensor([1, 2.5]).dtype
        (torch.int64, torch.float32)
        """
        return dtypes.as_dtype(self.array.dtype)

    @property
    def device(self):
        """Where the tensor lives: on the CPU.

        >>> torch.zeros(2).device
        device(type='cpu')
        """
        return dtypes.cpu

    @property
    def ndim(self):
        """The number of axes.

        >>> torch.tensor(5).ndim, torch.tensor([5]).ndim, torch.tensor([[5]]).ndim
        (0, 1, 2)
        """
        return self.array.ndim

    # -------------------------------------------------------------------------------- its place in the graph

    @property
    def grad_fn(self):
        """The Node that computed this tensor; None for a leaf.

        >>> x = torch.tensor([1., 2.], requires_grad=True)
        >>> x.sum().grad_fn.name(), x.grad_fn
        ('SumBackward0', None)
        """
        if self._base is not None and self._writes[0] != self._seen:
            self._look_again()
        return self._node

    @property
    def is_leaf(self):
        """Whether nobody computed this tensor, or nobody recorded how.

        >>> x = torch.ones(2, requires_grad=True)
        >>> x.is_leaf, (2 * x).is_leaf
        (True, False)
        """
        return self.grad_fn is None

    @property
    def requires_grad(self):
        """Whether its gradient is wanted: that of a leaf, if asked for; any other, if that of an input is.

        >>> x, w = torch.ones(2), torch.ones(2, requires_grad=True)
        >>> x.requires_grad, w.requires_grad, (w * x).requires_grad
        (False, True, True)
        """
        return self._requires_grad or self.grad_fn is not None

    @requires_grad.setter
    def requires_grad(self, requires_grad):
        self.requires_grad_(requires_grad)

    def requires_grad_(self, requires_grad=True):
        """Ask, or no longer ask, for the gradient of a leaf; RuntimeError for integers and for computed tensors."""
        if requires_grad and self.array.dtype.kind != "f":
            raise RuntimeError(f"only Tensors of floating point dtype can require gradients, this one has {self.dtype}")
        if not self.is_leaf and not requires_grad:
            raise RuntimeError(
                "you can only change requires_grad flags of leaf variables. If you want to use a computed variable "
                "in a subgraph that doesn't require differentiation use var_no_grad = var.detach()."
            )
        self._requires_grad = bool(requires_grad) and self.is_leaf
        return self

    def detach(self):
        """The same numbers in the same memory, as a leaf that requires no gradient.

        >>> x = torch.tensor([1., 2.], requires_grad=True)
        >>> (x * x.detach()).sum().backward()
        >>> x.grad  # not 2 x: what is detached counts as a constant
        tensor([1., 2.])
        """
        out = wrap(settled(self))
        out._writes = self._writes
        return out

    def detach_(self):
        """Forget how this tensor was computed."""
        if self._base is not None:
            raise RuntimeError("Can't detach views in-place. Use detach() instead.")
        self._node, self._requires_grad = None, False
        return self

    @property
    def data(self):
        """The same numbers in the same memory; writes through it go unnoticed by the check for overwritten values.

        >>> x = torch.tensor([1., 2.], requires_grad=True)
        >>> x.data *= 10
        >>> x
        tensor([10., 20.], requires_grad=True)
        """
        return wrap(settled(self))

    @data.setter
    def data(self, other):
        if self._requires_grad and other.array.dtype.kind != "f":
            raise RuntimeError(
                f"data set to a tensor that requires gradients must be floating point, got {other.dtype}"
            )
        self.array = settled(other)

    @property
    def grad(self):
        """What `backward` added up here: dL/d(self), or None.

        >>> x = torch.tensor(3., requires_grad=True)
        >>> (x * x).backward()
        >>> x.grad
        tensor(6.)
        >>> (x * x).backward()
        >>> x.grad  # added up
        tensor(12.)
        """
        return self._grad

    @grad.setter
    def grad(self, gradient):
        if gradient is not None:
            if not isinstance(gradient, Tensor):
                kind = type(gradient).__name__
                raise TypeError(f"assigned grad expected to be a Tensor or None but got grad of type {kind}")
            if gradient is self:
                raise RuntimeError("can't assign Variable as its own grad")
            for what in ("dtype", "shape"):
                expected, got = getattr(self.array, what), getattr(gradient.array, what)
                if expected != got:
                    raise RuntimeError(
                        f"attempting to assign a gradient of {what} {got} to a tensor of {what} {expected}; they must "
                        "be the same"
                    )
        self._grad = gradient

    def register_hook(self, hook):
        """Call hook(gradient) when backward knows this tensor's; what it returns, unless None, replaces it.

        >>> x = torch.tensor([1., 2.], requires_grad=True)
        >>> handle = x.register_hook(lambda gradient: 10 * gradient)
        >>> x.sum().backward()
        >>> x.grad
        tensor([10., 10.])
        """
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")

        def of_array(g):
            replaced = hook(computed(g))
            if replaced is None:
                return None
            name = getattr(hook, "__name__", repr(hook))
            if not isinstance(replaced, Tensor):
                raise TypeError(f"hook '{name}': expected a Tensor or None, but it returned {type(replaced).__name__}")
            if replaced.array.shape != g.shape:
                raise RuntimeError(
                    f"hook '{name}' has changed the size of value: {list(g.shape)} became {list(replaced.array.shape)}"
                )
            return replaced.array

        target = self.grad_fn or self
        if target._hooks is None:
            target._hooks = {}
        return RemovableHandle(target._hooks, of_array)

    def retain_grad(self):
        """Keep the gradient of a computed tensor in its `.grad` too, as it is after all hooks.

        >>> x = torch.tensor(3., requires_grad=True)
        >>> y = 2 * x
        >>> y.retain_grad()
        >>> (y * y).backward()
        >>> y.grad, x.grad
        (tensor(12.), tensor(24.))
        """
        if not self.requires_grad:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        if not self.is_leaf:
            self.retains_grad = True
            self._computed_by(self._node)

    def _computed_by(self, node):
        """Take this place in the graph; if the gradient is to be retained, it is the one there."""
        if self.retains_grad:
            if self._node is not None:
                self._node.keep = None
            if node is not None:
                node.keep = self._keep
        self._node = node

    def _keep(self, g):
        self._grad = computed(g + (0 if self._grad is None else self._grad.array))

    # -------------------------------------------------------------------------------- writing into its memory

    @property
    def _version(self):
        """How often somebody wrote into its memory, through it or through a view."""
        return self._writes[0]

    def _check_writable(self):
        """RuntimeError while recording, for a leaf that requires a gradient or one of several views made at once.

        And at any time, if self shows some memory twice.
        """
        base = self if self._base is None else self._base
        if grad_mode.enabled and base._requires_grad:
            what = "a leaf Variable" if base is self else "a view of a leaf Variable"
            raise RuntimeError(f"{what} that requires grad is being used in an in-place operation.")
        if grad_mode.enabled and self._several and self.requires_grad:
            raise RuntimeError(
                f"Output of {self.grad_fn.name()} is a view and is being modified inplace. This view is the output of "
                "a function that returns multiple views. Such functions do not allow the output views to be modified "
                "inplace. You should replace the inplace operation by an out-of-place one."
            )
        if self.array.size and any(step == 0 and n > 1 for step, n in zip(self.array.strides, self.array.shape)):
            raise RuntimeError(
                "unsupported operation: more than one element of the written-to tensor refers to a single memory "
                "location. Please clone() the tensor before performing the operation."
            )

    def _overwrite(self, result, name):
        """Give self the numbers, and the history, of `result`: the end of every in-place operation."""
        if result.array.shape != self.array.shape:
            raise RuntimeError(
                f"{name}(): output with shape {list(self.shape)} doesn't match the broadcast shape {list(result.shape)}"
            )
        if not dtypes.fits_kind(result.array.dtype, self.array.dtype):
            kinds = [dtypes.type_name(tensor.array.dtype) for tensor in (result, self)]
            raise RuntimeError(f"{name}(): result type {kinds[0]} can't be cast to the desired output type {kinds[1]}")
        self._write(None, result)
        return self

    def _write(self, region, source, name="CopySlices"):
        """Write tensor `source` into self.array[region], or into all of self if region is None.

        name: what the Node is called if self is no view.

        Let L be a function of the memory's new content. Then dL/d(source) is the region's part of dL/d(content), and
        dL/d(old content) is the rest of it. A view tells its base, and looks again when it is next asked.
        """
        self._check_writable()
        base = self if self._base is None else self._base
        node = source.grad_fn
        if region is not None or base is not self:
            name = name if base is self else "CopySlices"
            node = record(name, base.array, *_slice_gradients(base, self._steps, region, source))
        self.array[... if region is None else region] = source.array
        self._writes[0] += 1
        if grad_mode.enabled:
            base._computed_by(node)

    def _look_again(self):
        """Its memory was written to since this view was made: be a view of what the base is now."""
        base, steps = self._base, self._steps
        empty = _empty_like(base.array)

        def grad_base(g):
            places = empty(np.intp)  # in the memory layout that the view was made from
            places[...] = np.arange(places.size).reshape(places.shape)
            whole = np.zeros(places.shape, g.dtype)
            np.add.at(whole.reshape(-1), _see(places, steps).ravel(), g.ravel())  # expanded: a place shows repeatedly
            return whole

        self._seen = self._writes[0]
        self._computed_by(record("AsStridedBackward0", self.array, [base], [grad_base]))

    # -------------------------------------------------------------------------------- as Python sees it

    __hash__ = object.__hash__  # although == compares numbers

    def __array__(self, dtype=None, copy=None):
        return np.array(self.numpy(), dtype=dtype, copy=copy)

    def __reduce__(self):
        return _rebuild, (type(self), settled(self), self._requires_grad)

    def __deepcopy__(self, memo):
        if not self.is_leaf:
            raise RuntimeError(
                "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the "
                "moment. Use .detach() to copy a computed one."
            )
        out = memo[id(self)] = _rebuild(type(self), settled(self).copy(order="K"), self._requires_grad)
        out.grad = None if self.grad is None else wrap(self.grad.array.copy(order="K"))
        return out


def wrap(array, requires_grad=False):
    """The tensor over an array, without a copy. Every tensor of the library comes from here.

    >>> array = np.zeros(2)
    >>> x = torch.autograd.wrap(array)
    >>> array[0] = 5
    >>> x
    tensor([5., 0.], dtype=torch.float64)
    """
    self = object.__new__(Tensor)
    self.array, self._writes = array, [0]
    if requires_grad:
        self.requires_grad_()
    return self


def settled(tensor):
    """The array of a tensor, laid out in memory as torch's: for what shares that memory, or depends on its order.

    What torch computes from contiguous tensors is contiguous. Here convolution and pooling leave the channels of a
    pixel beside each other (ops/windows.py), and what is computed from that follows. Such a tensor is `_loose`: it
    shares its memory with no other, and gives it up for one in order as soon as somebody would notice.

    >>> y = F.conv2d(torch.ones(1, 2, 3, 3), torch.ones(4, 2, 1, 1))
    >>> y.array.strides, torch.autograd.settled(y).strides
    ((144, 4, 48, 16), (144, 36, 12, 4))
    """
    if tensor._loose:
        tensor.array, tensor._loose = np.ascontiguousarray(tensor.array), False
    return tensor.array


def computed(array):
    """The tensor over an array that was computed here from contiguous ones."""
    self = wrap(array)
    self._loose = not array.flags.c_contiguous
    return self


def bare(argument):
    """The arrays of tensors, also inside lists and tuples; Python numbers for NumPy's; anything else as it is.

    >>> torch.autograd.bare([torch.tensor([1, 2]), 3])
    [array([1, 2]), 3]
    """
    if isinstance(argument, Tensor):
        return argument.array
    if isinstance(argument, (list, tuple)):
        if any(isinstance(item, (Tensor, np.generic)) for item in argument):
            return type(argument)(map(bare, argument))
    elif isinstance(argument, np.generic):
        return argument.item()
    return argument


def _rebuild(kind, array, requires_grad):
    self = kind.__new__(kind)
    self.array, self._requires_grad = array, requires_grad
    return self


def show(tensor, out, step):
    """Make `out` a view of `tensor`: `step` turns the array of the one into the array of the other."""
    out._writes = tensor._writes
    out._base = tensor if tensor._base is None else tensor._base
    out._steps = (tensor._steps, step)
    out._several = tensor._several
    out._seen = out._writes[0]


def _see(array, steps):
    """What a view made by these steps shows of another array."""
    path = []
    while steps is not None:
        steps, step = steps
        path.append(step)
    for step in reversed(path):
        array = step(array)
    return array


def _empty_like(array):
    """What makes empty arrays of a type, laid out like this one, and does not hold on to it."""
    shape, order = array.shape, sorted(range(array.ndim), key=lambda axis: -array.strides[axis])
    extents, back = [shape[axis] for axis in order], np.argsort(order).tolist()
    return lambda dtype: np.empty(extents, dtype).transpose(back)


def _slice_gradients(base, steps, region, source):
    region = ... if region is None else region
    empty = _empty_like(base.array)

    def grad_base(g):
        rest = empty(g.dtype)
        rest[...] = g
        _see(rest, steps)[region] = 0
        return rest

    def grad_source(g):
        content = empty(g.dtype)
        content[...] = g
        return _see(content, steps)[region]

    return [base, source], [grad_base, grad_source]
