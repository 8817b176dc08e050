"""verify: every record of the catalogue (or some) under every check, as a table."""

import dataclasses
import json
import os
import time
from pathlib import Path

import numpy as np
from tqdm import tqdm

from minitorch_edu.training.report import write_whole

from . import catalogue, find
from .checks import checks
from .coverage import coverage
from .explore import draw, explore
from .trial import rejection
from .wrong import wrong_versions

__all__ = ["verify"]

COLUMNS = "{:38} {:>5}  {:>7}  {:>7}  {:>17}  {:>17}  {:>6}  {:>6}"
HEAD = COLUMNS.format("record", "cases", "checks", "options", "value ulp (torch)", "grad. ulp (torch)", "wrong", "time")


@dataclasses.dataclass
class Row:
    """What was found out about a record. Errors are the worst in float32, in ulps of the largest number: ours, torch's.

    checks: {name: passed}. options: those that torch's signature has, drawn: those of them that were drawn, or refused
    with an error that names them.
    """

    name: str
    passed: bool = True
    cases: int = 0
    checks: dict = dataclasses.field(default_factory=dict)
    options: list = dataclasses.field(default_factory=list)
    drawn: list = dataclasses.field(default_factory=list)
    value_ulp: list = dataclasses.field(default_factory=lambda: [0.0, 0.0])
    gradient_ulp: list = dataclasses.field(default_factory=lambda: [0.0, 0.0])
    max_ulp: float = 0.0
    torch_max_ulp: float = 0.0
    wrong_versions: list = dataclasses.field(default_factory=list)
    failures: list = dataclasses.field(default_factory=list)
    seconds: float = 0.0

    def measure(self, errors):
        """Remember the worst of {what: (our error, torch's)}."""
        for what, pair in (errors or {}).items():
            worst = self.gradient_ulp if what.startswith("gradient") else self.value_ulp
            worst[:] = map(max, worst, pair)
        self.max_ulp, self.torch_max_ulp = map(max, self.value_ulp, self.gradient_ulp)

    def __str__(self):
        count = lambda part, whole: f"{part}/{whole}" if whole else "-"
        ulps = lambda pair: f"{pair[0]:.3g} ({pair[1]:.3g})"
        return COLUMNS.format(
            self.name, self.cases, count(sum(self.checks.values()), len(self.checks)),
            count(len(self.drawn), len(self.options)), ulps(self.value_ulp), ulps(self.gradient_ulp),
            count(sum(one["rejected"] for one in self.wrong_versions), len(self.wrong_versions)),
            f"{self.seconds:.1f} s",
        )  # fmt: skip


def audit(record, examples):
    """The Row of a record."""
    row, start = Row(record.name), time.perf_counter()

    def failed(what, error):
        row.passed = False
        row.failures.append(f"{record.name}: {what}\n{error}")

    def survives(check, *call):
        row.cases += 1
        try:
            row.measure(check(*call))
        except Exception as error:  # an error is a failure too
            row.checks[check.name] = False
            failed(check.name, smallest(record, check) if check.drawn else f"{type(error).__name__}: {error}")
        return row.checks[check.name]

    calls = draw(record.calls, max(examples, 40))
    for check in checks(record):
        row.checks[check.name] = True
        all(survives(check, call) for call in calls[:examples]) if check.drawn else survives(check)
    covered = coverage(record, calls)
    row.options, row.drawn = list(covered.options), [*covered.drawn, *covered.refused]
    for one in wrong_versions(record.name):
        rejected = rejection(record, one.function, calls) is not None
        row.wrong_versions.append({"name": one.name, "rejected": rejected})
        if not rejected:
            failed(f"the wrong version {one.name}", "was not rejected")
    row.seconds = time.perf_counter() - start
    return row


def smallest(record, check):
    """The text of the failure of the smallest call that fails a check."""
    try:
        explore(record.calls, check, 100)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "one call failed, and none of 100 others"


def verify(names, examples, dtype=None, path=None):
    """Print the table of the records of these names (of all, if there are none); whether all passed.

    dtype: the only precision of operators, layers and optimizers, if given. path: of a JSON file with all rows.
    """
    records = [find(name) for name in names] or catalogue()
    if dtype is not None:
        records = [dataclasses.replace(record, precisions=(np.dtype(dtype).type,)) for record in records]
    if path and not os.path.isdir(os.path.dirname(os.path.abspath(path))):
        raise OSError(f"--json {path}: there is no such folder")
    rows, failures = [], []
    print(HEAD)
    with tqdm(records, unit="record", disable=None, leave=False) as bar:
        for record in bar:
            bar.set_postfix_str(record.name)
            rows.append(audit(record, examples))
            bar.write(str(rows[-1]) + "  FAILED" * (not rows[-1].passed))
            failures += rows[-1].failures
    for failure in failures:
        print(f"\nFAILED {failure}")
    wrong = [one["rejected"] for row in rows for one in row.wrong_versions]
    total = lambda name: sum(getattr(row, name) for row in rows)
    print(f"{total('passed')} of {len(rows)} records passed, {total('cases')} cases; "
          f"{sum(wrong)} of {len(wrong)} wrong versions rejected; {total('seconds'):.0f} s")  # fmt: skip
    if path:
        written(path, {"examples": examples, "records": [dataclasses.asdict(row) for row in rows]})
    return not failures


def written(path, content):
    """Write a JSON file, whole or not at all; a number that JSON lacks becomes null."""
    text = json.dumps(json.loads(json.dumps(content), parse_constant=lambda name: None), indent=1)
    write_whole(path, lambda partial: Path(partial).write_text(text))
