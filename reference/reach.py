"""What runs through which lines of the library: the drawn and illegal calls of the catalogue, and the tests."""

import functools
import importlib
import inspect
import os
import sys
import time
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from . import FAMILIES
from .checks import checks
from .coverage import measured
from .explore import draw
from .mutants import ROOT

__all__ = ["Reach", "import_library", "lines_of_tests", "run_tests"]

TESTS = ("autograd", "autograd_programs", "views", "tensor", "module", "optim", "corners")


@dataclass(frozen=True)
class Item:
    """A drawn call of a record with its checks, or (call None) an illegal one; the lines that it runs through."""

    record: object
    checks: tuple
    call: object
    lines: frozenset  # of (path, line number)


@contextmanager
def tracing(paths):
    """The set of lines of these files, as (path, line number), that are run through inside; it is filled at the end."""
    found, lines, names = set(), set(), {str(ROOT / path) for path in paths}

    def inside(frame, event, arg):
        found.add((frame.f_code.co_filename, frame.f_lineno))
        return inside

    def entered(frame, event, arg):
        return inside(frame, event, arg) if frame.f_code.co_filename in names else None

    sys.settrace(entered)
    try:
        yield lines
    finally:
        sys.settrace(None)
        lines.update((os.path.relpath(path, ROOT), line) for path, line in found)


def import_library():
    """Import all of minitorch_edu anew, and let the catalogue know the new modules."""
    for name in [name for name in sys.modules if name.split(".")[0] == "minitorch_edu"]:
        del sys.modules[name]
    for part in ("", ".nn", ".optim", ".vision"):
        importlib.import_module("minitorch_edu" + part)
    for name in [name for name in sys.modules if name.split(".")[0] == "reference"]:
        for key, value in vars(sys.modules[name]).items():
            if isinstance(value, type(sys)) and value.__name__.split(".")[0] == "minitorch_edu":
                setattr(sys.modules[name], key, importlib.import_module(value.__name__))


def items(paths, examples):
    """Every drawn and every illegal call. The transforms are left out: they are no test of operators."""
    for family in FAMILIES:
        if family == "transform":
            continue
        for record in importlib.import_module(f"reference.{family}").RECORDS:
            of_calls = tuple(check for check in checks(record) if check.drawn)
            for call in draw(record.calls, examples):
                yield from item(paths, record, of_calls, call)
            for check in checks(record):
                if not check.drawn:
                    yield from item(paths, record, (check,), None)


def item(paths, record, checks, call):
    """The Item, alone; nothing, but a warning, if its checks reject the library as it is."""
    try:
        with tracing(paths) as lines:
            checks[0].run() if call is None else checks[0].run(call)
    except Exception as error:
        print(f"{record.name}: a call is left out, since it fails already: {type(error).__name__}")
    else:
        yield Item(record, checks, call, frozenset(lines or head(record)))


def head(record):
    """The first line of our function, for a check that reads its signature but does not run it."""
    function = inspect.unwrap(record.resolve("minitorch_edu")) if measured(record) else None
    code = getattr(getattr(function, "__init__", None), "__code__", None) or getattr(function, "__code__", None)
    return [(os.path.relpath(code.co_filename, ROOT), code.co_firstlineno)] if code else []


def run_tests(arguments, plugins=()):
    """Run pytest here, quietly, with the same drawn cases every time; its exit status."""
    with open(os.devnull, "w") as nowhere:
        for stream in (1, 2):
            os.dup2(nowhere.fileno(), stream)
    options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--hypothesis-seed=0"]
    return pytest.main([*options, *arguments], plugins)


def lines_of_tests(paths):
    """{test: [seconds, lines]} of the tests in tests/."""
    found = {}

    class Tracer:
        @pytest.hookimpl(hookwrapper=True)
        def pytest_runtest_protocol(self, item):
            start = time.monotonic()
            with tracing(paths) as lines:
                yield
            found[item.nodeid] = [time.monotonic() - start, sorted(lines)]

    run_tests([f"tests/test_{name}.py" for name in TESTS], [Tracer()])
    return found


class Reach:
    """What runs through a mutated statement."""

    def __init__(self, paths, examples, lines_of_tests):
        with tracing(paths) as self.on_import:
            import_library()
        self.items, self.tests = list(items(paths, examples)), lines_of_tests
        self.items_at, self.tests_at = defaultdict(set), defaultdict(set)
        for i, item in enumerate(self.items):
            for path, line in item.lines:
                self.items_at[path, line].add(i)
        for test, (_, lines) in self.tests.items():
            for path, line in lines:
                self.tests_at[path, line].add(test)

    def places(self, mutant):
        """The lines to be looked up for a mutant: what runs on import matters to the whole file."""
        lines = {(mutant.path, line) for line in mutant.lines}
        everywhere = {*self.items_at, *self.tests_at}
        return {place for place in everywhere if place[0] == mutant.path} if lines & self.on_import else lines

    def plan(self, mutant):
        """(what is checked, function that checks it): one call of each record, then the next; short ones first."""
        order, counts = [], defaultdict(int)
        for i in sorted(set().union(*(self.items_at[place] for place in self.places(mutant)))):
            name = self.items[i].record.name
            order.append((counts[name], len(self.items[i].lines), i))
            counts[name] += 1
        found = [self.items[i] for *_, i in sorted(order)]
        for number in range(max((len(item.checks) for item in found), default=0)):
            for item in found:
                if number < len(item.checks):
                    check = item.checks[number]
                    run = check.run if item.call is None else functools.partial(check.run, item.call)
                    yield f"{item.record.name}: {check.name}", run

    def tests_of(self, mutant):
        """(the tests that run through a mutant, the quick ones first; how many seconds they take)"""
        found = set().union(*(self.tests_at[place] for place in self.places(mutant)))
        return sorted(found, key=lambda test: self.tests[test][0]), sum(self.tests[test][0] for test in found)
