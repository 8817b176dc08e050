"""Collating: many samples become one batch, with a new first axis wherever there are numbers.

    [(picture, label), (picture, label), ...]  ->  [pictures (N, *), labels (N,)]

Twin:  torch.utils.data.default_collate, torch.utils.data.default_convert
"""

import copy
from collections.abc import Mapping, MutableMapping, MutableSequence, Sequence

import numpy as np

from ...autograd import Tensor
from ...dtypes import float64
from ...ops.creation import as_tensor, tensor
from ...ops.rearrange import stack

__all__ = ["collate", "default_collate", "default_collate_fn_map", "default_convert"]


def default_collate(batch):
    """Make one batch of a list of samples of the same structure.

    Tensors and arrays of one shape are stacked: (*) -> (N, *). Python floats become a float64 tensor (N,), integers an
    int64 one. Text stays a list. Mappings, lists, tuples and named tuples are collated entry by entry; a plain tuple
    comes back as a list. TypeError for anything else, RuntimeError for shapes or lengths that differ.

    >>> data.default_collate([(1.5, "a"), (2.5, "b")])
    [tensor([1.5000, 2.5000], dtype=torch.float64), ('a', 'b')]
    """
    return collate(batch, collate_fn_map=default_collate_fn_map)


def collate(batch, *, collate_fn_map=None):
    """Collate with other functions for the innermost samples: {type or tuple of types: function(batch)}.

    The function also takes `collate_fn_map` by name. The first entry that the first sample is an instance of counts.

    >>> def words(batch, *, collate_fn_map):
    ...     return "-".join(batch)
    >>> data.collate(["a", "b"], collate_fn_map={str: words})
    'a-b'
    """
    first = batch[0]
    functions = collate_fn_map or {}
    function = functions.get(type(first))
    if function is None:
        function = next((f for kind, f in functions.items() if isinstance(first, kind)), None)
    if function is not None:
        return function(batch, collate_fn_map=collate_fn_map)

    def together(samples):
        return collate(samples, collate_fn_map=collate_fn_map)

    if isinstance(first, Mapping):
        return _like(first, {key: together([sample[key] for sample in batch]) for key in first})
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        return type(first)(*map(together, zip(*batch)))
    if isinstance(first, Sequence):
        lengths = {len(sample) for sample in batch}
        if len(lengths) > 1:
            raise RuntimeError(
                f"each element in list of batch should be of equal size, but there are sizes {sorted(lengths)}"
            )
        return _like(first, [together(samples) for samples in zip(*batch)])
    raise TypeError(_not_collatable(type(first)))


def default_convert(data):
    """Replace every NumPy array in a sample by a tensor; the rest, and the structure, stay (tuples become lists).

    >>> data.default_convert((np.array([1, 2]), "a"))
    [tensor([1, 2]), 'a']
    """
    if isinstance(data, Tensor):
        return data
    if isinstance(data, (np.ndarray, np.generic)) and data.dtype.kind not in "SUO":
        return as_tensor(data)
    if isinstance(data, Mapping):
        return _like(data, {key: default_convert(data[key]) for key in data})
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*map(default_convert, data))
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        return _like(data, [default_convert(item) for item in data])
    return data


def _like(container, content):
    """The content (a dict or a list) in a container of the same type, if that can be made; a tuple becomes a list."""
    if isinstance(container, tuple):
        return content
    try:
        if not isinstance(container, (MutableMapping, MutableSequence)):
            return type(container)(content)
        clone = copy.copy(container)  # a subclass may carry more than its entries
        if isinstance(container, MutableMapping):
            clone.update(content)
        else:
            for i, item in enumerate(content):
                clone[i] = item
        return clone
    except TypeError:  # it cannot be copied or made from its entries, such as range
        return content


def _not_collatable(kind):
    return f"default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {kind}"


def _stack_tensors(batch, *, collate_fn_map=None):
    return stack(batch, 0)


def _stack_arrays(batch, *, collate_fn_map=None):
    if batch[0].dtype.kind in "SUO":
        raise TypeError(_not_collatable(batch[0].dtype))
    return stack([as_tensor(array) for array in batch], 0)


def _stack_numpy_numbers(batch, *, collate_fn_map=None):
    return as_tensor(np.stack(batch))


def _stack_floats(batch, *, collate_fn_map=None):
    return tensor(batch, dtype=float64)


def _stack_integers(batch, *, collate_fn_map=None):
    return tensor(batch)


def _keep(batch, *, collate_fn_map=None):
    return batch


default_collate_fn_map = {
    Tensor: _stack_tensors,
    np.ndarray: _stack_arrays,
    (np.bool_, np.number, np.object_): _stack_numpy_numbers,
    float: _stack_floats,
    int: _stack_integers,
    str: _keep,
    bytes: _keep,
}
