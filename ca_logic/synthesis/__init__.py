"""Circuit in, smaller equivalent circuit out: the passes, the order they run in, and the proof."""

from ca_logic.synthesis.equivalence import Proof, exhaustive_proof, find_differences, prove_equivalent, prove_rule
from ca_logic.synthesis.flow import PassResult, optimize

__all__ = ["PassResult", "Proof", "exhaustive_proof", "find_differences", "optimize", "prove_equivalent", "prove_rule"]
