"""From a trained classifier to a `GroupSum`: neurons become the gates that they stand for, sums stay sums."""

from collections.abc import Sequence

import numpy as np

from ca_logic.circuit import Circuit
from ca_logic.circuit.group_sum import GroupSum, group_sum
from ca_logic.errors import CircuitError
from ca_logic.learning.classification.network import LogicClassifier
from ca_logic.learning.network import stages_of
from ca_logic.learning.stages import Gates, Stage


def extract_classifier(model: LogicClassifier, *, name: str, input_names: Sequence[str]) -> GroupSum:
    """Returns the sums of the hard network, whose inputs are the encoder's bits.

    Raises:
        CircuitError: if the names are not one for each bit.
    """
    num_bits = model.layers[0].in_features
    if len(input_names) != num_bits:
        raise CircuitError(f"a classifier of {num_bits} bits needs a name for each of them, not {len(input_names)}.")
    circuit = extract_stages(stages_of(model.layers, "hard"), name=name, input_names=input_names)
    return group_sum(circuit, model.head.k)


def extract_stages(stages: Sequence[Stage], *, name: str, input_names: Sequence[str]) -> Circuit:
    """Returns hard stages as a circuit, one gate for each neuron, in order; a wire is the signal that it comes from."""
    gates, fanins = [np.zeros(0, np.uint8)], [np.zeros((0, 2), np.int32)]
    # What the next stage reads, as signals of the circuit; the inputs are those from 1 on.
    signals = 1 + np.arange(len(input_names))
    num_signals = 1 + len(input_names)
    for stage in stages:
        values, wiring = np.asarray(stage[0]), np.asarray(stage[1])
        if not isinstance(stage, Gates):
            signals = signals[np.take_along_axis(wiring, values.argmax(axis=1)[:, None], axis=1)[:, 0]]
            continue
        gates.append(_truth_tables(values))
        fanins.append(signals[wiring])
        signals = num_signals + np.arange(len(values))
        num_signals += len(values)
    return Circuit(
        name=name,
        inputs=tuple(input_names),
        outputs=tuple(f"y{k}" for k in range(len(signals))),
        gates=np.concatenate(gates),
        fanins=np.concatenate(fanins),
        drivers=signals,
    )


def _truth_tables(coefficients: np.ndarray) -> np.ndarray:
    """Returns the gates of coefficients over 1, a, b, ab that are whole numbers."""
    c0, ca, cb, cab = coefficients.T
    entries = np.stack([c0, c0 + cb, c0 + ca, c0 + ca + cb + cab], axis=1) > 0.5
    gates: np.ndarray = (entries @ np.array([8, 4, 2, 1])).astype(np.uint8)
    return gates
