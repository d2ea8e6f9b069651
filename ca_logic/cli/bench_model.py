"""`bench MODEL`: a classifier as network, on the device, interpreted and compiled, beside a perceptron."""

import argparse
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ca_logic.classifier_benchmark.cores import can_hold, describe_cores
from ca_logic.cli.arguments import format_ratio, parse_positive_count, print_json, warn
from ca_logic.cli.classifier_display import short_number
from ca_logic.cli.classifier_summary import share
from ca_logic.cli.fetching_display import fetching_display
from ca_logic.cli.status_display import status_display
from ca_logic.cli.table_console import table_console
from ca_logic.files import require_writable_file, write_atomically
from ca_logic.machine import available_cores, processor_name
from ca_logic.runtime.classifier import StoredModel, find_model
from ca_logic.toolchain.compiler import find_compiler

if TYPE_CHECKING:
    from rich.table import Table

    from ca_logic.classifier_benchmark.classifying import Timing
    from ca_logic.classifier_benchmark.contenders import Contender
    from ca_logic.classifier_benchmark.model_benchmark import ModelBenchmark

DEFAULTS: dict[str, Any] = {
    "data": None,
    "batch": None,
    "threads": None,
    "baseline": "mlp",
    "seconds": 1,
    "device": None,
    "out": None,
}
"""The options, by name; those that others have as well are described there."""

_NO_BASELINE = "none"

EXAMPLES = """\
  ca-logic bench mnist
  ca-logic bench mnist.logic --data ~/datasets --batch 64 65536 --threads 2 --out mnist.png
  ca-logic bench adult --baseline none --seconds 3 --json

Accuracy on the test part of what the model was trained on, by the network as it was trained and with hard gates, by the
circuit on JAX's device, interpreted and as compiled C, and by an MLP that is trained for it; hard network and circuits
must say the same of each sample. Then samples per second of each, in batches of several sizes, given in its own form
and as rows, on one core, and the largest batch on all (--threads N). --seconds N is for each of these (default: 1),
--out FILE.png draws a chart.
"""


def add_options(group: "argparse._ArgumentGroup") -> None:
    """Adds the options; those not given are absent afterwards."""
    group.add_argument(
        "--data",
        type=Path,
        default=argparse.SUPPRESS,
        metavar="FOLDER",
        help="where the files of data sets are (default: fetched once)",
    )
    group.add_argument(
        "--batch",
        type=parse_positive_count,
        nargs="+",
        default=argparse.SUPPRESS,
        metavar="N",
        help="samples in a call (default: 1 64 1000 65536; of `training`: 128)",
    )
    group.add_argument(
        "--baseline",
        choices=("mlp", _NO_BASELINE),
        default=argparse.SUPPRESS,
        help="what ratios refer to (default: mlp, trained for it in a minute at most)",
    )


def execute(args: argparse.Namespace) -> int:
    """Runs the benchmark; returns the exit code."""
    stored = find_model(args.subject)
    if args.out:
        require_writable_file(args.out)
    find_compiler()
    from ca_logic.classifier_benchmark.model_samples import samples_of_model

    with fetching_display() as on_progress:
        samples = samples_of_model(stored.model, folder=args.data, on_progress=on_progress, on_warning=warn)
    with status_display("starting JAX") as show:
        from ca_logic.backend.device import use_device
        from ca_logic.classifier_benchmark.model_benchmark import BATCHES, benchmark_model

        if args.device is not None:
            use_device(args.device)
        benchmark = benchmark_model(
            stored,
            samples,
            batches=args.batch or BATCHES,
            cores=(1, args.threads or available_cores()),
            seconds=args.seconds,
            with_mlp=args.baseline != _NO_BASELINE,
            on_progress=show,
        )
        if args.out:
            from ca_logic.classifier_benchmark.chart import draw_chart

            write_atomically(args.out, draw_chart(f"{stored.model.name}, one core: {processor_name()}", benchmark))
    if args.json:
        print_json(_json_of(stored, benchmark) | ({"chart": str(args.out)} if args.out else {}))
    else:
        _print_tables(stored, benchmark)
        if args.out:
            print(f"chart: {args.out}")
    return 0


