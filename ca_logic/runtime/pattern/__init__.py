"""Patterns: cells with a rule and a place, the formats of files that hold them, and those that are shipped."""

from ca_logic.runtime.pattern.library import ShippedPattern, load_pattern, shipped_patterns
from ca_logic.runtime.pattern.pattern import Pattern, pattern_of_board, pattern_of_states
from ca_logic.runtime.pattern.placement import place_pattern
from ca_logic.runtime.pattern.registry import WRITERS, read_pattern, save_pattern
from ca_logic.runtime.pattern.rle import read_rle, render_rle, write_rle

__all__ = [
    "WRITERS",
    "Pattern",
    "ShippedPattern",
    "load_pattern",
    "pattern_of_board",
    "pattern_of_states",
    "place_pattern",
    "read_pattern",
    "read_rle",
    "render_rle",
    "save_pattern",
    "shipped_patterns",
    "write_rle",
]
