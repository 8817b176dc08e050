"""`python -m reference.examine NAME FILE`: a learner's file under the checks, in a process of its own.

`check` starts it. It prints the verdict, and exits with 0 (right), 1 (wrong) or 2 (could not be checked); the file
named by --progress holds what is being done, should the process die.
"""

import argparse
import contextlib
import dataclasses
import inspect
import sys
import warnings

import numpy as np

from . import find
from .bridge import TooSlow
from .checks import checks
from .explore import Enough, draw, explore
from .optimizer import Optimizer, Training
from .record import TIGHT, Call, Different, Op, roundings
from .signature import plain
from .sketch import sketch
from .submission import Unfit, submission
from .wrong import wrong_versions

__all__ = ["examine"]

UNWRITTEN = "yours to write"  # what the body of an exercise raises


def examine(name, path, function="", examples=60, seconds=10.0, say=print, progress=lambda text: None):
    """Say whether a file's function is right; 0, 1 or 2."""
    try:
        submitted = submission(find(name.removesuffix(" backward")), path, function, seconds)
        record = submitted.record
        say(f"{record.name}: read as {submitted.reading}")
        for difference in other_defaults(record):
            say(f"  note: {difference}")
        failed = first_failure(record, examples, say, progress)
    except (Unfit, KeyError) as error:
        say(f"could not be checked: {error.args[0]}")
        return 2
    except TooSlow as error:
        say(f"WRONG: too slow: {error}")
        return 1
    if printed := submitted.printed.getvalue():
        say(f"  note: the code prints while it computes: {printed.splitlines()[0]!r:.80}")
    if failed is None:
        say(f"RIGHT: {record.name} passed every check")
        return 0
    check, call, error = failed
    if UNWRITTEN in str(error):
        say(f"could not be checked: {record.name} is not written yet")
        return 2
    progress("looking for a simpler call that fails, and for the mistake")
    call, error = simplified(check, call, error)
    say(f"WRONG: {check.name}")
    say(sketch(record, call, error))
    known = wrong_versions(record.name) if check.name == "equals torch" else []  # for other checks they may be right
    more = filter(None, map(record.fitted, draw(record.calls, 20)))
    usual = [other for other in more if set(oddities(other)) <= set(oddities(call))]  # elsewhere, more may be wrong
    if known and (found := diagnosis(record, [call, *usual])):
        say(f"diagnosis: the same numbers as {found.name}: {found.explanation}\n  seen at {found.source}")
    elif known and isinstance(error, Different):
        say(f"diagnosis: these are not the numbers of any known mistake ({len(known)} are known of {record.name})")
    return 1


