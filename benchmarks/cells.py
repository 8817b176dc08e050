"""What was measured, in words: the cells of a table's line, and what speaks against trusting them."""

from torch.utils.benchmark import select_unit

from .ceilings import attainable
from .race import QUIET

__all__ = ["COLUMNS", "cells", "doubts", "duration"]

COLUMNS = ("time", "quartiles", "/ torch", "95 % interval", "GFLOP/s", "GB/s", "of ceiling", "MiB", "ulp")
FAR = 1.1  # a control that is this many times 1, or 1 is this many times it


def cells(entry, ceilings):
    """{side: the texts under COLUMNS}, an empty one for what an entry does not know.

    In an entry of several algorithms, each has FLOPs of its own.
    """
    outcome, found = entry["race"], {}
    for side, times in outcome["seconds"].items():
        again = side.endswith("again")
        ratio = outcome["ratios"].get(side) or (outcome["control"] if again else None)
        own = entry | entry.get("algorithms", {}).get(side, {})
        found[side] = (
            duration(times["median"]),
            quartiles(times),
            f"{ratio['median']:.2f}" if ratio else "1",
            f"{ratio['low']:.2f} - {ratio['high']:.2f}" if ratio else "",
            *(("",) * 3 if again else speed(own, times["median"], ceilings["cuda"] if "cuda" in side else ceilings)),
            f"{max(0, outcome['memory_mib'][side]):.1f}" if "cuda" not in side else "",
            short(entry["ulps"][side]) if side in entry["ulps"] else "",
        )
    return found


def duration(seconds):
    """0.0123 -> 12.3 ms"""
    unit, scale = select_unit(seconds)
    return f"{short(seconds / scale)} {unit}"


def short(number):
    """Three digits that count: 0.0123, 12.3, 1230."""
    return f"{float(f'{number:.3g}'):g}"


def quartiles(times):
    """In the unit of the median."""
    _, scale = select_unit(times["median"])
    return " - ".join(short(value / scale) for value in times["quartiles"])


def speed(entry, seconds, ceilings):
    """GFLOP/s, GB/s, and the share of the ceiling that is nearer, as text."""
    if entry.get("flops") is None:
        return "", "", ""
    least, which = attainable(entry["flops"], entry["bytes"], ceilings)
    rates = [short(amount / seconds / 1e9) if amount else "" for amount in (entry["flops"], entry["bytes"])]
    return *rates, f"{least / seconds:.0%} {which}" if least else ""


def doubts(outcome):
    """What speaks against trusting a race, {short: long}; empty if nothing does."""
    control, foreign, found = outcome["control"]["median"], max(outcome["foreign"]), {}
    if not 1 / FAR <= control <= FAR:
        found["control far from 1"] = f"the same against itself is {control:.2f}"
    if foreign > QUIET:
        found["noisy"] = f"other processes used up to {foreign:.0%} of the cores"
    return found
