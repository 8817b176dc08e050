"""What a module of torch's names answers: its own names to dir(), and a clear word to a name that it has not."""

import difflib

__all__ = ["only"]


def only(module, names):
    """The module's `__getattr__` and `__dir__`.

    >>> from minitorch_edu.names import only
    >>> ask, tell = only("shop", ["bread", "apples"])
    >>> tell()
    ['apples', 'bread']
    >>> try:
    ...     ask("apple")
    ... except AttributeError as error:
    ...     print(error)
    module 'shop' has no attribute 'apple' (is it 'apples'?); if torch has it, it is not among the parts written here
    """

    def __getattr__(name):
        close = difflib.get_close_matches(name, names, 1, 0.75)
        hint = f" (is it {close[0]!r}?)" if close else ""
        missing = f"module {module!r} has no attribute {name!r}{hint}"
        raise AttributeError(f"{missing}; if torch has it, it is not among the parts written here")

    return __getattr__, lambda: sorted(names)
