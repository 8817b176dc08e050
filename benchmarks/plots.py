"""The pictures of a report. Each function yields (title, caption, figure) for what the entries hold, or nothing."""

import itertools

import numpy as np
from matplotlib import ticker
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from .cells import doubts
from .results import SAME, ratio, verdict

__all__ = ["STYLE", "algorithms", "bars", "grouped", "roofline", "scaling", "split"]

WIDTH = 6.6  # inches: still legible on a phone
BOTH = "forward+backward"
PHASES = {"forward": "#4477aa", "input gradient": "#66ccee", "weight gradient": "#ccbb44", "update": "#aa3377"}
SIDES = {"ours": "#c2410c", "torch": "#334155", "torch cuda": "#15803d"}
VERDICTS = {"slower": "#d97706", "faster": "#0f766e", SAME: "#94a3b8"}
STYLE = {
    "font.size": 8,
    "font.family": "sans-serif",
    "text.parse_math": False,  # a $ is a $
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#64748b",
    "axes.titlesize": 9,
    "legend.frameon": False,
    "svg.fonttype": "none",  # text stays text
}


def grouped(entries, key):
    """{key(entry): entries}, in the order in which they come."""
    found = {}
    for entry in entries:
        found.setdefault(key(entry), []).append(entry)
    return found


def median(entry, side, what="seconds"):
    return entry["race"][what][side]["median"]


def numbered(axis, subs=(1, 2, 5)):
    """Ticks at 0.1, 0.2, 0.5, 1 ... as such."""
    axis.set_major_locator(ticker.LogLocator(subs=subs))
    axis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_locator(ticker.NullLocator())


# ------------------------------------------------------------------------------------------------ roofline


def roofline(entries, ceilings):
    """FLOP/byte against GFLOP/s, under the roof that the ceilings are; ours and torch's joined by a line."""
    counted = [entry for entry in entries if entry.get("flops") and entry.get("bytes")]
    for _, group in sorted(grouped(counted, lambda entry: entry["phase"] == BOTH).items()):
        phases = ", ".join(dict.fromkeys(entry["phase"] for entry in group))
        figure = Figure(figsize=(WIDTH, max(4.6, 1.5 + 0.17 * len(group))), layout="constrained")
        axes = figure.subplots()
        axes.set(xscale="log", yscale="log", xlabel="FLOP / byte", ylabel="GFLOP/s")
        drawn = [points(axes, entry, brief(entry, group)) for entry in group]
        roofs = {"the roof": ceilings} | ({"the roof of cuda": ceilings["cuda"]} if "cuda" in ceilings else {})
        reach = [x for x, _, _ in drawn] + [roof["gemm"] / roof["copy"] for roof in roofs.values()]
        x = np.geomspace(min(reach) / 3, max(reach) * 3, 200)
        sides = dict.fromkeys(side for entry in group for side in entry["race"]["seconds"] if side in SIDES)
        handles = [marker(side) for side in sides]
        for (name, roof), dashes in zip(roofs.items(), ("-", "--")):
            y = np.minimum(roof["gemm"], roof["copy"] * x)
            handles += axes.plot(x, y, color="#64748b", linestyle=dashes, linewidth=1.5, zorder=1, label=name)
            drawn.append((x, y, None))
        axes.set(xlim=(x[0], x[-1]), ylim=(axes.get_ylim()[0] / 2, axes.get_ylim()[1] * 5))
        numbered(axes.xaxis)
        numbered(axes.yaxis, (1,))
        axes.grid(alpha=0.2)
        figure.legend(handles=handles, loc="outside upper center", ncols=len(handles))
        label(axes, drawn)
        yield (
            f"Under the roof: {phases}",
            "The higher, the faster. The roof is what this machine can do at most: on the left memory is the limit, on "
            "the right multiplying. A point may lie above it if its data stays in the caches. A name for which there "
            "is no room is in the table only.",
            figure,
        )


def marker(side):
    fill = SIDES[side] if side != "torch" else "white"
    return Line2D([], [], color=SIDES[side], marker="o", markerfacecolor=fill, linestyle="", markersize=5, label=side)


