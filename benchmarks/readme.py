"""The README's table, in both languages, from result files: python -m benchmarks.readme [RUN.json ...]

Without files, from all of benchmarks/results/. A row that no file has is left out.
"""

import re
import sys
from fnmatch import fnmatchcase
from pathlib import Path

from minitorch_edu.training.report import write_whole

from .cells import duration
from .results import read

__all__ = ["READMES", "RUNS", "replaced", "table"]

ROOT = Path(__file__).parent.parent
READMES = (ROOT / "README.md", ROOT / "README.zh-CN.md")
RUNS = sorted(ROOT.glob("benchmarks/results/*.json"))
ROWS = (  # label, and of the entry: name, case (* is anything), phase
    ("a step of training, batch 64", "cifar_quick", "batch 64", "step"),
    ("conv2d 64x32x16x16", "conv2d", "64x32x16x16, *", "forward+backward"),
    ("conv2d 16x64x56x56", "conv2d", "16x64x56x56, *", "forward+backward"),
    ("max_pool2d 64x32x32x32", "max_pool2d", "64x32x32x32, 2", "forward+backward"),
    ("batch_norm 64x64x32x32", "batch_norm", "64x64x32x32, *", "forward+backward"),
    ("layer_norm 32x50x256", "layer_norm", "32x50x256, *", "forward+backward"),
    ("cross_entropy 4096x1000", "cross_entropy", "4096x1000, *", "forward+backward"),
    ("linear 256x1024", "linear", "256x1024, *", "forward+backward"),
    ("Adam, 10 million numbers", "adam-10m", "*", "step"),
    ("SGD, 10 million numbers", "sgd-10m", "*", "step"),
    ("initial-weights", "initial-weights", "*", "run"),
    ("cifar10-epoch", "cifar10-epoch", "*", "run"),
    ("tiny-backward", "tiny-backward", "*", "run"),
)
LINE = "{:35}{:>9}{:>10}{:>9}{:>16}{:>13}"


def table(runs):
    """The lines of the table: a head for all that was measured in the same way, then its rows in the order of ROWS."""
    found = {}
    for label, *wanted in ROWS:
        for run in runs:
            for entry in run["entries"]:
                if all(map(fnmatchcase, (entry["name"], entry["case"], entry["phase"]), wanted)):
                    found.setdefault(head(run, entry["race"]), {}).setdefault(label, row(label, entry["race"]))
    return "\n".join(line for heading, rows in found.items() for line in (heading, *rows.values()))


def head(run, outcome):
    """On which machine, with which versions, how many rounds and threads; then the columns."""
    conditions = run["conditions"]
    where = [conditions["machine"], f"{conditions['cores']} cores"]
    where += [f"{name} {conditions['versions'][name]}" for name in ("numpy", "torch")]
    rounds = f"median of {len(outcome['control']['rounds'])} rounds, {outcome['threads']} threads"
    columns = LINE.format(rounds, "ours", "torch", "/ torch", "95 % interval", "torch again")
    return f"{', '.join(where)}\n{columns}"


def row(label, outcome):
    times = [duration(outcome["seconds"][side]["median"]) for side in ("ours", "torch")]
    ratio = outcome["ratios"]["ours"]
    interval = f"{ratio['low']:.2f} - {ratio['high']:.2f}"
    return LINE.format(label, *times, f"{ratio['median']:.2f}", interval, f"{outcome['control']['median']:.2f}")


def replaced(text, lines):
    """A README's text with these lines in place of those of its table, the block with a column `torch again`."""
    text, count = re.subn(r"```\n[^`]*torch again\n[^`]*```", lambda _: f"```\n{lines}\n```", text)
    assert count == 1, f"a README has one table of the race, not {count}"
    return text


if __name__ == "__main__":
    lines = table([read(path) for path in sys.argv[1:] or RUNS])
    for path in READMES:
        text = replaced(path.read_text(encoding="utf-8"), lines)
        write_whole(path, lambda partial, text=text: Path(partial).write_text(text, encoding="utf-8"))
    print(lines)