def first_failure(record, examples, say, progress):
    """(check, the smallest call that fails it, what was raised), or None. Says what was and was not covered."""
    several = [check for check in checks(record) if check.drawn]
    cases, failed, wanted = [], [], 0

    def attempt(call):
        if len(cases) >= wanted and not failed:
            raise Enough
        if bool(oddities(call)) != odd or (call := record.fitted(call)) is None:
            return
        cases.append(call)
        for check in several:
            progress(f"checking {check.name} with {call!r}")
            try:
                check(call)
            except AssertionError as error:
                failed[:] = [(check, call, error)]
                raise

    for odd in (False, True) if type(record) in (Op, Optimizer) else (False,):  # odd calls are the least telling
        ordinary, wanted = len(cases), wanted + (examples // 2 if odd else examples)
        try:
            explore(record.calls, attempt, 20 * examples)
        except AssertionError:
            if odd and ordinary:
                odd = ", ".join(oddities(failed[0][1]))
                say(f"  {ordinary} calls with ordinary numbers passed; the one that fails has {odd}")
            return failed[0]
    if not cases:
        raise Unfit(f"no call that {record.name} allows suits the signature {inspect.signature(record.candidate)}")
    say(f"  {len(cases)} calls under each of: {', '.join(check.name for check in several)}")
    ours = inspect.signature(dataclasses.replace(record, candidate=None).resolve("minitorch_edu")).parameters
    options = {key for key, parameter in ours.items() if parameter.default is not parameter.empty and key[0] != "_"}
    given = [getattr(call, "options", call) for call in cases]
    drawn = options & {key for call in given for key in (*call.kwargs, *list(ours)[: len(call.args)])}
    lacking = sorted(options - drawn - set(inspect.signature(record.candidate).parameters))
    say(f"  options drawn: {', '.join(sorted(drawn)) or 'none'}")
    if lacking:
        say(f"  not covered, for the signature lacks them: {', '.join(lacking)}")
    if getattr(record.candidate, "refused", ()):
        say(f"  not covered, for it raises at every one: {', '.join(record.candidate.refused)}")
    if not getattr(record, "gradients", True):
        say("  not covered: the gradient (return value and gradients, or write forward and backward)")
    return None


def other_defaults(record):
    """The options whose default is not ours, as text."""
    ours = inspect.signature(dataclasses.replace(record, candidate=None).resolve("minitorch_edu")).parameters
    for name, parameter in inspect.signature(record.candidate).parameters.items():
        if name in ours and parameter.empty not in (parameter.default, ours[name].default):
            if plain(parameter.default) != plain(ours[name].default):
                yield f"your default is {name}={parameter.default!r}, torch's {name}={ours[name].default!r}"


def oddities(call):
    """What is out of the ordinary about the arrays of a Call, as words."""
    arrays = call.arrays() if isinstance(call, Call) else []
    steps = call.steps if isinstance(call, Training) else []
    floats = [array for array in arrays if array.dtype.kind == "f"]
    odd = {
        "no numbers": any(array.size == 0 for array in arrays),
        "inf or nan": any(not np.isfinite(array).all() for array in floats),
        "integers alone": bool(arrays) and not floats,
        "a tensor without axes": any(array.ndim == 0 for array in arrays[:1]),
        "numbers beyond 1e6": any((np.abs(array[np.isfinite(array)]) > 1e6).any() for array in floats),
        "a step in which a parameter has no gradient": any(g is None for gradients, _ in steps for g in gradients),
        "negative integers": any(array.dtype.kind == "i" and (array < 0).any() for array in arrays),
    }
    return [words for words, holds in odd.items() if holds]


def simplified(check, call, error):
    """The call with rounder numbers, as far as it fails in the same way."""
    if not isinstance(call, Call):
        return call, error
    for place, old in enumerate(call.arrays()):
        for simpler in (np.ones_like, np.round, lambda a: np.round(a, 1)):
            if old.dtype.kind == "f" and old.size:
                places = iter(range(len(call.arrays())))
                trial = call.map(lambda a: np.asarray(simpler(a)) if next(places) == place else a)  # noqa: B023
                try:
                    check(trial)
                except AssertionError as other:
                    if type(other) is type(error) and getattr(other, "what", "") == getattr(error, "what", ""):
                        call, error = trial, other
                        break
                except Exception:  # torch refuses these numbers
                    continue
    return call, error


def diagnosis(record, calls):
    """The wrong version that gives the candidate's numbers in the first call and in all others that it takes, or None.

    The calls are as the candidate takes them; those in which it raises something are left out.
    """
    outcomes = []
    for call in calls:
        with contextlib.suppress(AssertionError):
            outcomes.append((call, record.outcome(call)))
    right = dataclasses.replace(record, candidate=None).outcome(calls[0])
    if not outcomes or alike(outcomes[0][1], right, exactly=True):
        return None  # the numbers are right, what is wrong is something else
    for known in wrong_versions(record.name):
        other = dataclasses.replace(record, candidate=known.function)
        compared = [(call, other.fitted(call), mine) for call, mine in outcomes]
        compared = [one for one in compared if one[1] is not None and keeps(record, *one[:2])]
        first = compared and compared[0][0] is calls[0]
        with contextlib.suppress(Exception):  # what a wrong version raises is no number
            if first and all(alike(mine, other.outcome(fitted)) for _, fitted, mine in compared):
                return known
    return None


def keeps(record, call, fitted):
    """Whether a fitted call lacks only options that have their default."""
    ours = inspect.signature(dataclasses.replace(record, candidate=None).resolve("minitorch_edu")).parameters
    before, after = (getattr(one, "options", one).kwargs for one in (call, fitted))
    dropped = {key: value for key, value in before.items() if key not in after}
    return all(not isinstance(value, np.ndarray) and value == ours[key].default for key, value in dropped.items())


def alike(mine, theirs, exactly=False):
    """Whether two outcomes have the same numbers but for rounding, whatever their Nodes are called."""

    def same(a, b):
        precision, most = (np.float32, 16) if np.float32 in (a.dtype, b.dtype) else (np.float64, TIGHT)
        return a.shape == b.shape and roundings(a, b, precision) <= (0 if exactly else most)

    numbers = [what for what in mine if not what.startswith("node")]
    return mine.keys() == theirs.keys() and all(same(mine[what], theirs[what]) for what in numbers)


def main():
    parser = argparse.ArgumentParser()
    for name in ("name", "path", "function"):
        parser.add_argument(name)
    parser.add_argument("--examples", type=int)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--progress")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    stream = open(options.progress, "w")

    def progress(text):
        stream.seek(0)
        stream.truncate()
        stream.write(text)
        stream.flush()

    status = examine(options.name, options.path, options.function, options.examples, options.seconds, flushed, progress)
    progress(f"verdict {status}")
    sys.exit(status)


def flushed(text):
    print(text, flush=True)


if __name__ == "__main__":
    main()
