"""Whether operators are recorded for backward: no_grad, enable_grad, set_grad_enabled.

Twin:  https://docs.pytorch.org/docs/stable/torch.html#locally-disabling-gradient-computation
"""

import contextlib
import functools
import threading

__all__ = ["enable_grad", "grad_mode", "inference_mode", "is_grad_enabled", "no_grad", "set_grad_enabled"]


class _GradMode(threading.local):
    asked = True
    inference = False

    @property
    def enabled(self):
        return self.asked and not self.inference


grad_mode = _GradMode()
GENERATOR = 0x20  # the flag of a function that yields, as `inspect` has it


def is_grad_enabled():
    """Whether operators are being recorded for backward (but in `inference_mode`, where none is).

    >>> with torch.no_grad():
    ...     inside = torch.is_grad_enabled()
    >>> inside, torch.is_grad_enabled()
    (False, True)
    """
    return grad_mode.asked


class no_grad(contextlib.ContextDecorator):
    """A block, or a function, in which no operator is recorded: `with no_grad():`, `@no_grad()` or `@no_grad`.

    >>> x = torch.ones(2, requires_grad=True)
    >>> with torch.no_grad():
    ...     (2 * x).requires_grad
    False
    """

    enabled = False

    def __new__(cls, function=None, **options):
        self = object.__new__(cls)
        return self(function) if callable(function) else self

    def __init__(self, function=None):
        pass

    def __call__(self, function):
        code = getattr(function, "__code__", None)
        return self._generator(function) if code and code.co_flags & GENERATOR else super().__call__(function)

    def _generator(self, function):
        """The function that yields, whose own code runs in this mode; between its values the caller's mode holds."""

        @functools.wraps(function)
        def call(*args, **kwargs):
            generator = function(*args, **kwargs)
            resume, sent = generator.send, None
            while True:
                try:
                    with self._recreate_cm():
                        value = resume(sent)
                except StopIteration as end:
                    return end.value
                try:
                    resume, sent = generator.send, (yield value)
                except BaseException as error:  # also GeneratorExit, when the caller closes it
                    resume, sent = generator.throw, error

        return call

    def __enter__(self):
        self.before, grad_mode.asked = grad_mode.asked, self.enabled

    def __exit__(self, *exception):
        grad_mode.asked = self.before

    def _recreate_cm(self):  # a decorated function may call itself
        again = object.__new__(type(self))
        again.enabled = self.enabled
        return again


class enable_grad(no_grad):
    """A block, or a function, in which operators are recorded although a `no_grad` surrounds it.

    >>> x = torch.ones(2, requires_grad=True)
    >>> with torch.no_grad(), torch.enable_grad():
    ...     (2 * x).requires_grad
    True
    """

    enabled = True


class inference_mode(no_grad):
    """As `no_grad`, but no `enable_grad` inside helps; its tensors may be used in later gradients all the same.

    >>> x = torch.ones(2, requires_grad=True)
    >>> with torch.inference_mode(), torch.enable_grad():
    ...     (2 * x).requires_grad
    False
    """

    def __init__(self, mode=True):
        self.enabled = not mode

    def __enter__(self):
        super().__enter__()
        self.outside, grad_mode.inference = grad_mode.inference, not self.enabled

    def __exit__(self, *exception):
        grad_mode.inference = self.outside
        super().__exit__(*exception)


class set_grad_enabled(no_grad):
    """Switch recording on or off: at once, and only inside if used as a `with` block or as a decorator.

    >>> x = torch.ones(2, requires_grad=True)
    >>> for training in (True, False):
    ...     with torch.set_grad_enabled(training):
    ...         (2 * x).requires_grad
    True
    False
    """

    def __init__(self, mode):
        self.enabled, self.before = bool(mode), grad_mode.asked
        grad_mode.asked = self.enabled

    def __enter__(self):
        grad_mode.asked = self.enabled

    def __call__(self, function):
        grad_mode.asked = self.before
        return super().__call__(function)

    def _recreate_cm(self):
        again = no_grad()
        again.enabled = self.enabled
        return again

    def __repr__(self):
        return f"torch.autograd.grad_mode.set_grad_enabled(mode={self.enabled})"