def brief(entry, group):
    """An entry's name and as much of its case as tells it from the others."""
    words = entry["case"].split(", ")
    others = [other["case"] for other in group if other is not entry and other["name"] == entry["name"]]
    starts = [", ".join(words[: i + 1]) for i in range(len(words))]
    alone = [start for start in starts if not any(other.startswith(start) for other in others)]
    return f"{entry['name']} {(alone or starts[-1:])[0]}"


def points(axes, entry, name):
    """Draw an entry's sides; (x, their heights, name)."""
    x = entry["flops"] / entry["bytes"]
    y = {side: entry["flops"] / median(entry, side) / 1e9 for side in SIDES if side in entry["race"]["seconds"]}
    axes.plot([x] * len(y), list(y.values()), color="#94a3b8", linewidth=0.8, zorder=2)
    for side, height in y.items():
        point = marker(side)
        point.set(xdata=[x], ydata=[height], zorder=3)
        axes.add_line(point)
    axes.update_datalim([(x, height) for height in y.values()])
    axes.autoscale_view()
    return x, list(y.values()), name


def label(axes, drawn):
    """Write names beside their points, in the nearest places where they cover nothing and their lines cross nothing."""
    FigureCanvasAgg(axes.figure).draw()  # fixes the places of everything
    scale = 72 / axes.figure.dpi  # points of a pixel
    place = lambda x, y: axes.transData.transform(np.column_stack(np.broadcast_arrays(x, y))) * scale
    within = lambda points, boxes: ((points[:, None] > boxes[:, 0]) & (points[:, None] < boxes[:, 1])).all(2).any()
    boxed = lambda middle, half: np.stack([middle - half, middle + half], -2)
    boxes = boxed(np.concatenate([place(x, y) for x, y, name in drawn if name]), 3)
    taken = np.concatenate([place(x, np.geomspace(min(y), max(y), 20) if name else y) for x, y, name in drawn])
    (low, high), angles = axes.bbox.get_points() * scale, np.linspace(0, 2 * np.pi, 24, endpoint=False)
    outside = lambda one: -abs(place(one[0], one[1])[0, 0] - (low + high)[0] / 2)
    for x, y, name in sorted((one for one in drawn if one[-1]), key=outside):  # inwards; the roof has no name
        text = axes.annotate(name, (x, max(y)), (0, 0), textcoords="offset points", fontsize=7, ha="center",
                             va="center", arrowprops={"arrowstyle": "-", "lw": 0.5, "color": "#475569"})  # fmt: skip
        text.set_in_layout(False)
        extent = Text.get_window_extent(text)  # without the line
        half = np.array([extent.width, extent.height]) * scale / 2 + 1
        for radius, end, angle in itertools.product(range(6, 200, 3), (max(y), min(y)), angles):
            begin, way = place(x, end)[0], np.array([np.cos(angle), np.sin(angle)])
            middle, path = begin + way * (radius + half), begin + way * np.linspace(4.5, radius, 30)[:, None]
            box = boxed(middle, half)
            apart = not ((boxes[:, 0] < box[1]) & (boxes[:, 1] > box[0])).all(1).any()
            clear = apart and not within(taken, box[None]) and not within(path, boxes)
            if clear and (box[0] >= low).all() and (box[1] <= high).all():
                boxes, taken = np.concatenate([boxes, box[None]]), np.concatenate([taken, path])
                text.xy = x, end
                text.set_position(middle - begin)
                break
        else:
            text.remove()


# ------------------------------------------------------------------------------------------------ ratios


