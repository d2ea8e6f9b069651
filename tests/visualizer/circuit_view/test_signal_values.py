import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ca_logic.circuit import Circuit, InputVectors, Netlist, signal_functions
from ca_logic.errors import CircuitError
from ca_logic.visualizer.circuit_view.signal_values import SignalValues
from tests.strategies import circuits
from tests.visualizer.circuit_view.samples import netlists


@given(netlists, st.integers(0, 63))
def test_values_are_those_of_simulation(circuit: Netlist, number: int) -> None:
    inputs = np.array([number >> place & 1 for place in range(len(circuit.inputs))], np.uint8)
    wanted = signal_functions(circuit, InputVectors.of_rows(inputs[:, None]))
    assert SignalValues.of(circuit).of_inputs(inputs.astype(bool)).astype(int).tolist() == wanted


@given(circuits())
def test_a_value_for_each_input_is_needed(circuit: Circuit) -> None:
    num_inputs = len(circuit.inputs)
    with pytest.raises(CircuitError, match=rf"has {num_inputs} inputs, but got values of shape \({num_inputs + 1},\)"):
        SignalValues.of(circuit).of_inputs(np.zeros(num_inputs + 1, bool))
