"""A race between libraries that can be believed.

Each runner works in a process of its own: the idle threads of one library would slow another down. The runners take
turns, with pauses; a turn is a few repetitions, timed by torch.utils.benchmark. What counts is the ratio of two turns
of one round, and its median over the rounds. One runner races under two names: how far that ratio, the control, is from
1 tells how far the others can be trusted. A round in which other processes used the processor is run again.

    runners = {"ours": Work("benchmarks.step", "build", library="minitorch_edu", batch=64), "torch": Work(...)}
    outcome = race(runners, against="torch")
    outcome["ratios"]["ours"]  ->  {"median": 1.3, "low": 1.2, "high": 1.4, "rounds": [...]}

A builder returns something with `step()`, the work that is timed, and `values()`, {name: array}, what it computes. It
may also have `parts`, {name: function}, which can be timed in the same processes.
"""

import contextlib
import ctypes
import gc
import importlib
import math
import multiprocessing
import os
import platform
import statistics
import subprocess
import time
from importlib import metadata
from pathlib import Path

import numpy as np
import psutil
from tqdm import tqdm

from minitorch_edu.threads import cores

__all__ = ["Work", "conditions", "interval", "pinned", "race"]

QUIET = 0.1  # of all cores: a round in which other processes used more is run again


class Work:
    """What a runner does: the function `module.builder(**options)`, called in the runner's own process."""

    def __init__(self, module, builder, **options):
        self.module, self.builder, self.options = module, builder, options

    def build(self):
        return getattr(importlib.import_module(self.module), self.builder)(**self.options)


def _run(work, threads, pipe):
    """In a process of its own: answer ("values",), ("time", part, n) and ("memory",) until told to stop."""
    try:
        import torch
        from torch.utils.benchmark import Timer

        torch.set_num_threads(threads)
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
        work.build().step()  # loads what a first step loads
        built = work.build()
        before = _settled()
        built.step()
        memory = (_peak() - before) / 2**20
        pipe.send(None)
        steps = {"step": built.step, **getattr(built, "parts", {})}
        timers = {  # they wait for a GPU's kernels
            name: Timer("step()", globals={"step": step}, num_threads=threads) for name, step in steps.items()
        }
        while (order := pipe.recv()) is not None:
            if order[0] == "values":
                pipe.send({name: np.asarray(value) for name, value in built.values().items()})
            elif order[0] == "memory":
                pipe.send(memory)
            else:
                cpu = time.process_time()
                seconds = timers[order[1]].timeit(order[2]).mean
                pipe.send((seconds, time.process_time() - cpu))
    except EOFError:
        return  # nobody asks any more
    except Exception as error:
        pipe.send(error)


