"""Random circuits for property-based tests."""

import numpy as np
from hypothesis import strategies as st

from ca_logic.circuit import Circuit


@st.composite
def circuits(draw: st.DrawFn, *, max_inputs: int = 6, max_gates: int = 40, max_outputs: int = 3) -> Circuit:
    """Any valid circuit: constants, copies, dead and repeated gates included."""
    num_inputs = draw(st.integers(0, max_inputs))
    num_gates = draw(st.integers(0, max_gates))
    first = 1 + num_inputs
    gates = draw(st.lists(st.integers(0, 15), min_size=num_gates, max_size=num_gates))
    fanins = [
        (draw(st.integers(0, first + gate - 1)), draw(st.integers(0, first + gate - 1))) for gate in range(num_gates)
    ]
    drivers = draw(st.lists(st.integers(0, first + num_gates - 1), min_size=1, max_size=max_outputs))
    return Circuit(
        name="random",
        inputs=tuple(f"x{i}" for i in range(num_inputs)),
        outputs=tuple(f"y{i}" for i in range(len(drivers))),
        gates=np.array(gates, dtype=np.uint8),
        fanins=np.array(fanins, dtype=np.int32).reshape(-1, 2),
        drivers=np.array(drivers, dtype=np.int32),
    )
