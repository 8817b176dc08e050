"""The report of `bench --report`: whole, one file, well-formed, and of each kind of entry what it holds, no more."""

import copy
import json
import re
from html import escape
from xml.etree import ElementTree

import pytest
from matplotlib.text import Text

from benchmarks import readme, report
from benchmarks.results import written
from minitorch_edu.cli import main


def spread(value):
    return {"median": value, "low": value * 0.9, "high": value * 1.1, "quartiles": [value * 0.95, value * 1.05],
            "rounds": [value * 0.9, value, value, value, value * 1.1]}  # fmt: skip


def race(seconds, against="torch", control=1.01, foreign=0.02):
    """The outcome of a race with these {side: seconds}."""
    both = seconds | {f"{against} again": seconds[against] * control}
    return {
        "threads": 2,
        "seconds": {side: spread(time) for side, time in both.items()},
        "ratios": {side: spread(time / seconds[against]) for side, time in seconds.items() if side != against},
        "control": spread(control),
        "foreign": [0.0, foreign],
        "memory_mib": {side: 3.5 + i for i, side in enumerate(both)},
    }


def entry(kind, name, case, phase, outcome, **more):
    ulps = {side: 1.25 + i for i, side in enumerate(outcome["seconds"]) if not side.endswith("again")}
    return {"kind": kind, "name": name, "case": case, "phase": phase, "race": outcome, "ulps": ulps} | more


BOTH = {"ours": 0.0123, "torch": 0.00456}
OPS = [
    entry("op", "conv2d", "64x3x32x32, 8x3x5x5", "forward", race(BOTH), flops=3e8, bytes=9e6),
    entry("op", "conv2d", "64x3x32x32, 8x3x5x5", "forward+backward", race(BOTH, control=1.4), flops=9e8, bytes=1.9e7),
    entry("op", "tiny", "a & b <script>", "run", race(BOTH, foreign=0.31), flops=None, bytes=None),
]
STEPS = [
    entry("train", "net", f"batch {size}", "step", race({"ours": size * 6e-4, "torch": size * 5e-4}))
    for size in (1, 64)
]
PARTS = [
    entry("train", "net", "batch 64, conv1", "forward", race(BOTH), flops=3e8, bytes=9e6),
    entry("train", "net", "batch 64, all layers", "update", race(BOTH), flops=None, bytes=None),
]
OTHERS = [
    entry("train", "net", "batch 64", "step in other libraries", race(BOTH | {"jax": 0.033})),
    entry("train", "net", "batch 64", "ours: 2 threads against 1", race({"many": 0.04, "one": 0.07}, "one")),
]
WAYS = [
    entry("algorithm", "conv2d", f"x, weight {k}", "forward", race({"fft": k * 1e-3, "my $way$": 2e-3, "torch": 1e-3}),
          kernel=k, channels=[3, 32], flops=1e8 * k, bytes=2e6, algorithms={"fft": {"flops": 5e7}})
    for k in (3, 5)
]  # fmt: skip


def run(*entries):
    roof = {"gemm": 200.0, "copy": 30.0}
    conditions = {"machine": "Engine <4>", "cores": 2, "versions": {"numpy": "2.9", "torch": "2.8"}, "commit": "abc12+",
                  "date": "2026-11-30 08:00"}  # fmt: skip
    ceilings = roof | {"by_threads": {"1": {"gemm": 104.0, "copy": 27.0}, "2": roof}}
    return {"conditions": conditions, "threads": 2, "ceilings": ceilings, "entries": list(entries)}


def page(*entries):
    return report.page([("a.json", run(*entries))])


def svgs(html):
    """{title: element}; an error if one is not well-formed."""
    found = [ElementTree.fromstring(text) for text in re.findall(r"<svg.*?</svg>", html, re.DOTALL)]
    return {one.get("aria-label"): one for one in found}


def words(element):
    return [text.strip() for text in element.itertext() if text.strip()]


ALL = [*OPS, *STEPS, *PARTS, *OTHERS, *WAYS]


@pytest.fixture(scope="module")
def everything():
    return page(*ALL)