def bars(entries, ceilings):
    """Ratios with their intervals, each beside its control."""
    calls = grouped(entries, headed)
    rows = [1.3 + sum(len(entry["race"]["ratios"]) for entry in call) for call in calls.values()]
    ends = itertools.accumulate(rows)
    for before, some in grouped(zip(calls, rows, ends), lambda call: int(call[-1] / PAGE)).items():
        height = 0.19 * sum(rows for _, rows, _ in some) + 0.7
        figure = Figure(figsize=(WIDTH, height))
        axes = figure.add_axes([1.75 / WIDTH, 0.4 / height, 2.8 / WIDTH, 1 - 0.7 / height])
        beside, y = axes.get_yaxis_transform(), 0
        for call, _, _ in some:
            words = call if len(call) < 90 else f"{call[:88]} …"
            axes.text(-0.61, y + 0.2, words, transform=beside, va="center", fontsize=7.5, weight="bold")
            y += 1
            for entry in calls[call]:
                for side in entry["race"]["ratios"]:
                    bar(axes, beside, y, entry, side)
                    y += 1
            y += 0.3
        axes.axvline(1, color="#0f172a", linewidth=0.8)
        reach = axes.dataLim.intervalx
        axes.set(xscale="log", ylim=(y, -0.8), yticks=[], xlabel="time / torch's")
        axes.set_xlim(min(reach[0] / 1.1, 0.45), max(reach[1] * 1.1, 2.2))
        numbered(axes.xaxis)
        axes.tick_params(top=True, labeltop=True)
        axes.grid(axis="x", alpha=0.25)
        axes.set_axisbelow(True)
        axes.spines[["left"]].set_visible(False)
        yield "Beside torch", "" if before else CAPTION, figure


PAGE = 52  # rows that a figure holds
CAPTION = (
    "Time divided by torch's, or by that of the side that a row names after “against”. Left of 1 is faster. The black "
    "line is the interval in which the true median lies, with 95 % confidence. The small diamond is the control, the "
    "same divided by itself: it should be 1. Green is faster, orange slower, grey shows no difference: its interval, "
    "widened by the control, holds 1."
)


def headed(entry):
    """What stands above the rows of an entry; they are its phases or, if more than one side is compared, the sides."""
    call = f"{entry['name']}: {entry['case']}"
    return call if len(entry["race"]["ratios"]) == 1 else f"{call}, {entry['phase']}"


def bar(axes, beside, y, entry, side):
    """The row of one ratio."""
    outcome = entry["race"]
    found, control, trouble = outcome["ratios"][side], outcome["control"], doubts(outcome)
    colour = VERDICTS[verdict((1, 1, 1), ratio(outcome, side))]
    axes.barh(y, found["median"] - 1, 0.62, left=1, color=colour)
    axes.plot([found["low"], found["high"]], [y, y], color="#0f172a", linewidth=1, solid_capstyle="butt")
    axes.plot([control["low"], control["high"]], [y + 0.4] * 2, color="#7c3aed", linewidth=0.6)
    axes.plot(control["median"], y + 0.4, marker="D", markersize=2.4, color="#7c3aed")
    row = entry["phase"] if len(outcome["ratios"]) == 1 else side
    words = "; ".join([f"{found['median']:.2f}", f"control {control['median']:.2f}", *trouble])
    axes.text(-0.02, y, row, transform=beside, ha="right", va="center", fontsize=7.5)
    axes.text(1.02, y, words, transform=beside, va="center", fontsize=7.5, color="#b91c1c" if trouble else "black")


# ------------------------------------------------------------------------------------------------ training


def batch(entry):
    """The part of a case that says how many pictures."""
    return entry["case"].split(", ")[0]


def split(entries, ceilings):
    """The time of a step by layer and phase."""
    parts = [entry for entry in entries if entry["phase"] in PHASES]
    for name, group in grouped(parts, batch).items():
        layers = grouped(group, lambda entry: entry["case"].split(", ", 1)[1])
        figure = Figure(figsize=(WIDTH, 0.34 * len(layers) + 1), layout="constrained")
        axes = figure.subplots()
        for (i, members), (side, offset) in itertools.product(enumerate(layers.values()), SHIFTS.items()):
            begin = 0
            for entry in members:
                time = 1e3 * median(entry, side)
                axes.barh(i + offset, time, 0.36, begin, color=PHASES[entry["phase"]], alpha=OPAQUE[side])
                begin += time
            axes.text(begin, i + offset, f" {side}", va="center", fontsize=6)
        handles = [Line2D([], [], color=colour, linewidth=6, label=phase) for phase, colour in PHASES.items()]
        figure.legend(handles=handles, loc="outside upper center", ncols=len(handles))
        axes.set(yticks=range(len(layers)), yticklabels=layers, ylim=(len(layers) - 0.4, -0.6), xlabel="ms")
        axes.margins(x=0.08)
        axes.grid(axis="x", alpha=0.25)
        axes.set_axisbelow(True)
        yield (
            f"Where the time of a step goes: {name}",
            "For each layer, ours above and torch's below, paler. Each part was timed by itself.",
            figure,
        )


