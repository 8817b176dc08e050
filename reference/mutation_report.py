"""The report of a mutation run: MUTATION.md, with the explanations of survivors.json."""

import json
from collections import Counter, defaultdict
from pathlib import Path

__all__ = ["write_report"]

HERE = Path(__file__).parent
REPORT, EXPLANATIONS = HERE / "MUTATION.md", HERE / "survivors.json"

TEXT = """# The mutation run

Written by `make mutation`; `mutants.py` says what the mutants are, and `mutation.py` how they are run. The explanations
of the survivors are kept in `survivors.json`.

The operators apply in {places} places; {drawn}. {tried} of these are mutants: the others are no Python, or mean the
same. **{killed} of {tried} mutants were killed: {rate:.1%}.** {survived} survived, of which {equivalent} compute the
same as the original, as explained below; of the others, {without:.1%} were killed. What survived at first was run again
after calls and tests had been added for it (`--again`): mutants not drawn yet may fare worse.

| file | mutants | by a record | by a test | on import | by time | survived | killed |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
{rows}

"on import": the library could not be imported. "by time": a check that takes milliseconds did not come back within
seconds, or the process crashed.

## Survivors

{survivors}
"""


def write_report(results, places, options):
    """Write the report; return its summary."""
    explained = json.loads(EXPLANATIONS.read_text()) if EXPLANATIONS.exists() else {}
    by_file, survivors = defaultdict(Counter), defaultdict(list)
    results = [result for result in results if result["how"] != "nothing"]
    for result in sorted(results, key=lambda result: (result["path"], result.get("line", 0), result.get("after"))):
        by_file[result["path"]][result["how"]] += 1
        if result["how"] == "survived":
            survivors[result["path"]].append(result)
    why = lambda one: explained.get(one["path"], {}).get(f"{one['before']} -> {one['after']}", "")
    total = sum(by_file.values(), Counter())
    tried, survived = total.total(), total["survived"]
    equivalent = sum(why(one).startswith("equivalent") for several in survivors.values() for one in several)
    numbers = {
        "places": places, "tried": tried, "killed": tried - survived, "survived": survived, "equivalent": equivalent,
        "rate": (tried - survived) / max(tried, 1), "without": (tried - survived) / max(tried - equivalent, 1),
    }  # fmt: skip
    drawn = (
        "all were tried" if options.sample is None else f"{options.sample}, drawn with seed {options.seed}, were tried"
    )
    rows = "\n".join(row(f"`{path}`", counts) for path, counts in [*by_file.items()])
    listed = "\n\n".join(section(path, several, why) for path, several in survivors.items())
    text = TEXT.format(**numbers, drawn=drawn, rows=rows + "\n" + row("all", total), survivors=listed or "None.")
    REPORT.write_text(text.rstrip() + "\n")
    return text


def row(name, counts):
    """A line of the table."""
    n = counts.total()
    cells = [n, counts["record"], counts["test"], counts["import"], counts["time"] + counts["crash"]]
    return " | ".join(map(str, ["| " + name, *cells, counts["survived"], f"{1 - counts['survived'] / n:.1%} |"]))


def section(path, survivors, why):
    """The survivors of one file."""
    lines = [f"### `{path}`", ""]
    for one in survivors:
        lines.append(
            f"- line {one['line']}: `{one['before']}`<br>`{one['after']}`<br>{why(one) or 'not explained yet'}"
        )
    return "\n".join(lines)
