"""The race of the ways to convolve: time, memory and error of each, over kernel sizes and numbers of channels."""

import inspect
import math
import os
import sys

import numpy as np

from ..race import Work, interval, race
from .ways import WAYS, flops, padded

__all__ = ["CASES", "Runner", "bench"]

TINY = ((2, 3, 8, 8), (4, 3, 3, 3))  # where even the loops are back soon
CASES = (TINY,) + tuple(
    ((32, channels, size, size), (filters, channels, kernel, kernel))
    for channels, filters, size in ((3, 32, 32), (32, 32, 16), (64, 64, 16))
    for kernel in (1, 3, 5, 7, 11)
)  # (N, C, H, W), (F, C, KH, KW); the padding keeps H and W
LONG = 2  # seconds: a way that would need more of them for one convolution is left out
PATIENCE = 30  # seconds for loading a learner's file
WRONG = 2**-10  # of the largest output: no rounding is so large


def inputs(x, weight):
    """Normal numbers of these shapes, in float32; weights as a layer starts with, so that y is about normal too."""
    random = np.random.default_rng(0)
    x, weight = random.standard_normal(x, np.float32), random.standard_normal(weight, np.float32)
    return x, weight / np.float32(np.sqrt(weight[0].size))


class Runner:
    """One way at one case, as race() wants it. The learner's file is a way, too."""

    def __init__(self, way, x, weight, file=None):
        conv = WAYS[way].conv if file is None else learners(file)
        padding = weight[-1] // 2
        x, weight = inputs(x, weight)
        self.step = lambda: conv(x, weight, padding=padding)

    def values(self):
        return {"y": self.step()}


def learners(file):
    """The function in FILE.py[:FUNCTION], as one of arrays; RuntimeError, with the reason, if there is none.

    It is found as `minitorch-edu check` finds it. One without the argument `padding` gets pictures that are padded.
    """
    from reference import find
    from reference.bridge import Complaint, Guard
    from reference.submission import Unfit, chosen, imported, load

    path, _, name = file.partition(":")
    if not os.path.isfile(path):
        raise RuntimeError(f"there is no file {path}")
    try:
        with Guard(path, PATIENCE, sys.stdout)("loading the file"):
            module = load(path)
        function, _ = chosen(module, find("conv2d"), name)
    except (Complaint, Unfit) as error:
        raise RuntimeError(f"{path}: {error}") from error
    pads = {"padding", "kwargs"} & set(inspect.signature(function).parameters)
    library = {"torch tensors": "torch", "our tensors": "minitorch_edu"}.get(imported(module))
    make = sys.modules[library].from_numpy if library else np.asarray

    def conv(x, weight, padding):
        y = (
            function(make(x), make(weight), padding=padding)
            if pads
            else function(make(padded(x, padding)), make(weight))
        )
        return np.asarray(y[0] if isinstance(y, tuple) else y)  # a value, or a value and its gradients

    return conv


def errors(x, weight, values):
    """{way: error} in float32 roundings of the largest output, against float64; AssertionError if a way is wrong."""
    from reference.record import roundings

    x, weight = inputs(x, weight)
    padding = weight.shape[-1] // 2
    truth = WAYS["torch"].conv(x.astype(np.float64), weight.astype(np.float64), padding=padding)
    found = {}
    for way, arrays in values.items():
        y = arrays["y"]
        assert y.shape == truth.shape, f"conv2d by {way}: y has shape {y.shape}, not {truth.shape}"
        found[way] = roundings(y, truth, np.float32)
        assert found[way] * np.finfo(np.float32).eps < WRONG, (
            f"conv2d by {way}: x {x.shape}, weight {weight.shape}, padding {padding}: y differs by {found[way]:.3g} "
            "roundings of the largest output"
        )
    return found


def bench(options, cases=CASES, ways=tuple(WAYS), **racing):
    """Race the ways at all cases, print what came out, and yield it as entries for a result file.

    options: rounds, seconds, threads, as of race(), and file, a learner's FILE.py[:FUNCTION] or None. racing: more for
    race(). RuntimeError, before anything is measured, if the file holds no convolution.
    """
    files = {}
    if options.file:
        learners(options.file)  # what does not load raises here
        files[os.path.basename(options.file)] = os.path.abspath(options.file)
    return races(cases, ways, files, options, racing)