SHIFTS = {"ours": -0.2, "torch": 0.2}
OPAQUE = {"ours": 1, "torch": 0.55}


def scaling(entries, ceilings):
    """Time and memory of a picture in steps of growing batches."""
    steps = {int(batch(entry).split()[1]): entry for entry in entries if entry["phase"] == "step"}
    if len(steps) > 1:
        figure = Figure(figsize=(WIDTH, 2.9), layout="constrained")
        time, memory = figure.subplots(1, 2)
        sizes = sorted(steps)
        for side in SHIFTS:
            races = {size: steps[size]["race"] for size in sizes}
            spread = {key: [1e3 * races[size]["seconds"][side][key] / size for size in sizes] for key in KEYS}
            mebibytes = [max(0, races[size]["memory_mib"][side]) / size for size in sizes]
            time.plot(sizes, spread["median"], marker=".", color=SIDES[side], label=side)
            time.fill_between(sizes, spread["low"], spread["high"], color=SIDES[side], alpha=0.15, linewidth=0)
            memory.plot(sizes, mebibytes, marker=".", color=SIDES[side], label=side)
        for axes, what in ((time, "ms a picture"), (memory, "MiB a picture, at the peak")):
            axes.set(xscale="log", xlabel="batch", title=what, xticks=sizes)
            axes.xaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:g}"))
            axes.xaxis.set_minor_locator(ticker.NullLocator())
            axes.set_ylim(bottom=0)
            axes.grid(alpha=0.2)
            axes.legend()
        yield (
            "A step of growing batches",
            "Divided by the pictures of a batch. The pale band is the interval of the median.",
            figure,
        )


KEYS = ("median", "low", "high")


# ------------------------------------------------------------------------------------------------ algorithms


def algorithms(entries, ceilings):
    """Time, memory and error against the kernel's size: a panel for each number of channels, a line for each way."""
    panels = grouped(entries, lambda entry: "{} channels to {}".format(*entry["channels"]))
    sides = dict.fromkeys(side for entry in entries for side in entry["race"]["seconds"])
    ways = [side for side in sides if not side.endswith("again")]
    looks = {way: {"color": f"C{i}", "marker": "osD^vXP*"[i % 8], "markersize": 3.5, "linewidth": 1}
             for i, way in enumerate(ways)}  # fmt: skip
    for title, unit, value in QUANTITIES:
        rows = -(-len(panels) // 2)
        figure = Figure(figsize=(WIDTH, 2.3 * rows + 0.7), layout="constrained")
        grid = figure.subplots(rows, min(len(panels), 2), squeeze=False).flat
        for axes, (name, group) in zip(grid, panels.items()):
            for way, look in looks.items():
                there = {entry["kernel"]: value(entry, way) for entry in group if way in entry["race"]["seconds"]}
                kernels = sorted(there)
                axes.plot(kernels, [there[kernel] for kernel in kernels], **look)
            kernels = sorted({entry["kernel"] for entry in group})
            axes.set(title=name, ylabel=unit, xticks=kernels, xticklabels=[f"{kernel}x{kernel}" for kernel in kernels])
            axes.set_yscale("log")
            numbered(axes.yaxis)
            axes.grid(alpha=0.2)
        for axes in grid:
            axes.set_axis_off()
        handles = [Line2D([], [], label=way, **look) for way, look in looks.items()]
        figure.legend(handles=handles, loc="outside upper center", ncols=min(len(ways), 6))
        yield f"{title} of the ways to convolve", WAYS, figure


WAYS = "Lower is better. A way that would take too long is left out. Less than 0.1 MiB, or 0.1 ulp, is drawn as 0.1."
LEAST = 0.1  # on an axis that has no 0
QUANTITIES = (
    ("Time", "ms", lambda entry, way: 1e3 * median(entry, way)),
    ("Memory", "MiB", lambda entry, way: max(LEAST, entry["race"]["memory_mib"][way])),
    ("Error", "ulp", lambda entry, way: max(LEAST, entry["ulps"][way])),
)