def _json_of(stored: StoredModel, benchmark: "ModelBenchmark") -> dict[str, Any]:
    return {
        "model": stored.model.name,
        "path": str(stored.path),
        "bytes": stored.num_bytes,
        "gates": stored.model.head.circuit.num_gates,
        "data": benchmark.samples,
        "samples": benchmark.num_samples,
        "machine": {
            "processor": processor_name(),
            "cores": available_cores(),
            "device": benchmark.device,
            "compiler": find_compiler().version,
        },
        "held_to_cores": can_hold(),
        "baseline": benchmark.baseline,
        "lacks_network": benchmark.lacks_network or None,
        "contenders": [_contender_json(contender, benchmark) for contender in benchmark.contenders],
        "timings": [vars(timing) for timing in benchmark.timings],
        "note": _note(),
    }


def _contender_json(contender: "Contender", benchmark: "ModelBenchmark") -> dict[str, Any]:
    judgement, answer = benchmark.judgements[contender.name], contender.first_answer
    return {
        "name": contender.name,
        "where": contender.where,
        "ready": contender.ready,
        "size": contender.size,
        "bytes": contender.num_bytes,
        "accuracy": judgement.accuracy,
        "agreement": judgement.agreement,
        "first_answer_seconds": answer.fresh,
        "starting_seconds": answer.starting,
        "first_answer_again_seconds": answer.again,
    }


def _print_tables(stored: StoredModel, benchmark: "ModelBenchmark") -> None:
    model = stored.model
    console = table_console()
    print(f"{model.name} on {benchmark.samples}: {benchmark.num_samples:,} samples")
    console.print(_accuracy_table(benchmark))
    for num_cores in dict.fromkeys(timing.num_cores for timing in benchmark.timings):
        by = f"; in parentheses by {benchmark.baseline}" if benchmark.baseline else ""
        print(f"samples per second on {describe_cores(num_cores)}, in batches of so many{by}")
        console.print(_speed_table(num_cores, benchmark))
    for timing in benchmark.timings:
        if timing.reason:
            given = f"{timing.form} batches of {timing.batch_size:,}"
            print(f"{timing.contender}, {given} is not measured: {timing.reason}")
    if benchmark.lacks_network:
        print(f"soft and hard network are not measured: {benchmark.lacks_network}")
    for contender in benchmark.contenders:
        print(f"{contender.name}: {contender.where}; ready are {contender.ready}")
    gates = f"{model.head.circuit.num_gates:,} gates read {model.encoder.num_bits:,} bits"
    print(f"{stored.path}: {short_number(stored.num_bytes)}B; {gates} of {len(model.columns):,} features")
    print(f"{processor_name()}, {available_cores()} cores; device {benchmark.device}; {find_compiler().version}")
    if not can_hold():
        print("This system cannot hold threads to cores: JAX used as many as it liked.")
    print(textwrap.fill(_note(), console.width))


def _accuracy_table(benchmark: "ModelBenchmark") -> "Table":
    from rich.markup import escape
    from rich.table import Table

    table = Table()
    table.add_column("what")
    for heading in ("accuracy", "as the circuit", "first answer", "compiling", "again", "gates, weights", "size"):
        table.add_column(heading, justify="right")
    for contender in benchmark.contenders:
        judgement, answer = benchmark.judgements[contender.name], contender.first_answer
        table.add_row(
            escape(contender.name),
            share(judgement.accuracy),
            share(judgement.agreement),
            *(_seconds(taken) for taken in (answer.fresh, answer.starting, answer.again)),
            f"{contender.size:,}",
            f"{short_number(contender.num_bytes)}B",
        )
    return table


def _speed_table(num_cores: int, benchmark: "ModelBenchmark") -> "Table":
    from rich.markup import escape
    from rich.table import Table

    found = {
        (timing.contender, timing.form, timing.batch_size): timing
        for timing in benchmark.timings
        if timing.num_cores == num_cores
    }
    sizes = sorted({size for _, _, size in found})
    table = Table()
    table.add_column("what")
    table.add_column("given")
    for size in sizes:
        table.add_column(f"{size:,}", justify="right")
    for form in ("ready", "rows"):
        for contender in benchmark.contenders:
            cells = [_speed(found[contender.name, form, size]) for size in sizes]
            table.add_row(escape(contender.name), form, *cells, end_section=contender is benchmark.contenders[-1])
    return table


def _speed(timing: "Timing") -> str:
    if timing.samples_per_second is None:
        return "not measured"
    shown = "" if timing.ratio is None else f" ({format_ratio(timing.ratio)})"
    return f"{short_number(timing.samples_per_second)}/s{shown}"


def _seconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds:.3g} s"


def _note() -> str:
    from ca_logic.classifier_benchmark.model_benchmark import NOTE

    return " ".join(NOTE.split())
