"""`bench training`: a training step as we do it beside the textbook's, as a table or as JSON."""

import argparse
from typing import TYPE_CHECKING, Any

from ca_logic.classifier_benchmark.cores import can_hold, describe_cores
from ca_logic.cli.arguments import format_ratio, parse_positive_count, print_json
from ca_logic.cli.data_options import parse_layers
from ca_logic.cli.status_display import status_display
from ca_logic.cli.table_console import table_console
from ca_logic.errors import UsageError
from ca_logic.machine import available_cores, processor_name

if TYPE_CHECKING:
    from ca_logic.classifier_benchmark.training_benchmark import StepTiming, TrainingBenchmark

DEFAULTS: dict[str, Any] = {
    "layers": (8000,) * 6,
    "batch": [128],
    "inputs": 784,
    "seconds": 3,
    "threads": None,
    "device": None,
}
"""The options, by name; those that others have as well are described there."""

EXAMPLES = """\
  ca-logic bench training
  ca-logic bench training --layers 2x4000,1000 --batch 512 --inputs 400 --seconds 10 --json

One step (forward, cross-entropy, backward, Adam) of the same network on the same random batch: as the textbook has it,
in JAX, to which the ratios refer, and in PyTorch if that is installed; and ours, with XLA alone and as `learn` does it.
All must find the same loss and the same gradients before they are timed, and the same loss in every step. Times are
medians of rounds in which all take turns, on one core and on all (--threads N).
"""


def add_options(group: "argparse._ArgumentGroup") -> None:
    """Adds the options; those not given are absent afterwards."""
    group.add_argument(
        "--layers",
        type=parse_layers,
        default=argparse.SUPPRESS,
        metavar="LAYERS",
        help="gates of the layers, such as 6x8000 or 2x4000,1000 (default: 6x8000)",
    )
    group.add_argument(
        "--inputs",
        type=parse_positive_count,
        default=argparse.SUPPRESS,
        metavar="N",
        help=f"bits of a sample (default: {DEFAULTS['inputs']})",
    )


def execute(args: argparse.Namespace) -> int:
    """Runs the benchmark; returns the exit code."""
    if len(args.batch) > 1:
        raise UsageError(f"{len(args.batch)} batches; `bench training` takes one --batch.")
    with status_display("starting JAX") as show:
        from ca_logic.backend.device import use_device
        from ca_logic.classifier_benchmark.training_benchmark import benchmark_training

        if args.device is not None:
            use_device(args.device)
        benchmark = benchmark_training(
            args.layers,
            batch_size=args.batch[0],
            num_inputs=args.inputs,
            cores=(1, args.threads or available_cores()),
            seconds=args.seconds,
            on_progress=show,
        )
    if args.json:
        print_json(_json_of(args, benchmark))
    else:
        _print_tables(args, benchmark)
    return 0


def _json_of(args: argparse.Namespace, benchmark: "TrainingBenchmark") -> dict[str, Any]:
    return {
        "layers": list(args.layers),
        "batch": args.batch[0],
        "inputs": args.inputs,
        "loss": benchmark.loss,
        "machine": {"processor": processor_name(), "cores": available_cores(), "device": benchmark.device},
        "held_to_cores": can_hold(),
        "formulations": [{"name": known.name, "where": known.where} for known in benchmark.formulations],
        "timings": [vars(timing) for timing in benchmark.timings],
    }


def _print_tables(args: argparse.Namespace, benchmark: "TrainingBenchmark") -> None:
    from rich.markup import escape
    from rich.table import Table

    console = table_console()
    what = f"a step of layers {', '.join(map(str, args.layers))} on {args.batch[0]} samples of {args.inputs} bits"
    for num_cores in dict.fromkeys(timing.num_cores for timing in benchmark.timings):
        print(f"{what}, {describe_cores(num_cores)}")
        table = Table()
        table.add_column("what")
        for heading in ("milliseconds", "samples per second", "ratio", "slowest by fastest round"):
            table.add_column(heading, justify="right")
        for timing in benchmark.timings:
            if timing.num_cores == num_cores:
                table.add_row(escape(timing.formulation), *_cells_of(timing, args.batch[0]))
        console.print(table)
    for name, reason in {timing.formulation: timing.reason for timing in benchmark.timings if timing.reason}.items():
        print(f"{name} is not measured: {reason}")
    for known in benchmark.formulations:
        print(f"{known.name}: {known.where}")
    print(f"{processor_name()}, {available_cores()} cores; device {benchmark.device}")
    print(
        f"All agree on gradients, and in each step on the loss, {benchmark.loss:.4f}; the learning rate is next to 0."
    )
    if not can_hold():
        print("This system cannot hold threads to cores: JAX used as many as it liked.")


def _cells_of(timing: "StepTiming", batch_size: int) -> list[str]:
    if timing.seconds is None or timing.ratio is None:
        return ["not measured", "", "", ""]
    speed = f"{batch_size / timing.seconds:,.0f}"
    return [f"{1000 * timing.seconds:.3g}", speed, format_ratio(timing.ratio), f"{timing.spread:.2f}"]
