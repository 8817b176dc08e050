"""What an option is when it is left out: ours must be torch's."""

import inspect

from .coverage import EMPTY, forms, measured

__all__ = ["defaults"]


def defaults(record):
    """AssertionError if one of our defaults is that of none of the forms of torch's function.

    None stands for an option that another form lacks. A dtype in a schema is a number of C++.
    """
    if not measured(record):
        return
    found = [{parameter.name: parameter.default for parameter in form} for form in forms(record.resolve("torch"))]
    for name, parameter in inspect.signature(record.resolve("minitorch_edu")).parameters.items():
        theirs = [plain(form.get(name)) for form in found if form.get(name) is not EMPTY]
        known = any(form.get(name, EMPTY) is not EMPTY for form in found)
        if parameter.default is not EMPTY and known and name != "dtype":
            assert plain(parameter.default) in theirs, (
                f"{record.name}: {name}={parameter.default!r} if it is left out, in torch {' or '.join(theirs)}"
            )


def plain(value):
    """The text of a default: the same for 1 and 1.0, for (1, 1) and 1, for () and None."""
    if isinstance(value, (list, tuple)):
        if len(set(value)) > 1:
            return ", ".join(map(plain, value))
        value = value[0] if value else None
    return str(float(value)) if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)
