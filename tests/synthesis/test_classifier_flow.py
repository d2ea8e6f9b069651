"""Circuits of classifiers: whatever the passes do, the scores of all samples stay what they were."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.circuit import Circuit, CircuitBuilder, InputVectors, output_functions
from ca_logic.circuit.group_sum import GroupSum, group_sum, scores
from ca_logic.gates import Gate
from ca_logic.synthesis import code_search
from ca_logic.synthesis.classifier_flow import MERGING, optimize_head
from ca_logic.synthesis.code_search import Watch, search_on_codes
from ca_logic.synthesis.encoder_codes import all_codes, digits_of, random_codes
from ca_logic.synthesis.flow import PassResult
from ca_logic.tasks.encoding import Encoder
from tests.backend.classifier.classifiers import classifiers, layered_head, random_encoder, random_features


def assert_same_scores(before: GroupSum, after: GroupSum, encoder: Encoder, *, seed: int = 0) -> None:
    words = encoder.encode_packed(random_features(300, encoder.num_features, np.float64, seed=seed))
    np.testing.assert_array_equal(scores(after, words), scores(before, words))


@settings(max_examples=25, deadline=None)
@given(classifiers(), st.sampled_from([0, 1]))
def test_no_score_changes_and_there_are_never_more_gates(pair: tuple[Encoder, GroupSum], effort: int) -> None:
    encoder, head = pair
    passes: list[PassResult] = []
    found = optimize_head(head, encoder, effort=effort, watch=Watch(on_pass=passes.append))
    assert found.head.circuit.num_gates <= head.circuit.num_gates
    assert found.proof.is_complete
    assert found.passes[-1].size == found.head.circuit.num_gates
    assert set(found.passes) <= set(passes)
    assert_same_scores(head, found.head, encoder)


@pytest.fixture(scope="module")
def layered() -> tuple[Encoder, GroupSum]:
    """A network over a thermometer of 8 bits for each of 12 features."""
    features = np.repeat(np.arange(12, dtype=np.int32), 8)
    lows = np.tile(np.arange(8, dtype=np.float32), 12)
    names = tuple(f"f{feature}≥{low:g}" for feature, low in zip(features, lows, strict=True))
    encoder = Encoder(12, features, lows, np.full(96, np.inf, np.float32), names)
    return encoder, layered_head(96, (60, 60), 3, seed=5)


def test_codes_that_are_never_made_are_dont_cares(layered: tuple[Encoder, GroupSum]) -> None:
    encoder, head = layered
    quick = optimize_head(head, encoder, effort=0)
    found = optimize_head(head, encoder, effort=1)
    assert found.head.circuit.num_gates < quick.head.circuit.num_gates
    assert found.proof.is_complete
    assert "all codes of the encoder, by SAT" in str(found.proof)
    assert [done.name for done in found.passes].count(MERGING) == 2
    assert_same_scores(head, found.head, encoder)


def test_the_same_seed_gives_the_same_circuit(layered: tuple[Encoder, GroupSum]) -> None:
    encoder, head = layered
    assert len({optimize_head(head, encoder, seed=7).head.circuit for _ in range(2)}) == 1


def test_differences_that_sat_finds_join_the_sample(
    layered: tuple[Encoder, GroupSum], monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder, head = layered
    # So few codes say little about the circuit.
    monkeypatch.setattr(code_search, "_SAMPLE", 8)
    monkeypatch.setattr(code_search, "_OTHERS", 16)
    found = search_on_codes(head.circuit, encoder, examples=None, effort=0, seed=0, watch=Watch())
    assert found is not None
    assert found.proof.is_complete
    assert found.circuit.inputs == head.circuit.inputs
    vectors = InputVectors.of_rows(random_codes(digits_of(encoder), 5000, np.random.default_rng(1)))
    assert output_functions(found.circuit, vectors) == output_functions(head.circuit, vectors)


def test_a_network_that_is_the_same_on_all_codes_becomes_one_gate() -> None:
    # Of a thermometer x0 >= x1 >= x2: their conjunction is the last bit, and their parity is not that of free bits.
    encoder = Encoder(
        1, np.zeros(3, np.int32), np.arange(3, dtype=np.float32), np.full(3, np.inf, np.float32), ("a", "b", "c")
    )
    builder = CircuitBuilder(encoder.names, name="chain")
    a, b, c = builder.inputs
    both = builder.add(Gate.AND, a, builder.add(Gate.AND, b, c))
    either = builder.add(Gate.OR, a, builder.add(Gate.OR, b, c))
    head = group_sum(builder.build({"y0": both, "y1": either}), 2)
    found = optimize_head(head, encoder)
    assert found.head.circuit.num_gates == 0
    assert found.proof.rows == all_codes(digits_of(encoder)).shape[1] == 4


def test_who_stops_at_once_gets_a_proved_circuit(layered: tuple[Encoder, GroupSum]) -> None:
    encoder, head = layered
    found = optimize_head(head, encoder, effort=3, watch=Watch(should_stop=lambda: True))
    assert found.proof.is_complete
    assert found.passes[-1].name == MERGING
    assert_same_scores(head, found.head, encoder)


def test_no_gates_at_all_are_no_trouble() -> None:
    encoder = random_encoder(4, 2)
    gates, fanins = np.zeros(0, np.uint8), np.zeros((0, 2), np.int32)
    circuit = Circuit("empty", encoder.names, ("y0", "y1"), gates, fanins, np.array([0, 1], np.int32))
    head = group_sum(circuit, 2)
    found = optimize_head(head, encoder)
    assert found.head.circuit.num_gates == 0
    assert_same_scores(head, found.head, encoder)
