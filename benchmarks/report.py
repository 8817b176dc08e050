"""`bench --report`: result files as one HTML page, which needs nothing else: pictures, tables, how it was measured."""

import io
import itertools
import os
import re
from html import escape
from pathlib import Path

import matplotlib

from minitorch_edu.training.report import write_whole

from . import plots
from .cells import COLUMNS, cells, doubts
from .results import read

__all__ = ["page", "write"]

SECTIONS = {  # of the kinds of entries: title, and what is drawn
    "op": ("Operators, optimizers and others", (plots.roofline, plots.bars)),
    "train": ("Training", (plots.split, plots.scaling, plots.bars)),
    "algorithm": ("Ways to convolve", (plots.algorithms,)),
}
METHOD = (
    "Each side runs in a process of its own. The sides take turns, in rounds. What counts is the ratio of two turns of "
    "one round, and its median over the rounds.",
    "Before anything is timed, what the sides compute is compared. If it differs, nothing is timed.",
    "The control is torch raced against itself (or whichever side the others are divided by). It should be 1. How "
    "far it is from 1 tells how far the other ratios can be trusted.",
    "A round in which other processes used the processor is run again. If there was no quiet time, the race is noisy, "
    "and its rows say so.",
    "The ceilings are the fastest product of matrices (GEMM) and the fastest copy of memory that were seen here.",
)
NOTES = {
    "time": "median of the rounds",
    "quartiles": "half of the rounds lie between these",
    "/ torch": "ratio to torch, or to the side whose ratio is 1",
    "95 % interval": "of the ratio's median",
    "GFLOP/s, GB/s": "what the call needs at least, divided by its time; a way to convolve: the FLOPs that it spends",
    "of ceiling": "the least time that the ceilings allow, divided by the time; beyond 100 % data came from the caches",
    "MiB": "what a first step takes at its peak; for a part of a step, what the whole step takes",
    "ulp": "largest error in float32 roundings; for a part of a step, that of the whole step",
}
CSS = """
body { font: 16px/1.5 system-ui, sans-serif; color: #0f172a; background: #fff; max-width: 62rem; margin: auto;
       padding: 1rem; }
h1, h2, h3 { line-height: 1.2; margin: 2rem 0 .5rem; } h1 { margin-top: 0; }
h2 { border-bottom: 2px solid #0f172a; padding-bottom: .2rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; } dt { color: #475569; } dd { margin: 0; }
figure { margin: 1rem 0 2rem; max-width: 46rem; } figcaption { color: #475569; font-size: .875rem; }
h4 { margin: 0; }
.wide { overflow-x: auto; } .wide svg { display: block; width: 100%; min-width: 30rem; height: auto; }
table { border-collapse: collapse; font-size: .8rem; font-variant-numeric: tabular-nums; white-space: nowrap; }
th, td { padding: .1rem .4rem; text-align: right; } th { font-weight: 600; }
thead th { border-bottom: 1px solid #0f172a; vertical-align: bottom; }
.name, td:first-child, .side { text-align: left; } .name, td:first-child { white-space: normal; }
.name { padding-top: .6rem; }
.again { color: #64748b; } .doubt td { color: #b91c1c; }
@media print { body { font-size: 10pt; padding: 0; max-width: none; } table { font-size: 6.5pt; }
  th, td { padding: 0 .2rem; } .wide { overflow: visible; } figure { max-width: 15cm; }
  figure, tbody, dl { break-inside: avoid; } h2, h3, h4 { break-after: avoid; } }
"""


def write(path, files):
    """Write the report of these result files, whole or not at all. OSError if one of them is none."""
    text = page([(os.path.basename(file), read(file)) for file in files])
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    write_whole(path, lambda partial: Path(partial).write_text(text, encoding="utf-8"))


