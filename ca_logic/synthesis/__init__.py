"""Circuit in, smaller equivalent circuit out: the passes, the order they run in, and the proof."""

from ca_logic.synthesis.circuit_equivalence import prove_same_function
from ca_logic.synthesis.equivalence import Proof, exhaustive_proof, find_differences, prove_equivalent, prove_rule
from ca_logic.synthesis.flow import Optimized, PassResult, optimize

__all__ = [
    "Optimized",
    "PassResult",
    "Proof",
    "exhaustive_proof",
    "find_differences",
    "optimize",
    "prove_equivalent",
    "prove_rule",
    "prove_same_function",
]
