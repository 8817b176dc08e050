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
from .bridge import Complaint, TooSlow
from .checks import checks
from .explore import Enough, draw, explore
from .record import TIGHT, Call, Op, roundings
from .sketch import sketch
from .submission import Unfit, submission
from .wrong import wrong_versions

__all__ = ["examine"]


def examine(name, path, function="", examples=60, seconds=10.0, say=print, progress=lambda text: None):
    """Say whether a file's function is right; 0, 1 or 2."""
    try:
        submitted = submission(find(name.removesuffix(" backward")), path, function, seconds)
        record = submitted.record
        say(f"{record.name}: read as {submitted.reading}")
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
    progress("looking for a simpler call that fails, and for the mistake")
    call, error = simplified(check, call, error)
    say(f"WRONG: {check.name}")
    say(sketch(record, call, error))
    known = wrong_versions(record.name) if check.name == "equals torch" else []  # for other checks they may be right
    more = filter(None, map(record.fitted, draw(record.calls, 20)))
    if known and (found := diagnosis(record, [call, *more])):
        say(f"diagnosis: the same numbers as {found.name}: {found.explanation}\n  seen at {found.source}")
    elif known and not isinstance(error, Complaint):
        say(f"diagnosis: none of the {len(known)} mistakes known of {record.name} gives these numbers")
    return 1


def first_failure(record, examples, say, progress):
    """(check, the smallest call that fails it, what was raised), or None. Says what was and was not covered."""
    several = [check for check in checks(record) if check.drawn]
    cases, failed, wanted = [], [], 0

    def attempt(call):
        if len(cases) >= wanted and not failed:
            raise Enough
        if (call := record.fitted(call)) is None or is_empty(call) != empty:
            return
        cases.append(call)
        for check in several:
            progress(f"checking {check.name} with {call!r}")
            try:
                check(call)
            except AssertionError as error:
                failed[:] = [(check, call, error)]
                raise

    for empty in (False, True) if type(record) is Op else (False,):  # what arrays of nothing show is the least telling
        wanted += examples if not empty else examples // 4
        try:
            explore(record.calls, attempt, 20 * examples)
        except AssertionError:
            return failed[0]
    if not cases:
        raise Unfit(f"no call that {record.name} allows suits the signature {inspect.signature(record.candidate)}")
    drawn = {key for call in cases for key in getattr(call, "options", call).kwargs}
    say(f"  {len(cases)} calls under each of: {', '.join(check.name for check in several)}")
    ours = inspect.signature(dataclasses.replace(record, candidate=None).resolve("minitorch_edu")).parameters
    lacking = [key for key in ours if key not in inspect.signature(record.candidate).parameters]
    say(f"  options drawn: {', '.join(sorted(drawn)) or 'none'}")
    if lacking:
        say(f"  not covered, for the signature lacks them: {', '.join(lacking)}")
    if getattr(record.candidate, "refused", ()):
        say(f"  not covered, for it raises at every one: {', '.join(record.candidate.refused)}")
    if not getattr(record, "gradients", True):
        say("  not covered: the gradient (return value and gradients, or write forward and backward)")
    return None


def is_empty(call):
    """Whether an array of a Call has no numbers."""
    return isinstance(call, Call) and any(array.size == 0 for array in call.arrays())


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
    if not outcomes or alike(outcomes[0][1], dataclasses.replace(record, candidate=None), calls[0]):
        return None  # the numbers are right, what is wrong is something else
    for known in wrong_versions(record.name):
        other = dataclasses.replace(record, candidate=known.function)
        compared = [(call, other.fitted(call), mine) for call, mine in outcomes]
        compared = [one for one in compared if one[1] is not None and keeps(record, *one[:2])]
        first = compared and compared[0][0] is calls[0]
        if first and all(alike(mine, other, fitted) for _, fitted, mine in compared):
            return known
    return None


def keeps(record, call, fitted):
    """Whether a fitted call lacks only options that have their default."""
    ours = inspect.signature(dataclasses.replace(record, candidate=None).resolve("minitorch_edu")).parameters
    before, after = (getattr(one, "options", one).kwargs for one in (call, fitted))
    return all(value == ours[key].default for key, value in before.items() if key not in after)


def alike(mine, other, call):
    """Whether another candidate gives these numbers."""
    try:
        theirs = other.outcome(call)
    except Exception:
        return False
    return mine.keys() == theirs.keys() and all(
        mine[what].shape == theirs[what].shape and roundings(mine[what], theirs[what], np.float64) <= TIGHT
        for what in mine
    )


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