def races(cases, ways, files, options, racing):
    """The time at the case before, which is small at first, tells which ways would be too slow at the next."""
    entries, each = [], {}  # each: seconds of one of the definition's FLOPs
    for x, weight in cases:
        count = flops(x, weight, weight[-1] // 2)
        runs = {
            way: files.get(way)
            for way in (*ways, *files)
            if (way in files or WAYS[way].applies(weight[2:], 1)) and each.get(way, 0) * count < LONG
        }
        entry = raced(x, weight, runs, options, racing)
        each |= {way: seconds(entry, way) / count for way in runs}
        entries.append(entry)
        print(table(entry), flush=True)
        yield entry
    print("\n".join(verdicts(entries)))


def raced(x, weight, runs, options, racing):
    """The entry of one case. runs: {way: the learner's file, or None}"""
    padding = weight[-1] // 2
    case = f"x {x}, weight {weight}, padding {padding}"
    found = {}
    outcome = race(
        {way: Work(__name__, "Runner", way=way, x=x, weight=weight, file=file) for way, file in runs.items()},
        against="torch",
        rounds=options.rounds,
        seconds=options.seconds,
        threads=options.threads,
        check=lambda values: found.update(errors(x, weight, values)),
        progress=case,
        **racing,
    )
    return {
        "kind": "algorithm",
        "name": "conv2d",
        "case": case,
        "phase": "forward",
        "kernel": weight[-1],
        "channels": [x[1], weight[0]],
        "flops": flops(x, weight, padding),
        "bytes": 4 * (math.prod(x) + math.prod(weight) + x[0] * weight[0] * x[2] * x[3]),
        "algorithms": {way: {"flops": getattr(WAYS.get(way), "flops", flops)(x, weight, padding)} for way in runs},
        "ulps": found,
        "race": outcome,
    }


def seconds(entry, way):
    return entry["race"]["seconds"][way]["median"]


def table(entry):
    """One case: a line for each way, the fastest first."""
    outcome = entry["race"]
    lines = [
        f"\nconv2d {entry['case']}, {outcome['threads']} threads, {entry['flops'] / 1e9:.3g} GFLOP by the definition",
        f"{'':16}{'time':>11}{'/ torch':>10}{'interval':>16}{'FLOPs':>8}{'GFLOP/s':>9}{'memory':>11}{'error':>10}",
    ]
    for way in sorted(entry["algorithms"], key=lambda way: outcome["seconds"][way]["median"]):
        seconds, spent = outcome["seconds"][way]["median"], entry["algorithms"][way]["flops"]
        ratio = outcome["control"] if way == "torch" else outcome["ratios"][way]
        lines.append(
            f"{way:16}{1e3 * seconds:8.3g} ms{ratio['median']:10.3g}{ratio['low']:8.3g} ..{ratio['high']:5.3g}"
            f"{spent / entry['flops']:8.2f}{spent / seconds / 1e9:9.3g}{outcome['memory_mib'][way]:7.1f} MiB"
            f"{entry['ulps'][way]:6.1f} ulp"
        )
    return "\n".join(lines + ["(torch / torch: itself again; FLOPs: of the definition's; GFLOP/s: of its own FLOPs)"])


def verdicts(entries):
    """For each way a line on where it wins and why; every word of it from the numbers measured."""
    lines = [f"\nOf {len(entries)} cases (alone: every other way is slower beyond what the rounds vary):"]
    for way in dict.fromkeys(way for entry in entries for way in entry["algorithms"]):
        lines.append(f"{way:16}{wins(way, entries)}; {why(way, entries)}")
    return lines


def wins(way, entries):
    """In which cases a way is the fastest of all, in which of those in NumPy."""
    said = []
    for group, without in (("of all", ()), ("in NumPy", ("torch",))):
        if way not in without:
            fronts = [(entry, front(entry, without)) for entry in entries]
            alone = [entry for entry, ways in fronts if ways == [way]]
            level = [entry for entry, ways in fronts if way in ways[: len(ways) * (len(ways) > 1)]]
            said += [f"fastest {group}, alone, {places(alone)}"] if alone else []
            said += [f"among the fastest {group} {places(level)}"] if level else []
    return "; ".join(said) or f"never among the fastest (of {sum(way in entry['algorithms'] for entry in entries)})"


def front(entry, without=()):
    """The fastest way at a case, and those not told from it: the interval of their ratio to it holds 1."""
    rounds = {way: entry["race"]["seconds"][way]["rounds"] for way in entry["algorithms"] if way not in without}
    leader = min(rounds, key=lambda way: seconds(entry, way))
    return [way for way in rounds if interval([a / b for a, b in zip(rounds[way], rounds[leader])])[0] <= 1]


def places(entries):
    """`in 3: 3->32 with 1x1; 32->32 with 1x1, 3x3`"""
    kernels = {}
    for entry in entries:
        kernels.setdefault("{}->{}".format(*entry["channels"]), []).append("{0}x{0}".format(entry["kernel"]))
    return f"in {len(entries)}: " + "; ".join(f"{pair} with {', '.join(sizes)}" for pair, sizes in kernels.items())


def why(way, entries):
    """What a way spends where it is at its best, and what the fastest other one does there."""
    there = [entry for entry in entries if way in entry["algorithms"]]
    rival = lambda entry: min((name for name in entry["algorithms"] if name != way), key=lambda o: seconds(entry, o))
    best = min(there, key=lambda entry: seconds(entry, way) / seconds(entry, rival(entry)))
    spends = lambda name: (
        f"{best['algorithms'][name]['flops'] / best['flops']:.2f} of the definition's FLOPs at "
        f"{best['algorithms'][name]['flops'] / seconds(best, name) / 1e9:.3g} GFLOP/s"
    )
    other = rival(best)
    ratio = seconds(best, way) / seconds(best, other)
    return f"at its best {ratio:.2f} times {other}'s time, {places([best])[6:]}: {spends(way)}; {other} {spends(other)}"
