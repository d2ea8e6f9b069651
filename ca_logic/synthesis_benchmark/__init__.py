"""How good synthesis is: gates, tables and seconds, ours beside those of ABC where it is installed."""

from ca_logic.synthesis_benchmark.automata import Row, SharedSize, Start, compare, measure, select_starts
from ca_logic.synthesis_benchmark.large import NETWORK_KINDS, LargeRow, measure_large, random_network
from ca_logic.synthesis_benchmark.report import build_report

__all__ = [
    "NETWORK_KINDS",
    "LargeRow",
    "Row",
    "SharedSize",
    "Start",
    "build_report",
    "compare",
    "measure",
    "measure_large",
    "random_network",
    "select_starts",
]
