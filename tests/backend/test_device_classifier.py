"""Classifiers on JAX's devices against NumPy and truth tables: one device here, eight in a process of their own."""

import threading
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.backend.classifier import NumpyClassifier
from ca_logic.backend.device import batches, packed
from ca_logic.backend.device.batches import cut_batch, most_words
from ca_logic.backend.device.classifier import DeviceClassifier
from ca_logic.backend.device.schedule import Schedule, schedule_tables
from ca_logic.circuit import Circuit, LookupCircuit, simulate
from ca_logic.circuit.group_sum import GroupSum
from ca_logic.circuit.lookup import lookup_of
from ca_logic.errors import CircuitError, DataError, UsageError
from ca_logic.gates import Gate
from ca_logic.synthesis.lookup_mapping import map_to_lookup
from ca_logic.tasks.encoding import Encoder
from tests.backend.classifier.classifiers import (
    BATCHES,
    classifiers,
    expected_scores,
    layered_head,
    pixel_encoder,
    random_encoder,
    random_features,
)
from tests.backend.test_device_kernel import run_workers
from tests.strategies import circuits

DTYPES = (np.uint8, bool, np.float32, np.float64, np.float16, np.int64)


def deep_head() -> GroupSum:
    """Returns sums over a network of fifty layers, of gates by which it does not become constant."""
    head = layered_head(60, (40,) * 50, 10, seed=3)
    gates = np.random.default_rng(3).choice([Gate.XOR, Gate.XNOR, Gate.XOR, Gate.OR, Gate.AND], head.circuit.num_gates)
    return replace(head, circuit=replace(head.circuit, gates=gates))


SUBJECTS: dict[str, tuple[Encoder, GroupSum]] = {
    "pixels": (pixel_encoder(100), layered_head(100, (300, 200, 90), 9)),
    "anything": (random_encoder(333, 50, seed=1), layered_head(333, (150, 70), 7, seed=1)),
    "one class": (random_encoder(5, 3, seed=2), layered_head(5, (9, 4), 1, seed=2)),
    "deep": (random_encoder(60, 9, seed=3), deep_head()),
}


def assert_classifies(classifier: DeviceClassifier, head: GroupSum, features: np.ndarray) -> None:
    encoder, count = classifier.encoder, len(features)
    expected = expected_scores(encoder, head, features)
    words = encoder.encode_packed(features)
    for scores in (classifier.scores(features), classifier.scores_of_bits(words, count)):
        assert scores.dtype == np.int32
        assert scores.shape == (count, head.num_classes)
        assert np.array_equal(scores, expected)
        assert np.array_equal(scores, NumpyClassifier(encoder, head).scores(features))
    for classes in (classifier.classes(features, threads=2), classifier.classes_of_bits(words, count, threads=2)):
        assert classes.dtype == np.int32
        assert np.array_equal(classes, expected.argmax(axis=1))


@pytest.mark.parametrize("num_samples", BATCHES)
def test_batches_of_any_size_are_classified_as_by_numpy(num_samples: int) -> None:
    encoder, head = SUBJECTS["pixels"]
    assert_classifies(DeviceClassifier(encoder, head), head, random_features(num_samples, 100, np.uint8))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("subject", SUBJECTS)
def test_features_of_any_type_are_classified_as_by_numpy(subject: str, dtype: type) -> None:
    encoder, head = SUBJECTS[subject]
    assert_classifies(DeviceClassifier(encoder, head), head, random_features(70, encoder.num_features, dtype))


@settings(max_examples=3, deadline=None)
@given(classifiers())
def test_any_head_is_run(classifier: tuple[Encoder, GroupSum]) -> None:
    encoder, head = classifier
    assert_classifies(DeviceClassifier(encoder, head), head, random_features(40, encoder.num_features, np.float32))


def test_floats_are_compared_as_numbers_down_to_the_smallest() -> None:
    smallest = np.float32(1e-45)
    numbers = np.array([-np.inf, -1, -smallest, -0.0, 0.0, smallest, 1, np.inf], np.float32)
    lows, highs = (grid.ravel() for grid in np.meshgrid(numbers, numbers))
    names = tuple(f"b{bit}" for bit in range(len(lows)))
    encoder = Encoder(1, np.zeros(len(lows), np.int32), lows, highs, names)
    head = layered_head(len(lows), (200, 100), 5)
    classifier = DeviceClassifier(encoder, head)
    # Both of the numbers that are none, whose sign is all that tells them apart.
    features = np.array([*numbers, np.nan, -np.float32(np.nan)], np.float32)[:, None]
    assert np.signbit(features[-1, 0]) != np.signbit(features[-2, 0])
    assert_classifies(classifier, head, features)


def test_scores_may_be_negative_and_large() -> None:
    encoder, head = SUBJECTS["pixels"]
    largest = np.iinfo(np.int32).max
    weights = np.where(head.outputs % 2, 3, -1000)
    biases = np.array([0, -1_000_000, 1_000_000, largest - 100, -largest + 20_000, 0, 0, 0, 1], np.int64)
    heavy = replace(head, biases=biases, weights=weights)
    assert_classifies(DeviceClassifier(encoder, heavy), heavy, random_features(100, 100, np.uint8))