def _settled():
    """Bytes that this process has in memory, after it gave back what is free; the peak is counted from here on."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):  # elsewhere than on Linux
        ctypes.CDLL(None).malloc_trim(0)
        Path("/proc/self/clear_refs").write_text("5")
    return psutil.Process().memory_info().rss


def _peak():
    """Bytes that this process had in memory at most."""
    with contextlib.suppress(OSError):  # Linux: getrusage would begin with what the parent process had
        return 1024 * int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if platform.system() == "Darwin" else peak * 1024


class _Runner:
    """The process of one runner, seen from outside."""

    def __init__(self, name, work, threads):
        self.name = name
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_run, args=(work, threads, theirs), daemon=True)
        self.process.start()
        theirs.close()

    def answer(self):
        try:
            answer = self.pipe.recv()
        except EOFError:
            raise RuntimeError(
                f"race(): the process of {self.name!r} ended (exit code {self.process.exitcode})"
            ) from None
        if isinstance(answer, Exception):
            raise RuntimeError(f"race(): {self.name!r} failed: {type(answer).__name__}: {answer}") from answer
        return answer

    def ask(self, *order):
        self.pipe.send(order)
        return self.answer()

    def turn(self, part, count, pause):
        """Seconds of one repetition of a part, and the share of all cores that other processes used meanwhile."""
        time.sleep(pause)
        start, before = time.perf_counter(), psutil.cpu_times()
        seconds, own = self.ask("time", part, count)
        wall, after = time.perf_counter() - start, psutil.cpu_times()
        idle = sum(getattr(after, name, 0) - getattr(before, name, 0) for name in ("idle", "iowait"))
        busy = sum(after) - sum(before) - idle
        return seconds, max(0.0, busy - own) / wall / os.cpu_count()

    def stop(self):
        self.pipe.close()
        self.process.terminate()
        self.process.join()


def race(runners, against, rounds=9, seconds=0.2, pause=0.1, threads=None, check=None, patience=3, progress=None,
         parts=None):  # fmt: skip
    """Let the runners, {name: Work}, race; `against` is the one whose time the others are divided by.

    rounds: counted ones, at least 5; of `patience` times as many the quietest count. seconds: of a turn, about; pause:
    before each. threads: of each runner, all cores if None. check({name: values}) raises if the runners do not compute
    the same; it is called before anything is timed. progress: what a progress bar is called. parts: names of what the
    builders have in `parts`, or "step" for the whole; one after the other, each races as if it were alone.

    Returns {"threads", "seconds": {name: times}, "ratios": {name: ...}, "control": ...,
    "memory_mib": {name: how much more than before it, the first step of what was built has at its peak},
    "foreign": the share of the cores that other processes used in each counted round, "repeated": rounds run again};
    with parts {part: such a dictionary}.
    """
    if rounds < 5:
        raise ValueError(f"race(): rounds must be at least 5, got {rounds}: a median of fewer says nothing")
    threads = threads or cores()
    racers = {}
    try:
        with pinned(threads):
            for name, work in (*runners.items(), (f"{against} again", runners[against])):
                racers[name] = _Runner(name, work, threads)
        for racer in racers.values():
            racer.answer()
        if check is not None:
            check({name: racers[name].ask("values") for name in runners})
        memory = {name: racer.ask("memory") for name, racer in racers.items()}
        tried = {
            part: _rounds(racers, part, rounds, seconds, pause, patience, progress and f"{progress} {part}")
            for part in parts or ["step"]
        }
    finally:
        for racer in racers.values():
            racer.stop()
    found = {
        part: {"threads": threads} | _outcome(laps, rounds, runners, against) | {"memory_mib": memory}
        for part, laps in tried.items()
    }
    return found if parts else found["step"]


def _rounds(racers, part, rounds, seconds, pause, patience, progress):
    """Rounds until enough were quiet: ({name: seconds}, share of the cores that others used) of each."""
    counts = {}
    for name, racer in racers.items():
        racer.turn(part, 1, 0)  # to warm up
        counts[name] = max(1, round(seconds / max(racer.turn(part, 1, 0)[0], 1e-9)))
        counts[name] = max(1, round(seconds / max(racer.turn(part, counts[name], 0)[0], 1e-9)))
    tried = []
    with tqdm(total=rounds, desc=progress, leave=False, disable=progress is None or None) as bar:
        while len(tried) < patience * rounds:
            order = list(racers) if len(tried) % 2 == 0 else list(reversed(racers))
            turns = {name: racers[name].turn(part, counts[name], pause) for name in order}
            tried.append(({name: turn[0] for name, turn in turns.items()}, max(turn[1] for turn in turns.values())))
            quiet = sum(foreign <= QUIET for _, foreign in tried)
            bar.update(quiet - bar.n)
            if quiet == rounds:
                break
    return tried


def _outcome(tried, rounds, runners, against):
    """What the quietest rounds say."""
    counted = sorted(tried, key=lambda one: one[1])[:rounds]
    times = {name: [turn[name] for turn, _ in counted] for name in tried[0][0]}
    ratio = lambda name: _spread([a / b for a, b in zip(times[name], times[against])])
    return {
        "seconds": {name: _spread(values) for name, values in times.items()},
        "ratios": {name: ratio(name) for name in runners if name != against},
        "control": ratio(f"{against} again"),
        "foreign": [foreign for _, foreign in counted],
        "repeated": len(tried) - rounds,
    }


@contextlib.contextmanager
def pinned(threads):
    """Processes started meanwhile use so many threads, and idle ones sleep at once."""
    kept = dict(os.environ)
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    os.environ |= dict.fromkeys(names, str(threads)) | {"OPENBLAS_THREAD_TIMEOUT": "4"}
    try:
        yield
    finally:
        os.environ.clear()
        os.environ |= kept


def _spread(values):
    """The median, its interval, the quartiles, and the values themselves."""
    lower, median, upper = statistics.quantiles(values, n=4, method="inclusive")
    low, high = interval(values)
    return {"median": median, "low": low, "high": high, "quartiles": [lower, upper], "rounds": values}


def interval(values, confidence=0.95):
    """The narrowest pair of values between which the true median lies with this confidence, whatever the distribution.

    The true median has k of the n values below it with probability (n choose k) / 2^n, so the k-th smallest and the
    k-th largest enclose it with 1 - 2 sum_{i<k} (n choose i) / 2^n. Where even the extremes do not reach it, they are
    returned.

    Source: Thompson (1936), https://doi.org/10.1214/aoms/1177732502
    """
    ordered, n = sorted(values), len(values)
    outside, k = 0.0, 0
    while k < (n - 1) // 2:
        outside += 2 * math.comb(n, k) / 2**n
        if outside > 1 - confidence:
            break
        k += 1
    return ordered[max(k - 1, 0)], ordered[n - max(k, 1)]


def conditions():
    """What a result depends on: machine, versions, commit, time."""
    folder = Path(__file__).parent

    def git(*words):
        done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True)
        return done.stdout.strip() if done.returncode == 0 else ""

    return {
        "machine": _processor(),
        "cores": cores(),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "versions": {name: metadata.version(name) for name in ("numpy", "torch", "threadpoolctl")},
        "commit": git("rev-parse", "--short", "HEAD") + ("+" if git("status", "--porcelain") else ""),
        "date": time.strftime("%Y-%m-%d %H:%M"),
    }


def _processor():
    """The processor's name."""
    try:
        with open("/proc/cpuinfo") as file:
            return next(line.split(":")[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
