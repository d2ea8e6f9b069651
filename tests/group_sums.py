"""Random heads of classifiers for property-based tests, and words that hold every row."""

import numpy as np
from hypothesis import strategies as st

from ca_logic.circuit.group_sum import GroupSum
from tests.strategies import circuits


@st.composite
def group_sums(draw: st.DrawFn) -> GroupSum:
    """Any valid head: biases and weights of either sign over outputs that may be constant, equal or complements."""
    circuit = draw(circuits(max_inputs=4, max_gates=12, max_outputs=8))
    num_classes = draw(st.integers(1, 4))
    pairs = st.tuples(st.integers(0, num_classes - 1), st.integers(0, len(circuit.outputs) - 1))
    terms = sorted(draw(st.sets(pairs, max_size=12)))
    weights = st.integers(-5, 5).filter(bool)
    numbers = st.lists(st.integers(-9, 9), min_size=num_classes, max_size=num_classes)
    return GroupSum(
        circuit=circuit,
        biases=np.array(draw(numbers), np.int64),
        classes=np.array([label for label, _ in terms], np.int64),
        outputs=np.array([output for _, output in terms], np.int64),
        weights=np.array(draw(st.lists(weights, min_size=len(terms), max_size=len(terms))), np.int64),
    )


def all_words(num_inputs: int) -> np.ndarray:
    """Returns words whose first lanes are the rows of a truth table, uint64[inputs, words]; the last are 0."""
    bits = np.zeros((num_inputs, max(64, 1 << num_inputs)), np.uint8)
    bits[:, : 1 << num_inputs] = np.indices((2,) * num_inputs).reshape(num_inputs, 1 << num_inputs)
    words: np.ndarray = np.packbits(bits, axis=1, bitorder="little").view("<u8").astype(np.uint64)
    return words
