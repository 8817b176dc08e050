"""The definitions of what works with windows, as plain loops over NumPy arrays: slow, and easy to believe."""

__all__ = ["DEFINITIONS"]

DEFINITIONS = {}


def definition(name):
    """Register a function of arrays as the definition of the record of this name."""

    def register(function):
        DEFINITIONS[name] = function
        return function

    return register