def test_every_entry_is_there_with_its_numbers(everything):
    rows = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in re.findall(r"<tr.*?</tr>", everything)]
    for one in ALL:
        assert escape(f"{one['name']}: {one['case']}") in everything
    ours, torch, again = [row for row in rows if len(row) == 11][:3]
    assert ours == ["forward", "ours", "12.3 ms", "11.7 - 12.9", "2.70", "2.43 - 2.97", "24.4", "0.732", "12% gemm",
                    "3.5", "1.25"]  # fmt: skip
    assert torch[1:6] == ["torch", "4.56 ms", "4.33 - 4.79", "1", ""] and again[1:6:3] == ["torch again", "1.01"]
    spent = next(row for row in rows if row[1:2] == ["fft"])
    assert spent[6] == "16.7", "a way's speed is that of the FLOPs that it spends"


def test_conditions(everything):
    for text in ("Engine &lt;4&gt;", "numpy 2.9, torch 2.8", "abc12+ and changes that are in no commit", "2026-11-30",
                 "GEMM 200 GFLOP/s, copy 30 GB/s", "GEMM 104 GFLOP/s", "2 of each side", "<dt>rounds</dt><dd>5</dd>",
                 "torch raced against itself"):  # fmt: skip
        assert text in everything


def test_one_file_without_references(everything):
    assert not re.search(r"<(script|link|img|iframe|object)|@import|url\((?!#)|\bsrc=|href=\"(?!#)", everything)
    assert set(re.findall(r"\w+://[^\s\"<]+", everything)) == {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }


def test_pictures_are_well_formed(everything):
    assert len(svgs(everything)) == len(set(re.findall(r'aria-label="(.*?)"', everything))) > 5
    ids = re.findall(r' id="(.*?)"', everything)
    assert ids and all(f"#{one}" in everything for one in ids)


def test_text_is_escaped(everything):
    assert "a &amp; b &lt;script&gt;" in everything and "<script" not in everything and "<4>" not in everything
    assert "my $way$" in words(svgs(everything)["Time of the ways to convolve"])


BARS, GROWING = "Beside torch", "A step of growing batches"
TIME, MEMORY, ERROR = (f"{what} of the ways to convolve" for what in ("Time", "Memory", "Error"))
KINDS = [
    (OPS, {"Under the roof: forward", "Under the roof: forward+backward", BARS}),
    (OPS[2:], {BARS}),
    (PARTS, {"Where the time of a step goes: batch 64", BARS}),
    (STEPS, {GROWING, BARS}),
    (STEPS[1:], {BARS}),
    (OTHERS, {BARS}),
    (WAYS, {TIME, MEMORY, ERROR}),
    ([], set()),
]


@pytest.mark.parametrize("entries, pictures", KINDS)
def test_each_kind_of_entry_has_its_pictures(entries, pictures):
    html = page(*entries)
    assert set(svgs(html)) == pictures
    titles = {"op": "Operators, optimizers and others", "train": "Training", "algorithm": "Ways to convolve"}
    assert {kind for kind, title in titles.items() if f"<h3>{title}</h3>" in html} == {one["kind"] for one in entries}


def test_pictures_say_what_they_show(everything):
    drawn = {title: words(one) for title, one in svgs(everything).items()}
    assert {"conv2d 64x3x32x32", "ours", "torch", "the roof"} <= set(drawn["Under the roof: forward"])
    assert {"conv1", "all layers", "weight gradient"} <= set(drawn["Where the time of a step goes: batch 64"])
    assert {"jax", "ours: 2 threads against 1", "7.24; control 1.01"} <= set(words(svgs(page(*OTHERS))[BARS]))
    assert {"fft", "torch", "3 channels to 32", "3x3", "5x5"} <= set(drawn[TIME]) & set(drawn[MEMORY])


def test_doubts_are_in_words():
    html = page(*OPS)
    said = words(svgs(html)[BARS])
    assert "2.70; control 1.40; control far from 1" in said and "2.70; control 1.01; noisy" in said
    assert "2.70; control 1.01" in said
    assert "control far from 1: the same against itself is 1.40" in html
    assert html.count("noisy: other processes used up to 31% of the cores") == 1


