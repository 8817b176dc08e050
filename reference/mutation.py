"""The mutation run: small errors are put into the library, one at a time, and the catalogue must notice.

    python -m reference.mutation [PATH...] [--sample N] [--seed S] [--jobs J] [--json FILE] [--again]

Importing torch for each of thousands of mutants would take longer than all checks. So one process imports it, draws
calls for every record, and notes which lines of the library each call runs through. Then it forks once for each
mutant: the child imports the library anew with the mutated text in the place of one file, and repeats the checks whose
calls run through the changed statement, until one fails. If none does, the tests in tests/ that run through it have
their turn. A check that does not come back has failed, too.

Results are kept in FILE, one line of JSON each, and not repeated while the mutated file stays as it is; --again repeats
the mutants that survived. The report is written to MUTATION.md, with the explanations of survivors.json.
"""

import argparse
import gc
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import resource
import signal
import sys
import tempfile
import time
from hashlib import sha256
from pathlib import Path

from hypothesis.configuration import set_hypothesis_home_dir
from tqdm import tqdm

from .mutants import ROOT, mutants, original
from .mutation_report import write_report
from .reach import Reach, import_library, lines_of_tests, run_tests

PATHS = ("minitorch_edu/ops", "minitorch_edu/optim", "minitorch_edu/autograd.py")
EXAMPLES = 40  # drawn calls of each record, as in the tests
LIMIT = 20  # seconds for a check of one call, which usually takes milliseconds
BUDGET = 30  # seconds for all checks of a mutant; then the tests have their turn
END = 600  # seconds of computing after which a mutant is ended from outside
MEMORY = 4 * 2**30  # bytes that a mutant may take beside what is there


class Instead(importlib.abc.MetaPathFinder, importlib.abc.SourceLoader):
    """Finds one module of the library, and loads another text for it."""

    def __init__(self, path, text):
        self.path, self.text = str(ROOT / path), text
        self.name = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def find_spec(self, name, path=None, target=None):
        if name == self.name:
            return importlib.util.spec_from_file_location(name, self.path, loader=self)
        return None

    def get_filename(self, name):
        return self.path

    def get_data(self, path):
        return self.text.encode()


def judge(mutant, reach):
    """How a mutant is found out, and by what. The process is spoilt for anything else."""
    if mutant.text is None:
        return {"how": "nothing"}
    before, after = mutant.change
    found = {"line": mutant.line, "before": before, "after": after}
    how, by = found_out(mutant, reach)
    return found | {"how": how, "by": by}


def found_out(mutant, reach):
    """(how, by what), or ("survived", "")."""
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + MEMORY, size + MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (END, END))
    signal.signal(signal.SIGALRM, too_late)
    start = time.monotonic()
    sys.meta_path.insert(0, Instead(mutant.path, mutant.text))
    try:
        signal.alarm(LIMIT)
        import_library()
    except Exception as error:
        return "import", type(error).__name__
    for what, check in reach.plan(mutant):
        try:
            signal.alarm(LIMIT)
            check()
        except TooLate:
            return "time", what
        except BaseException as error:
            return "record", f"{what} ({type(error).__name__})"
        if time.monotonic() - start > BUDGET:
            break
    tests, seconds = reach.tests_of(mutant)
    signal.alarm(LIMIT + 10 * int(seconds))
    failed = tests and run_tests(tests) != 0
    return ("test", "") if failed else ("survived", "")


class TooLate(BaseException):
    """A check takes too long."""


def too_late(signal_number, frame):
    raise TooLate


def in_child(function, *args):
    """Start function(*args) in a forked process: (its id, the file that its result is read from)."""
    file = tempfile.TemporaryFile("w+")
    child = os.fork()
    if child:
        return child, file
    status = 1
    try:
        os.setpgid(0, 0)
        json.dump(function(*args), file)
        file.flush()
        status = 0
    finally:
        os._exit(status)


def result_of(file):
    """What the child wrote, or None."""
    file.seek(0)
    text = file.read()
    return json.loads(text) if text else None


def run(chosen, reach, jobs, keep):
    """Judge each mutant, and keep(mutant, {how, by, ...})."""
    running = {}
    for mutant in tqdm([*chosen, *[None] * jobs], unit=" mutants", disable=None):
        if mutant is not None:
            child, file = in_child(judge, mutant, reach)
            running[child] = mutant, file, time.monotonic()
        while running and (len(running) >= jobs or mutant is None):
            child, status = os.wait()
            done, file, start = running.pop(child)
            result = result_of(file) or {"how": "crash", "by": f"status {status}"}
            keep(done, result | {"seconds": round(time.monotonic() - start, 2)})


# ------------------------------------------------------------------------------------------------ results


def key(mutant):
    """What tells a mutant from all others, also from those of another state of its file."""
    state = sha256(original(mutant.path).encode()).hexdigest()[:8]
    return f"{mutant.path} {state} {mutant.operator} {mutant.occurrence}"


def files(paths):
    """The Python files in these places, as paths in the repository."""
    for path in map(Path, paths):
        path = path if path.is_absolute() else ROOT / path
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            yield str(file.relative_to(ROOT))


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m reference.mutation", description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="*", metavar="PATH", default=PATHS, help="files or folders of the library")
    parser.add_argument("--sample", type=int, metavar="N", help="only so many: those in FILE, and others, drawn")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1, help="processes at a time")
    parser.add_argument("--json", type=Path, default=ROOT / "build" / "mutation.jsonl", metavar="FILE")
    parser.add_argument("--again", action="store_true", help="repeat the mutants that survived")
    options = parser.parse_args(arguments)
    known = {}
    if options.json.exists():
        known = {result["mutant"]: result for result in map(json.loads, options.json.read_text().splitlines())}
    places = {key(mutant): mutant for path in files(options.paths) for mutant in mutants(path)}
    order = sorted(places, key=lambda key: (key not in known, sha256(f"{options.seed} {key}".encode()).digest()))
    chosen = {key: places[key] for key in order[: options.sample]}
    results = {key: known[key] for key in chosen if key in known}
    if options.again:
        results = {key: result for key, result in results.items() if result["how"] != "survived"}
    left = [mutant for key, mutant in chosen.items() if key not in results]
    if left:
        options.json.parent.mkdir(parents=True, exist_ok=True)

        def keep(mutant, result):
            result = {"mutant": key(mutant), "path": mutant.path, "operator": mutant.operator} | result
            results[result["mutant"]] = result
            with open(options.json, "a") as log:
                log.write(json.dumps(result) + "\n")

        run(left, reach_of(left), options.jobs, keep)
    print(write_report(results.values(), len(places), options))


def reach_of(mutants):
    """What runs through the files of these mutants."""
    set_hypothesis_home_dir(tempfile.mkdtemp())  # failures of mutants are nobody's examples
    paths = sorted({mutant.path for mutant in mutants})
    child, file = in_child(lines_of_tests, paths)
    os.waitpid(child, 0)
    reach = Reach(paths, EXAMPLES, result_of(file))
    gc.freeze()
    return reach


if __name__ == "__main__":
    main()
