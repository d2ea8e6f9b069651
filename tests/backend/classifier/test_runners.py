"""Compiled, interpreted and in NumPy: all classify like truth tables that are looked up, whatever they are given."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.backend.classifier import NumpyClassifier, Runner, compile_classifier, interpret_classifier
from ca_logic.backend.classifier import driver as driver_module
from ca_logic.backend.classifier import numpy_classifier as numpy_module
from ca_logic.backend.classifier.samples import as_compared
from ca_logic.circuit import CircuitBuilder
from ca_logic.circuit.group_sum import GroupSum, group_sum, scores
from ca_logic.errors import CircuitError, DataError, UsageError
from ca_logic.tasks.encoding import Encoder
from ca_logic.toolchain import parallel_library as parallel_module
from ca_logic.toolchain.compiler import compile_library
from tests.backend.classifier.classifiers import (
    BATCHES,
    classifiers,
    expected_scores,
    layered_classifiers,
    layered_head,
    pixel_encoder,
    random_encoder,
    random_features,
)
from tests.backend.test_kernel import X86_64, flags_for

pytestmark = pytest.mark.skipif(not any(map(shutil.which, ("cc", "gcc", "clang"))), reason="no C compiler is installed")

RUNNERS: dict[str, Callable[[Encoder, GroupSum], Runner]] = {
    "compiled": compile_classifier,
    "interpreted": interpret_classifier,
    "interpreted tables": lambda encoder, head: interpret_classifier(encoder, head, mapped=True),
    "NumPy": NumpyClassifier,
}
DTYPES = (np.uint8, bool, np.float32, np.float64, np.float16, np.int64)


def assert_classifies(runner: Runner, encoder: Encoder, head: GroupSum, features: np.ndarray) -> None:
    expected = expected_scores(encoder, head, features)
    packed = encoder.encode_packed(features)
    for threads in (1, 3):
        scores = runner.scores(features, threads=threads)
        assert scores.dtype == np.int32
        assert scores.shape == (len(features), head.num_classes)
        assert np.array_equal(scores, expected)
        classes = runner.classes(features, threads=threads)
        assert classes.dtype == np.int32
        assert np.array_equal(classes, expected.argmax(axis=1))
        assert np.array_equal(runner.scores_of_bits(packed, len(features), threads=threads), expected)
        assert np.array_equal(runner.classes_of_bits(packed, len(features), threads=threads), expected.argmax(axis=1))


SUBJECTS: dict[str, tuple[Encoder, GroupSum]] = {
    "pixels": (pixel_encoder(100), layered_head(100, (300, 200, 90), 9)),
    "anything": (random_encoder(333, 50, seed=1), layered_head(333, (150, 70), 7, seed=1)),
    "one class": (random_encoder(5, 3, seed=2), layered_head(5, (9, 4), 1, seed=2)),
    "two of three features": (random_encoder(3, 2, seed=3), layered_head(3, (20, 20, 20, 32), 32, seed=3)),
}


@pytest.mark.parametrize("runner", RUNNERS)
@pytest.mark.parametrize("subject", SUBJECTS)
def test_all_runners_classify_alike_in_batches_of_any_size(subject: str, runner: str) -> None:
    encoder, head = SUBJECTS[subject]
    classifier = RUNNERS[runner](encoder, head)
    for num_samples in BATCHES:
        for dtype in DTYPES:
            features = random_features(num_samples, encoder.num_features, dtype, seed=num_samples)
            assert_classifies(classifier, encoder, head, features)


@settings(max_examples=60, deadline=None)
@given(classifiers(), st.sampled_from(DTYPES))
def test_the_interpreter_takes_any_head(classifier: tuple[Encoder, GroupSum], dtype: type) -> None:
    encoder, head = classifier
    features = random_features(77, encoder.num_features, dtype)
    for name in ("interpreted", "interpreted tables", "NumPy"):
        assert_classifies(RUNNERS[name](encoder, head), encoder, head, features)


@settings(max_examples=4, deadline=None)
@given(classifiers())
def test_the_compiler_takes_any_head(classifier: tuple[Encoder, GroupSum]) -> None:
    encoder, head = classifier
    features = random_features(77, encoder.num_features, np.float32)
    assert_classifies(compile_classifier(encoder, head), encoder, head, features)


@settings(max_examples=30, deadline=None)
@given(layered_classifiers(), st.sampled_from(BATCHES), st.sampled_from(DTYPES))
def test_without_compiling_networks_of_any_shape_are_right(
    classifier: tuple[Encoder, GroupSum], num_samples: int, dtype: type
) -> None:
    encoder, head = classifier
    features = random_features(num_samples, encoder.num_features, dtype, seed=num_samples)
    packed = encoder.encode_packed(features)
    assert np.array_equal(scores(head, packed)[:, :num_samples].T, expected_scores(encoder, head, features))
    for name in ("interpreted", "interpreted tables", "NumPy"):
        assert_classifies(RUNNERS[name](encoder, head), encoder, head, features)


@settings(max_examples=4, deadline=None)
@given(layered_classifiers())
def test_compiled_networks_of_any_shape_are_right(classifier: tuple[Encoder, GroupSum]) -> None:
    encoder, head = classifier
    compiled = compile_classifier(encoder, head)
    for num_samples in BATCHES:
        features = random_features(num_samples, encoder.num_features, np.float32, seed=num_samples)
        assert_classifies(compiled, encoder, head, features)


@pytest.mark.parametrize("instruction_set", [*X86_64, "plain words"])
def test_a_classifier_is_right_with_every_instruction_set(instruction_set: str) -> None:
    encoder, head = SUBJECTS["anything"]
    classifier = compile_classifier(encoder, head, flags=flags_for(instruction_set))
    assert classifier.description.endswith(f", {instruction_set}")
    for dtype in (np.uint8, np.float32):
        assert_classifies(classifier, encoder, head, random_features(700, encoder.num_features, dtype))


def test_scores_may_be_negative_and_large() -> None:
    encoder, head = SUBJECTS["pixels"]
    largest = np.iinfo(np.int32).max
    weights = np.where(head.outputs % 2, 3, -1000)
    biases = np.array([0, -1_000_000, 1_000_000, largest - 100, -largest + 20_000, 0, 0, 0, 1], np.int64)
    heavy = replace(head, biases=biases, weights=weights)
    features = random_features(100, encoder.num_features, np.uint8)
    for make in RUNNERS.values():
        assert_classifies(make(encoder, heavy), encoder, heavy, features)


@pytest.mark.parametrize("make", RUNNERS)
def test_of_equal_scores_the_first_class_wins(make: str) -> None:
    encoder, head = SUBJECTS["anything"]
    none = np.empty(0, np.int64)
    tied = GroupSum(head.circuit, np.array([-5, 2, -7, 2, 2]), none, none, none)
    features = random_features(70, encoder.num_features, np.uint8)
    assert RUNNERS[make](encoder, tied).classes(features).tolist() == [1] * 70


@pytest.mark.parametrize("make", RUNNERS)
def test_features_may_lie_in_memory_in_any_way(make: str) -> None:
    encoder, head = SUBJECTS["pixels"]
    classifier = RUNNERS[make](encoder, head)
    features = random_features(140, encoder.num_features, np.float32)
    expected = classifier.scores(features)
    for same in (np.asfortranarray(features), features[::-1][::-1], np.repeat(features, 2, axis=1)[:, ::2]):
        assert np.array_equal(classifier.scores(same), expected)
    assert np.array_equal(classifier.scores(features.astype(">f4")), expected)
    assert np.array_equal(classifier.scores(features.astype(">f8")), expected)
    packed = encoder.encode_packed(features)
    for same in (np.asfortranarray(packed), packed[::-1][::-1], np.pad(packed, ((0, 0), (5, 1)))[:, 5:]):
        assert np.array_equal(classifier.scores_of_bits(same, 140), expected)
    unaligned = np.frombuffer(b"x" + features.tobytes(), np.uint8)[1:].view(np.float32).reshape(features.shape)
    assert not unaligned.flags.aligned
    assert np.array_equal(classifier.scores(unaligned), expected)
    read_only = features.copy()
    read_only.flags.writeable = False
    assert np.array_equal(classifier.scores(read_only), expected)


@pytest.mark.parametrize("make", RUNNERS)
def test_float64_is_rounded_to_float32_and_what_is_no_number_sets_no_bit(make: str) -> None:
    anything = np.full(2, np.inf, np.float32)
    encoder = Encoder(1, np.zeros(2, np.int32), np.array([0.1, -np.inf], np.float32), anything, ("above", "given"))
    head = group_sum(CircuitBuilder(encoder.names).build({"above": 1, "given": 2}), 2)
    features = np.array([[0.1], [0.0999999], [1e300], [-1e300], [np.nan]])
    scores_of_samples = RUNNERS[make](encoder, head).scores(features)
    assert scores_of_samples.tolist() == [[1, 1], [0, 1], [1, 1], [0, 1], [0, 0]]


def test_what_is_beside_the_samples_in_their_words_does_not_matter() -> None:
    encoder, head = SUBJECTS["pixels"]
    packed = encoder.encode_packed(random_features(70, encoder.num_features, np.uint8))
    filled = packed | np.array([0, 2**64 - 2**6], np.uint64)
    for make in RUNNERS.values():
        classifier = make(encoder, head)
        assert np.array_equal(classifier.scores_of_bits(filled, 70), classifier.scores_of_bits(packed, 70))


def test_slices_of_many_samples_are_put_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver_module, "_SAMPLES_PER_CALL", 512)
    monkeypatch.setattr(numpy_module, "_BYTES_AT_ONCE", 1 << 14)
    encoder, head = SUBJECTS["pixels"]
    features = random_features(1100, encoder.num_features, np.uint8)
    for make in RUNNERS.values():
        assert_classifies(make(encoder, head), encoder, head, features)


def test_threads_may_share_a_classifier() -> None:
    encoder, head = SUBJECTS["pixels"]
    classifier = compile_classifier(encoder, head)
    features = random_features(3000, encoder.num_features, np.uint8)
    expected, found = classifier.scores(features), []
    threads = [threading.Thread(target=lambda: found.append(classifier.scores(features))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert all(np.array_equal(scores, expected) for scores in found)


def test_nothing_is_read_behind_the_last_sample() -> None:
    encoder, head = pixel_encoder(7), layered_head(7, (9, 6), 3)
    for num_samples in (1, 7, 9):
        around = np.full((num_samples + 64, 7), 255, np.uint8)
        around[:num_samples] = 0
        alone = around[:num_samples].copy()
        for make in RUNNERS.values():
            classifier = make(encoder, head)
            assert np.array_equal(classifier.scores(around[:num_samples]), classifier.scores(alone))


def no_memory(*_: Any) -> int:
    return -1


def test_no_memory_is_an_error() -> None:
    with pytest.raises(MemoryError):
        driver_module._run(no_memory, 5, 1)
    with pytest.raises(MemoryError):
        driver_module._run(no_memory, 5000, 2)
    driver_module._run(no_memory, 0, 1)


@pytest.fixture
def interrupted() -> Iterator[threading.Event]:
    """Lets Ctrl-C raise KeyboardInterrupt, and tells that it does."""
    event = threading.Event()

    def interrupt(number: int, frame: FrameType | None) -> None:
        event.set()
        signal.default_int_handler(number, frame)

    before = signal.signal(signal.SIGINT, interrupt)
    yield event
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("threads", [1, 2])
def test_ctrl_c_ends_a_long_call_soon_and_harms_nothing(
    threads: int, interrupted: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder, head = SUBJECTS["pixels"]
    classifier = interpret_classifier(encoder, head)
    features = random_features(20_000, encoder.num_features, np.uint8)
    expected = classifier.scores(features)
    compared = []

    def compare(rows: np.ndarray) -> np.ndarray:
        compared.append(len(rows))
        if len(compared) == 3:
            os.kill(os.getpid(), signal.SIGINT)
        if len(compared) >= 3:
            assert interrupted.wait(10)
        return as_compared(rows)

    monkeypatch.setattr(driver_module, "_SAMPLES_PER_CALL", 512)
    monkeypatch.setattr(driver_module, "as_compared", compare)
    with pytest.raises(KeyboardInterrupt):
        classifier.scores(features, threads=threads)
    assert len(compared) < 20_000 // 512
    assert np.array_equal(classifier.scores(features, threads=threads), expected)


@pytest.mark.usefixtures("interrupted")
def test_ctrl_c_while_compiling_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    def compile_interrupted(*arguments: Any, **options: Any) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        compile_library(*arguments, **options)

    monkeypatch.setattr(parallel_module, "compile_library", compile_interrupted)
    with pytest.raises(KeyboardInterrupt):
        compile_classifier(pixel_encoder(7), layered_head(7, (9, 6), 3))
    assert not [*tmp_path.rglob("*.so"), *tmp_path.rglob("*.c")]


def test_no_threads_are_told() -> None:
    encoder, head = SUBJECTS["pixels"]
    with pytest.raises(UsageError, match=r"^0 threads cannot classify samples; use 1 or more\.$"):
        interpret_classifier(encoder, head).classes(np.zeros((1, 100), np.uint8), threads=0)


@pytest.mark.parametrize("make", RUNNERS)
def test_features_that_are_none_are_told(make: str) -> None:
    encoder, head = SUBJECTS["pixels"]
    classifier = RUNNERS[make](encoder, head)
    for features in (np.zeros((3, 99), np.uint8), np.zeros(100, np.uint8), np.zeros((1, 3, 100))):
        with pytest.raises(DataError, match="are no samples of 100 features; give one row a sample"):
            classifier.classes(features)
    for wrong in (np.zeros((3, 100), complex), np.full((3, 100), "1"), np.zeros((3, 100), object)):
        with pytest.raises(DataError, match=r"cannot be compared with numbers; give float32, uint8 or bool\.$"):
            classifier.scores(wrong)


@pytest.mark.parametrize("make", RUNNERS)
def test_packed_bits_that_are_none_are_told(make: str) -> None:
    encoder, head = SUBJECTS["pixels"]
    classifier = RUNNERS[make](encoder, head)
    with pytest.raises(DataError, match="uint64, not int64"):
        classifier.classes_of_bits(np.zeros((100, 1), np.int64), 1)
    with pytest.raises(DataError, match=r"shape \(99, 1\) are none of 100 bits"):
        classifier.classes_of_bits(np.zeros((99, 1), np.uint64), 1)
    for num_samples in (-1, 65):
        with pytest.raises(DataError, match=f"1 words a bit hold up to 64 samples, not {num_samples}"):
            classifier.scores_of_bits(np.zeros((100, 1), np.uint64), num_samples)


@pytest.mark.parametrize("make", RUNNERS)
def test_a_head_that_cannot_be_run_is_told(make: str) -> None:
    encoder, head = SUBJECTS["pixels"]
    with pytest.raises(CircuitError, match="a circuit of 100 inputs cannot read the 99 bits of an encoder"):
        RUNNERS[make](pixel_encoder(99), head)
    with pytest.raises(DataError, match="the encoder looks at feature 99, but there are 99; the first is 0"):
        RUNNERS[make](replace(encoder, num_features=99), head)
    for bias in (2**31 - 1, -(2**31) - 1):
        with pytest.raises(CircuitError, match="must fit into int32"):
            RUNNERS[make](encoder, replace(head, biases=head.biases + bias))


def test_runners_say_what_they_are() -> None:
    encoder, head = SUBJECTS["one class"]
    assert RUNNERS["NumPy"](encoder, head).description == "NumPy"
    assert RUNNERS["compiled"](encoder, head).description.startswith("compiled C (")
    assert RUNNERS["interpreted"](encoder, head).description.startswith("interpreter (")


def classify_a_little() -> None:
    """Goes through all of C once, with samples of few and of many blocks."""
    for subject, runner in (("two of three features", "compiled"), *((name, "interpreted") for name in SUBJECTS)):
        encoder, head = SUBJECTS[subject]
        classifier = RUNNERS[runner](encoder, head)
        for num_samples in (0, 1, 65, 513):
            for dtype in (np.uint8, np.float32, np.float64):
                features = random_features(num_samples, encoder.num_features, dtype)
                assert_classifies(classifier, encoder, head, features)


SANITIZED = """
from ca_logic.toolchain import compiler
compiler._FLAGS = (*compiler._FLAGS, "-O0", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
from tests.backend.classifier.test_runners import classify_a_little
classify_a_little()
print("clean")
"""


def test_they_stay_within_their_memory_and_within_c(tmp_path: Path) -> None:
    if shutil.which("clang") is None:
        pytest.skip("clang is not installed")
    located = ["clang", "-print-file-name=libclang_rt.asan-x86_64.so"]
    runtime = subprocess.run(located, capture_output=True, text=True, check=True).stdout.strip()
    if not Path(runtime).is_absolute():
        pytest.skip("clang has no address sanitizer (libclang_rt.asan-x86_64.so) here")
    # Python itself leaks at exit, which is not looked for here.
    surroundings = {"CC": "clang", "LD_PRELOAD": runtime, "ASAN_OPTIONS": "detect_leaks=0", "HOME": str(tmp_path)}
    result = subprocess.run(
        [sys.executable, "-c", SANITIZED],
        env={**os.environ, **surroundings, "XDG_CACHE_HOME": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stdout) == (0, "clean\n"), result.stderr[-3000:]