def test_the_roof_of_a_gpu_is_its_own():
    made = run(*OPS[:1])
    made["entries"] = [copy.deepcopy(OPS[0]) | {"race": race(BOTH | {"torch cuda": 1e-4})}]
    made["ceilings"]["cuda"] = {"gemm": 5e4, "copy": 4e3}
    html = report.page([("a.json", made)])
    assert {"the roof", "the roof of cuda", "torch cuda"} <= set(words(svgs(html)["Under the roof: forward"]))
    assert "GEMM 5e+04 GFLOP/s" in html


def test_names_in_a_roof_do_not_collide():
    """As a viewer would find them: no two boxes of text have a point in common."""
    crowd = [entry("op", "linear", f"{n}x256", "forward", race({"ours": 1e-3, "torch": 9e-4 + n * 1e-6}), flops=1e8,
                   bytes=2e6 + 1e5 * n) for n in range(10)]  # fmt: skip
    ((_, _, figure),) = report.plots.roofline(crowd, run()["ceilings"])
    figure.canvas.draw()
    names = figure.axes[0].texts
    assert {name.get_text() for name in names} == {f"linear {n}x256" for n in range(10)}
    boxes = [Text.get_window_extent(name) for name in names]  # of an Annotation, without its line
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_several_files_become_one_page(tmp_path):
    for name, entries in (("a", OPS), ("b", WAYS)):
        written(str(tmp_path / name), run(*entries))
    path = tmp_path / "new" / "page.html"
    assert main(["bench", "--report", str(path), str(tmp_path / "a"), str(tmp_path / "b")]) == 0
    html = path.read_text(encoding="utf-8")
    assert re.findall("<h2>(.*?)</h2>", html) == ["a", "b", "How it was measured"]
    assert [one.name for one in path.parent.iterdir()] == ["page.html"]


NO_RUNS = ["", "{", "[]", "{}", '{"entries": [], "conditions": {}}',
           json.dumps(run() | {"entries": [{"kind": "op"}]})]  # fmt: skip


@pytest.mark.parametrize("text", NO_RUNS)
def test_what_is_no_run_is_named_and_nothing_is_written(text, tmp_path):
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(SystemExit, match=r"run.json holds no results of `bench --json`"):
        main(["bench", "--report", str(tmp_path / "page.html"), str(tmp_path / "run.json")])
    assert [one.name for one in tmp_path.iterdir()] == ["run.json"]


@pytest.mark.parametrize("line", ["page.html", "a.json b.json"])
def test_a_page_and_runs_are_needed(line):
    with pytest.raises(SystemExit, match="bench --report FILE.html RUN.json"):
        main(["bench", "--report", *line.split()])


# ------------------------------------------------------------------------------------------------ the README's table


def test_rows_of_the_readme():
    """In their order, once each, those of other rounds or machines apart; and nothing for what no file has."""
    case = "64x32x16x16, 32"
    ops = [entry("op", "conv2d", case, phase, race(BOTH)) for phase in ("forward", "forward+backward")]
    step = entry("train", "cifar_quick", "batch 64", "step", race({"ours": 0.04, "torch": 0.02}))
    part = entry("train", "cifar_quick", "batch 64, conv1", "forward", race(BOTH))
    lines = readme.table([run(*ops), run(part, step)]).splitlines()
    assert [line.split("  ")[0] for line in lines] == [
        "Engine <4>, 2 cores, numpy 2.9, torch 2.8",
        "median of 5 rounds, 2 threads",
        "a step of training, batch 64",
        "conv2d 64x32x16x16",
    ]
    assert lines[2].split()[-9:] == ["40", "ms", "20", "ms", "2.00", "1.80", "-", "2.20", "1.01"]
    other = run(step)
    other["conditions"] = other["conditions"] | {"machine": "Other"}
    assert [line.split()[0] for line in readme.table([other, run(*ops)]).splitlines()] == [
        "Other,", "median", "a", "Engine", "median", "conv2d"
    ]  # fmt: skip


def test_only_the_table_is_replaced():
    text = "a\n```\nmake\n```\nb\n```\nx torch again\n1\n```\nc"
    assert readme.replaced(text, "new \\1") == "a\n```\nmake\n```\nb\n```\nnew \\1\n```\nc"
    with pytest.raises(AssertionError, match="not 0"):
        readme.replaced("a", "b")
