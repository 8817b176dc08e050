"""A run of the benchmark, its results in a JSON file, and two of them compared with a verdict that knows noise."""

import importlib
import json
import os
import tempfile

import torch

from reference.verify import written

from .ceilings import ceilings
from .race import conditions

__all__ = ["compare", "make_place", "read", "run"]


def run(options):
    """Run what the options of `minitorch-edu bench` ask for, and write --json FILE after each entry.

    The file: {"conditions", "threads", "ceilings", "entries"}. The options get one more, `ceilings`.
    """
    module = "train" if options.name == ["train"] else "convolutions" if options.algorithms else "ops"
    module = importlib.import_module(f".{module}", __package__)
    found, races, entries = conditions(), module.bench(options), []  # what there is not raises here
    if options.json:
        make_place(options.json)
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    print(f"{found['machine']}, {found['cores']} cores; {found['system']}; Python {found['python']}, {versions}")
    print(f"commit {found['commit']}; {options.threads} threads each, float32, TF32 off", flush=True)
    options.ceilings = measured(options.threads, options.device)
    print(f"ceilings: GEMM {options.ceilings['gemm']:.3g} GFLOP/s, copy {options.ceilings['copy']:.3g} GB/s")
    for entry in races:
        entries.append(entry)
        if options.json:
            written(options.json, {"conditions": found, "threads": options.threads, "ceilings": options.ceilings,
                                   "entries": entries})  # fmt: skip


def make_place(path):
    """Make the folder of a file that will be written after long work; OSError where nothing can be written."""
    folder = os.path.dirname(os.path.abspath(path))
    os.makedirs(folder, exist_ok=True)
    tempfile.TemporaryFile(dir=folder).close()


def measured(threads, device):
    """The ceilings of so many threads, of one ("by_threads"), and of the GPU if it is asked for ("cuda")."""
    if device == "cuda" and not torch.cuda.is_available():
        raise RuntimeError("bench: --device cuda: torch finds no CUDA GPU")
    by_threads = {count: ceilings(count) for count in sorted({1, threads})}
    gpu = {"cuda": ceilings(threads, "cuda", n=8192, mib=1024)} if device == "cuda" else {}
    return by_threads[threads] | {"by_threads": by_threads} | gpu


def read(path):
    """A run's file; OSError if it is none."""
    with open(path) as file:
        try:
            run = json.load(file)
            needed = [run["conditions"].items(), run["threads"], run["ceilings"]["by_threads"].items()]
            needed += [(entry["kind"], "".join(key(entry)), entry["race"]["ratios"]) for entry in run["entries"]]
        except (ValueError, TypeError, KeyError, AttributeError):
            raise OSError(f"{path} holds no results of `bench --json`") from None
    return run


def compare(before, after):
    """Print how every ratio of two files changed; whether none became larger beyond noise.

    A ratio's interval is widened by how far the control of its race, torch against itself, is from 1. Two intervals
    that do not overlap are a difference; any others are none that these runs can show.
    """
    runs = [read(path) for path in (before, after)]
    for what, old, new in differences(*runs):
        print(f"{what}: {old} -> {new}")
    old, new = ({key(entry): entry for entry in run["entries"]} for run in runs)
    print(COLUMNS.format("", "phase", "", "before", "interval", "after", "interval", "verdict"))
    verdicts = []
    for which in [which for which in old if which in new]:
        for side in old[which]["race"]["ratios"]:
            if side in new[which]["race"]["ratios"]:
                pair = [ratio(entry[which]["race"], side) for entry in (old, new)]
                verdicts.append(verdict(*pair))
                numbers = [text for median, low, high in pair for text in (f"{median:.2f}", f"{low:.2f} - {high:.2f}")]
                _, name, case, phase = which
                print(COLUMNS.format(f"{name}: {case}"[:60], phase, side, *numbers, verdicts[-1]))
    for path, only in ((before, old.keys() - new), (after, new.keys() - old)):
        if only:
            print(f"only in {path}: {', '.join(sorted(' '.join(which[1:]) for which in only))}")
    print(", ".join(f"{verdicts.count(one)} {one}" for one in ("faster", "slower", SAME)))
    return "slower" not in verdicts


COLUMNS = "{:60}  {:17} {:11} {:>7} {:>15}  {:>7} {:>15}  {}"
SAME = "no difference shown"


def key(entry):
    """What names an entry."""
    return tuple(entry.get(name, "") for name in ("kind", "name", "case", "phase"))


def ratio(outcome, side):
    """(median, low, high) of a race, with the interval widened by its control."""
    found, control = outcome["ratios"][side], outcome["control"]["median"]
    wide = max(control, 1 / control)
    return found["median"], found["low"] / wide, found["high"] * wide


def verdict(before, after):
    """Of two (median, low, high)."""
    return "slower" if after[1] > before[2] else "faster" if after[2] < before[1] else SAME


def differences(before, after):
    """(what, before, after) of the conditions that are not the same."""
    flat = lambda run: {"threads": run.get("threads")} | run["conditions"] | run["conditions"].get("versions", {})
    old, new = flat(before), flat(after)
    return [(what, old[what], new.get(what)) for what in old if what != "versions" and old[what] != new.get(what)]
