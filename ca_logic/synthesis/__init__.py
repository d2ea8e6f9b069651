"""Circuit in, smaller equivalent circuit out: the passes, the order they run in, and the proof."""

from ca_logic.synthesis.equivalence import Proof, prove_equivalent
from ca_logic.synthesis.flow import PassResult, optimize

__all__ = ["PassResult", "Proof", "optimize", "prove_equivalent"]