def page(runs):
    """The HTML of [(name, run)]."""
    with matplotlib.rc_context(plots.STYLE):
        body = [line for name, run in runs for line in chapter(name, run)]
    return "\n".join([
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>minitorch_edu beside torch</title>\n<style>{CSS}</style>\n</head>\n<body>",
        "<h1>minitorch_edu beside torch</h1>",
        "<p>How long the same work takes in both libraries, in float32.</p>",
        *body,
        "<h2>How it was measured</h2>\n<ul>", *(f"<li>{escape(line)}</li>" for line in METHOD), "</ul>",
        "<h3>What the columns of the tables say</h3>", definitions(NOTES.items()),
        "</body>\n</html>\n",
    ])  # fmt: skip


def chapter(name, run):
    """A run: its conditions, then a section for each kind of entry that it has."""
    yield f"<h2>{escape(name)}</h2>"
    yield definitions(conditions(run))
    for kind, entries in plots.grouped(run["entries"], lambda entry: entry["kind"]).items():
        heading, drawings = SECTIONS.get(kind, (kind, (plots.bars,)))
        yield f"<h3>{escape(heading)}</h3>"
        for drawing in drawings:
            for title, caption, figure in drawing(entries, run["ceilings"]):
                yield (f'<figure><h4>{escape(title)}</h4><div class="wide">{svg(figure, title)}'
                       f"</div><figcaption>{escape(caption)}</figcaption></figure>")  # fmt: skip
        yield table(entries, run["ceilings"])


def conditions(run):
    """(what, text) of everything that the run's results depend on."""
    for what, value in run["conditions"].items():
        text = ", ".join(f"{key} {each}" for key, each in value.items()) if isinstance(value, dict) else str(value)
        yield what, text + (" and changes that are in no commit" if what == "commit" and text.endswith("+") else "")
    yield "threads", f"{run['threads']} of each side"
    counts = sorted({len(times["rounds"]) for entry in run["entries"] for times in entry["race"]["seconds"].values()})
    yield "rounds", ", ".join(map(str, counts))
    roofs = {f"threads: {count}": roof for count, roof in run["ceilings"]["by_threads"].items()}
    roofs |= {where: roof for where, roof in run["ceilings"].items() if where == "cuda"}
    for where, roof in roofs.items():
        yield f"ceilings, {where}", f"GEMM {roof['gemm']:.3g} GFLOP/s, copy {roof['copy']:.3g} GB/s"


def definitions(pairs):
    return "<dl>" + "".join(f"<dt>{escape(what)}</dt><dd>{escape(text)}</dd>" for what, text in pairs) + "</dl>"


def table(entries, ceilings):
    """All numbers: a body for each call, a row for each side in each phase."""
    width = len(COLUMNS) + 2
    head = "".join(f"<th>{escape(column)}</th>" for column in ("", "", *COLUMNS))
    lines = [f'<div class="wide"><table>\n<thead><tr>{head}</tr></thead>']
    for call, members in plots.grouped(entries, lambda entry: f"{entry['name']}: {entry['case']}").items():
        lines.append(f'<tbody><tr><th class="name" colspan="{width}">{escape(call)}</th></tr>')
        for entry in members:
            phases = itertools.chain([entry["phase"]], itertools.repeat(""))
            for phase, (side, texts) in zip(phases, cells(entry, ceilings).items()):
                row = "".join(f"<td>{escape(text)}</td>" for text in texts)
                again = ' class="again"' if side.endswith("again") else ""
                lines.append(f'<tr{again}><td>{escape(phase)}</td><td class="side">{escape(side)}</td>{row}</tr>')
            for short, long in doubts(entry["race"]).items():
                lines.append(f'<tr class="doubt"><td colspan="{width}">{escape(f"{short}: {long}")}</td></tr>')
        lines.append("</tbody>")
    return "\n".join([*lines, "</table></div>"])


def svg(figure, title):
    """A figure as an SVG element, without what only a file of its own needs."""
    buffer = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": title}):  # the same figure, the same text
        figure.savefig(buffer, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    text = buffer.getvalue()
    used = set(re.findall(r"#([\w-]+)", text))
    text = re.sub(r' id="([^"]+)"', lambda match: match[0] if match[1] in used else "", text[text.index("<svg") :])
    return text.replace("<svg", f'<svg role="img" aria-label="{escape(title)}"', 1)
