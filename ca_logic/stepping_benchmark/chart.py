"""The bar chart of `bench RULE`."""

from ca_logic.reporting import png_of
from ca_logic.stepping_benchmark.rule_benchmark import RuleBenchmark
from ca_logic.tasks import Rule

_COLOURS = ("#a6bddb", "#3690c0", "#034e7b", "#7a0177", "#ae017e")


def draw_chart(rule: Rule, benchmark: RuleBenchmark) -> bytes:
    """Returns cells per second of each contender on each board, on a log scale, as a PNG file."""
    from matplotlib.figure import Figure

    sizes = list(dict.fromkeys((timing.width, timing.height) for timing in benchmark.timings))
    names = [contender.name for contender in benchmark.contenders]
    speeds = {(timing.contender, timing.width, timing.height): timing.cells_per_second for timing in benchmark.timings}
    measured = [value for value in speeds.values() if value] or [1.0]
    slowest = min(measured)
    picture = Figure(figsize=(10, 1.5 + 0.22 * len(names) * max(len(sizes), 2)), layout="constrained")
    axes = picture.add_subplot()
    thickness = 0.8 / len(sizes)
    for k, (width, height) in enumerate(sizes):
        places = [place + (k - (len(sizes) - 1) / 2) * thickness for place in range(len(names))]
        values = [speeds[name, width, height] for name in names]
        lengths = [value or slowest / 3 for value in values]
        bars = axes.barh(places, lengths, thickness, label=f"{width}x{height}", color=_COLOURS[k % len(_COLOURS)])
        labels = [f"{value / 1e9:.3g}" if value else "not measured" for value in values]
        axes.bar_label(bars, labels, padding=3, size=8)
    axes.set_xscale("log")
    axes.set_xlim(slowest / 3, max(measured) * 4)
    axes.set_xlabel("cells per second, log scale; the figures are Gcell/s")
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set_title(f"{rule.title}: {benchmark.device}; {benchmark.instruction_set}")
    axes.grid(visible=True, axis="x", alpha=0.3)
    axes.legend(title="torus", loc="center left", bbox_to_anchor=(1, 0.5))
    return png_of(picture)
