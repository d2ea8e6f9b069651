"""Race the network that learned a rule against the circuit that came out of it, and draw the result.

python demos/benchmark.py                      Life on 512x512 and 4096x4096, into benchmark.png
python demos/benchmark.py B36/S23 1024 16384   another rule, other boards
"""

import argparse
import sys
from pathlib import Path

from ca_logic.cli.arguments import parse_size
from ca_logic.errors import CaLogicError
from ca_logic.learning.device import compiled_programs_kept
from ca_logic.machine import available_cores
from ca_logic.pipeline import learn_rule
from ca_logic.stepping_benchmark.chart import draw_chart
from ca_logic.stepping_benchmark.rule_benchmark import NOTE, benchmark_rule, require_sizes
from ca_logic.tasks import load_rule


def main() -> None:
    """Learns, measures, draws."""
    rule = load_rule(sys.argv[1] if len(sys.argv) > 1 else "life")
    sizes = [parse_size(side if "x" in side else f"{side}x{side}") for side in sys.argv[2:] or ["512", "4096"]]
    require_sizes(sizes)
    with compiled_programs_kept():
        learned = learn_rule(rule)
        print(f"{rule.title}: {learned.extracted.num_gates} gates learned, {learned.circuit.num_gates} left")
        benchmark = benchmark_rule(learned, sizes, threads=available_cores())
    for timing in benchmark.timings:
        board = f"{timing.contender:22} on {timing.width}x{timing.height}"
        if timing.cells_per_second:
            ratio = benchmark.ratio(timing) or float("nan")
            print(f"{board}: {timing.cells_per_second / 1e9:10.4f} Gcell/s, {ratio:8.3g}x naive C")
        else:
            print(f"{board}: not measured, {timing.reason}")
    Path("benchmark.png").write_bytes(draw_chart(rule, benchmark))
    print(f"chart: benchmark.png\n{NOTE}")


if __name__ == "__main__":
    try:
        main()
    except (CaLogicError, argparse.ArgumentTypeError) as error:
        sys.exit(str(error))