def test_of_equal_scores_the_first_class_wins() -> None:
    encoder, head = SUBJECTS["anything"]
    none = np.empty(0, np.int64)
    tied = GroupSum(head.circuit, np.array([-5, 2, -7, 2, 2]), none, none, none)
    features = random_features(70, encoder.num_features, np.uint8)
    assert DeviceClassifier(encoder, tied).classes(features).tolist() == [1] * 70


def test_features_may_lie_in_memory_in_any_way() -> None:
    encoder, head = SUBJECTS["pixels"]
    classifier = DeviceClassifier(encoder, head)
    features = random_features(140, 100, np.float32)
    expected = classifier.scores(features)
    for same in (np.asfortranarray(features), features[::-1][::-1], np.repeat(features, 2, axis=1)[:, ::2]):
        assert np.array_equal(classifier.scores(same), expected)
    assert np.array_equal(classifier.scores(features.astype(">f4")), expected)
    assert np.array_equal(classifier.scores(features.astype(">f8")), expected)
    words = encoder.encode_packed(features)
    for same in (np.asfortranarray(words), words[::-1][::-1], np.pad(words, ((0, 0), (5, 1)))[:, 5:]):
        assert np.array_equal(classifier.scores_of_bits(same, 140), expected)


def test_what_is_beside_the_samples_in_their_words_does_not_matter() -> None:
    encoder, head = SUBJECTS["pixels"]
    classifier = DeviceClassifier(encoder, head)
    words = encoder.encode_packed(random_features(70, 100, np.uint8))
    filled = words | np.array([0, 2**64 - 2**6], np.uint64)
    assert np.array_equal(classifier.scores_of_bits(filled, 70), classifier.scores_of_bits(words, 70))


def test_long_batches_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "_CACHED_BYTES", 1)
    encoder, head = SUBJECTS["pixels"]
    classifier = DeviceClassifier(encoder, head)
    assert_classifies(classifier, head, random_features(700, 100, np.uint8))


