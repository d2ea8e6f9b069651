"""The picture of `bench MODEL`."""

from ca_logic.classifier_benchmark.model_benchmark import ModelBenchmark
from ca_logic.reporting import png_of

_STYLES = {"ready": "-", "rows": ":"}


def draw_chart(title: str, benchmark: ModelBenchmark) -> bytes:
    """Returns samples per second over sizes of batches on one core, both on log scales, as a PNG file."""
    from matplotlib.figure import Figure

    picture = Figure(figsize=(10, 6), layout="constrained")
    axes = picture.add_subplot()
    fewest = min(timing.num_cores for timing in benchmark.timings)
    for number, contender in enumerate(benchmark.contenders):
        for form, style in _STYLES.items():
            measured = [
                (timing.batch_size, timing.samples_per_second)
                for timing in benchmark.timings
                if (timing.contender, timing.form, timing.num_cores) == (contender.name, form, fewest)
                and timing.samples_per_second
            ]
            if measured:
                what = contender.ready if form == "ready" else "rows"
                axes.plot(
                    *zip(*measured, strict=True),
                    style,
                    marker=".",
                    color=f"C{number}",
                    label=f"{contender.name}, {what}".replace("$", r"\$"),
                )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("samples in a batch, log scale")
    axes.set_ylabel("samples per second, log scale")
    axes.set_title(title.replace("$", r"\$"))
    axes.grid(visible=True, alpha=0.3)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize="small")
    return png_of(picture)
