"""What several operators ask of their arguments, with one wording."""

from ..dtypes import as_dtype, type_name

__all__ = ["check_parameters", "need_float"]


def need_float(function, **arguments):
    """NotImplementedError unless the arguments are of a floating point type."""
    for name, array in arguments.items():
        if array.dtype.kind != "f":
            raise NotImplementedError(
                f"\"{function}\" not implemented for '{type_name(array.dtype)}': {name} must be of a floating point "
                f"dtype, got {as_dtype(array.dtype)}; use {name}.float()"
            )


def check_parameters(function, input, shape, **parameters):
    """RuntimeError unless each parameter is None or has this shape and input's dtype, which must be a float type."""
    need_float(function, input=input)
    for name, array in parameters.items():
        if array is not None and array.shape != tuple(shape):
            raise RuntimeError(
                f"{function}(): Expected {name} of shape {list(shape)}, but got {name} of shape {list(array.shape)} "
                f"and input of shape {list(input.shape)}"
            )
        if array is not None and array.dtype != input.dtype:
            raise RuntimeError(
                f"{function}(): mixed dtype: {name} is {as_dtype(array.dtype)} and input is {as_dtype(input.dtype)}; "
                f"all inputs must share same datatype: use {name}.to(input.dtype)"
            )