@given(st.integers(0, 10**6), st.sampled_from([2, 16, 128, 8192]), st.integers(1, 9))
def test_the_parts_of_a_batch_are_all_of_it_and_rather_full(num_samples: int, most: int, num_devices: int) -> None:
    parts = list(cut_batch(num_samples, most_words=most, num_devices=num_devices))
    samples = [place for part in parts for place in (part.samples.start, part.samples.stop)]
    assert samples[:1] + samples[-1:] == ([0, num_samples] if num_samples else [])
    assert samples[1:-1:2] == samples[2::2]
    for part in parts:
        assert part.num_words <= most * num_devices
        # Parts begin at whole words of 64 samples.
        assert part.samples.start % 64 == 0
        assert part.num_words <= max(2 * num_devices, 2 * (-(-part.count // 32) + num_devices))


def test_rows_are_as_long_as_memory_allows() -> None:
    cpu = jax.devices("cpu")[0]
    assert most_words(cpu, num_rows=400, num_features=10) == 2048
    assert most_words(cpu, num_rows=20_000, num_features=784) == 128
    assert most_words(cpu, num_rows=10**9, num_features=784) == 2
    assert most_words(cpu, num_rows=400, num_features=10**6) == 2
    gpu: Any = SimpleNamespace(
        platform="gpu", memory_stats=lambda: {"bytes_limit": 80 * 2**30, "bytes_in_use": 16 * 2**30}
    )
    assert most_words(gpu, num_rows=20_000, num_features=784) == 8192
    assert most_words(gpu, num_rows=2**20, num_features=784) == 512


def computed(schedule: Schedule, words: np.ndarray) -> np.ndarray:
    """Returns what a schedule says, table by table; rows that it does not fill are filled with anything."""
    rows = np.random.default_rng(0).integers(0, 2**32, (schedule.num_rows, words.shape[1]), dtype=np.uint32)
    rows[0], rows[1 : 1 + len(words)] = 0, words
    for fanins, masks, start in zip(schedule.fanins, schedule.masks, schedule.blocks, strict=True):
        s, a, b = (rows[fanins[:, position]] for position in range(3))
        terms = (np.full_like(a, 2**32 - 1), a, b, a & b, s, s & a, s & b, s & a & b)
        values = np.zeros_like(a)
        for term, mask in zip(terms, masks.T, strict=True):
            values ^= term & mask[:, None]
        rows[start : start + len(values)] = values
    outputs: np.ndarray = rows[schedule.outputs]
    return outputs


@given(circuits(max_gates=200, max_outputs=9), st.sampled_from([0, 8, 1000]), st.booleans())
def test_a_schedule_does_what_the_circuit_does(circuit: Circuit, tables_per_step: int, mapped: bool) -> None:
    tables = map_to_lookup(circuit) if mapped else lookup_of(circuit)
    words = np.random.default_rng(0).integers(0, 2**64, (len(circuit.inputs), 3), dtype=np.uint64)
    schedule = schedule_tables(tables, tables_per_step=tables_per_step)
    assert np.array_equal(computed(schedule, words.view(np.uint32)), simulate(circuit, words).view(np.uint32))


def test_every_table_is_right() -> None:
    circuit = LookupCircuit(
        name="tables",
        inputs=("a", "b", "c"),
        outputs=tuple(f"y{k}" for k in range(256)),
        gates=np.arange(256),
        fanins=np.tile([1, 2, 3], (256, 1)),
        drivers=4 + np.arange(256),
    )
    words = np.random.default_rng(0).integers(0, 2**64, (3, 1), dtype=np.uint64)
    schedule = schedule_tables(circuit, tables_per_step=8)
    outputs = packed.compute(jnp.asarray(words.view(np.uint32)), packed.steps_of(schedule), schedule.num_rows)
    assert np.array_equal(outputs, simulate(circuit, words).view(np.uint32))


def test_rows_are_used_again_when_all_have_read_them() -> None:
    head = layered_head(200, (200,) * 40, 10)
    schedule = schedule_tables(lookup_of(head.circuit), tables_per_step=8)
    assert schedule.num_rows < 4 * 256
    assert len(schedule.blocks) * schedule.fanins.shape[1] < 1.5 * head.circuit.num_gates


def program_of(num_levels: int, width: int) -> tuple[str, int]:
    """Returns what is compiled for a circuit, as text, and the size of its constants."""
    schedule = schedule_tables(lookup_of(layered_head(50, (width,) * num_levels, 10).circuit), tables_per_step=8)
    program = jax.make_jaxpr(lambda words, steps: packed.compute(words, steps, schedule.num_rows))(
        jnp.zeros((50, 2), jnp.uint32), packed.steps_of(schedule)
    )
    return str(program), sum(np.size(constant) for constant in program.consts)


def test_a_wide_and_deep_circuit_is_compiled_to_no_more_than_a_small_one() -> None:
    small, _ = program_of(num_levels=2, width=40)
    large, size_of_constants = program_of(num_levels=50, width=1000)
    assert large.count("\n") == small.count("\n")
    assert size_of_constants < 100


def test_threads_may_share_a_classifier() -> None:
    encoder, head = SUBJECTS["pixels"]
    classifier, features = DeviceClassifier(encoder, head), random_features(1000, 100, np.uint8)
    expected, found = classifier.scores(features), []
    threads = [threading.Thread(target=lambda: found.append(classifier.scores(features))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert all(np.array_equal(scores, expected) for scores in found)


def classify_on_eight_devices() -> None:
    """Checks batches that divide evenly among eight devices and that do not, down to a single sample."""
    encoder, head = SUBJECTS["anything"]
    classifier = DeviceClassifier(encoder, head)
    assert classifier.description == "JAX on 8 cpu devices"
    for num_samples in (0, 1, 513, 5000):
        assert_classifies(classifier, head, random_features(num_samples, encoder.num_features, np.float32))
    some = DeviceClassifier(encoder, head, devices=jax.devices()[5:2:-1])
    assert_classifies(some, head, random_features(130, encoder.num_features, np.uint8))
    print("right")


def test_eight_devices_share_the_samples() -> None:
    program = "from tests.backend.test_device_classifier import classify_on_eight_devices as check; check()"
    assert run_workers(["-c", program], devices_each=8) == ["right"]


def test_a_classifier_says_what_it_runs_on() -> None:
    assert DeviceClassifier(*SUBJECTS["one class"]).description.startswith("JAX on ")


def test_features_and_bits_that_are_none_are_told() -> None:
    classifier = DeviceClassifier(*SUBJECTS["pixels"])
    with pytest.raises(DataError, match=r"\(3, 99\) are no samples of 100 features; give one row a sample"):
        classifier.classes(np.zeros((3, 99), np.uint8))
    with pytest.raises(DataError, match=r"cannot be compared with numbers; give float32, uint8 or bool\.$"):
        classifier.scores(np.full((3, 100), "1"))
    with pytest.raises(DataError, match="uint64, not int64"):
        classifier.classes_of_bits(np.zeros((100, 1), np.int64), 1)
    with pytest.raises(DataError, match="1 words a bit hold up to 64 samples, not 65"):
        classifier.scores_of_bits(np.zeros((100, 1), np.uint64), 65)


def test_a_head_that_cannot_be_run_is_told() -> None:
    encoder, head = SUBJECTS["pixels"]
    with pytest.raises(CircuitError, match="a circuit of 100 inputs cannot read the 99 bits of an encoder"):
        DeviceClassifier(pixel_encoder(99), head)
    with pytest.raises(DataError, match="the encoder looks at feature 99, but there are 99; the first is 0"):
        DeviceClassifier(replace(encoder, num_features=99), head)
    with pytest.raises(CircuitError, match="must fit into int32"):
        DeviceClassifier(encoder, replace(head, biases=head.biases + 2**31 - 1))


def test_devices_of_another_process_are_told() -> None:
    elsewhere: Any = SimpleNamespace(process_index=jax.process_index() + 1, platform="cpu")
    with pytest.raises(UsageError, match=r"devices of its own process; make one in each, and give it its samples\.$"):
        DeviceClassifier(*SUBJECTS["pixels"], devices=[*jax.devices(), elsewhere])
