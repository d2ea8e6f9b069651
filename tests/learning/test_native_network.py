"""The C that computes soft networks: it equals the textbook, whatever the threads, and stays within its memory."""

import shutil
import subprocess
from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.learning import native_network
from ca_logic.learning.native_network import GATES, SELECTIONS, Shape
from ca_logic.learning.stages import Gates, Selections, Stage, evaluate, evaluate_with_xla, readers_of
from ca_logic.resources import resource_folder
from tests.learning.soft_stages import Evaluate, assert_equals_textbook
from tests.learning.textbook import Network, networks


@pytest.fixture(autouse=True)
def compiled() -> None:
    if not native_network.is_available():
        pytest.skip("there is no C compiler")


@settings(deadline=None, max_examples=10)
@given(networks(max_layers=3), st.sampled_from([0, 1, 15, 16, 17, 64, 65, 130]), st.booleans())
def test_c_equals_the_textbook(network: tuple[int, Network], batch: int, has_input_gradient: bool) -> None:
    natively = partial(evaluate, has_input_gradient=has_input_gradient)
    assert_equals_textbook(*network, batch, has_input_gradient=has_input_gradient, evaluate=natively)


def wide_stages() -> list[Stage]:
    """Returns learned wires and two layers of gates, of more blocks of samples and signals than one."""
    rng = np.random.default_rng(0)
    stages: list[Stage] = [
        Selections(jnp.asarray(rng.random((300, 16)) / 16, jnp.float32), jnp.asarray(rng.integers(0, 50, (300, 16))))
    ]
    for before, after in ((300, 200), (200, 70)):
        wiring = rng.integers(0, before, (after, 2), dtype=np.int32)
        coefficients = jnp.asarray(rng.normal(size=(after, 4)) / 2, jnp.float32)
        stages.append(Gates(coefficients, jnp.asarray(wiring), jnp.asarray(readers_of(wiring, before))))
    return stages


def outputs_and_gradients(stages: list[Stage], x: jax.Array, how: Evaluate) -> list[jax.Array]:
    """Returns the outputs, and the gradients of the values of all stages and of x."""

    def pulled(values: list[jax.Array], x: jax.Array) -> tuple[jax.Array, jax.Array]:
        given = [stage._replace(**{stage._fields[0]: own}) for stage, own in zip(stages, values, strict=True)]
        outputs = how(given, x)
        return jnp.sum(outputs * outputs), outputs

    differentiated = jax.jit(jax.grad(pulled, (0, 1), has_aux=True))
    leaves: list[jax.Array] = jax.tree.leaves(differentiated([stage[0] for stage in stages], x))
    return leaves


def test_c_equals_xla_on_wide_stages_and_gives_the_same_bits_again() -> None:
    stages, x = wide_stages(), jnp.asarray(np.random.default_rng(1).random((50, 1000)), jnp.float32)
    natively, again = (outputs_and_gradients(stages, x, evaluate) for _ in range(2))
    for one, other, expected in zip(natively, again, outputs_and_gradients(stages, x, evaluate_with_xla), strict=True):
        np.testing.assert_allclose(one, expected, rtol=1e-3, atol=1e-3)
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int32, jnp.bfloat16])
def test_inputs_of_other_types_are_numbers_all_the_same(dtype: type) -> None:
    stages, bits = wide_stages()[:1], np.random.default_rng(0).integers(0, 2, (50, 3))
    expected = evaluate(stages, jnp.asarray(bits, jnp.float32))
    np.testing.assert_array_equal(evaluate(stages, jnp.asarray(bits, dtype)), expected)


def test_c_can_be_mapped_over_many_batches() -> None:
    stages, x = wide_stages(), jnp.asarray(np.random.default_rng(0).random((2, 50, 3)), jnp.float32)
    natively, with_xla = (
        jax.jit(jax.vmap(jax.value_and_grad(lambda x, how=how: jnp.sum(how(stages, x)))))(x)
        for how in (evaluate, evaluate_with_xla)
    )
    for one, expected in zip(natively, with_xla, strict=True):
        np.testing.assert_allclose(one, expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("signal", [2, 3, 2**30, -1, -(2**31)])
@pytest.mark.parametrize("kind", ["gate", "wire"])
def test_a_fanin_that_is_no_earlier_signal_is_an_error(kind: str, signal: int) -> None:
    read = jnp.array([[0, 1], [1, signal]], jnp.int32)
    stage: Stage = Selections(jnp.ones((2, 2)), read) if kind == "wire" else Gates(jnp.ones((2, 4)), read, read)
    for call in (evaluate, jax.grad(lambda stages, x: jnp.sum(evaluate(stages, x)), 1)):
        with pytest.raises(jax.errors.JaxRuntimeError, match="a gate of a soft network reads no earlier signal"):
            np.asarray(call([stage], jnp.ones((2, 3))))


def test_without_a_compiler_there_is_no_c(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "no-such-compiler")
    assert not native_network.is_available.__wrapped__()


class Call(NamedTuple):
    """What both calls are given; the pull is the gradient of the outputs."""

    shape: Shape
    x: np.ndarray
    coefficients: np.ndarray
    wiring: np.ndarray
    weights: np.ndarray
    candidates: np.ndarray
    pull: np.ndarray

    def request(self, num_threads: int) -> bytes:
        """Returns it as `soft_network_main.c` reads it."""
        stages = np.array(self.shape.stages, np.int64)
        sizes = [*self.x.shape, len(self.coefficients), *self.weights.shape, len(stages), self.shape.num_outputs]
        header = np.array([*sizes, stages[0, 2], num_threads, len(self.wiring)], np.int64)
        return b"".join(array.tobytes() for array in (header, stages, *self[1:]))

    def answer(self) -> list[np.ndarray]:
        """Returns outputs and gradients as JAX has them."""

        def outputs(x: jax.Array, coefficients: jax.Array, weights: jax.Array) -> jax.Array:
            return native_network.evaluate(self.shape, x, coefficients, self.wiring, weights, self.candidates)

        given = [jnp.asarray(array) for array in (self.x, self.coefficients, self.weights)]
        found, pull_back = jax.vjp(outputs, *given)
        of_x, of_coefficients, of_weights = pull_back(jnp.asarray(self.pull))
        results = [found, of_coefficients, of_weights, *([of_x] if self.shape.stages[0][2] else [])]
        return [np.asarray(result) for result in results]


def random_call(kinds: Sequence[int], batch: int, *, fan_in: int = 4, has_input_gradient: bool = True) -> Call:
    """Returns a call of stages of 5, 6, 7 … signals; each reads the signals of all before it."""
    rng = np.random.default_rng(batch)
    num_signals = 3
    reads: dict[int, list[np.ndarray]] = {GATES: [np.zeros((0, 2))], SELECTIONS: [np.zeros((0, fan_in))]}
    stages = []
    for number, kind in enumerate(kinds):
        stages.append((kind, 5 + number, bool(number) or has_input_gradient))
        reads[kind].append(rng.integers(0, num_signals, (5 + number, 2 if kind == GATES else fan_in)))
        num_signals += 5 + number
    wiring, candidates = (np.concatenate(reads[kind]).astype(np.int32) for kind in (GATES, SELECTIONS))
    num_outputs = 4 + len(kinds)
    sizes = ((3, batch), (len(wiring), 4), candidates.shape, (num_outputs, batch))
    x, coefficients, weights, pull = (rng.normal(size=size).astype(np.float32) for size in sizes)
    return Call(Shape(tuple(stages), num_outputs), x, coefficients, wiring, weights, candidates, pull)


@cache
def right_calls() -> tuple[tuple[Call, list[np.ndarray]], ...]:
    """Returns calls and what JAX makes of them."""
    both = (SELECTIONS, GATES, GATES, SELECTIONS, GATES)
    calls = [random_call(both, batch, fan_in=8) for batch in (0, 1, 16, 65, 333)]
    calls += [random_call(both, 130, has_input_gradient=False)]
    calls += [random_call((kind,), 17) for kind in (GATES, SELECTIONS)]
    return tuple((call, call.answer()) for call in calls)


def wrong_calls() -> list[Call]:
    """Returns calls with a fan-in that is no earlier signal, too few of them, and another number of candidates."""
    calls = []
    for kind, name in ((GATES, "wiring"), (SELECTIONS, "candidates")):
        call = random_call((kind,), 17)
        fanins = getattr(call, name)
        for signal in (3, 8, 2**30, -1):
            changed = fanins.copy()
            changed[-1, -1] = signal
            calls.append(call._replace(**{name: changed}))
    gates, wires = random_call((GATES,), 17), random_call((SELECTIONS,), 17)
    stages = ((GATES, 6, True),)
    return [
        *calls,
        gates._replace(wiring=gates.wiring[:-1]),
        gates._replace(shape=gates.shape._replace(stages=stages)),
        wires._replace(weights=wires.weights[:, :3].copy(), candidates=wires.candidates[:, :3].copy()),
    ]


@pytest.mark.parametrize("sanitizer", ["address,undefined", "thread"])
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_it_stays_within_its_memory_and_within_c(compiler: str, sanitizer: str, tmp_path: Path) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    sanitize = ("-std=c11", "-g", "-O1", "-march=native", f"-fsanitize={sanitizer}", "-fno-sanitize-recover=all")
    (tmp_path / "trivial.c").write_text("int main(void) { return 0; }\n", encoding="utf-8")
    trivial = [compiler, *sanitize, str(tmp_path / "trivial.c"), "-o", str(tmp_path / "trivial")]
    if subprocess.run(trivial, capture_output=True, check=False).returncode != 0:
        pytest.skip(f"{compiler} has no sanitizer of {sanitizer} here")
    native = resource_folder("native")
    sources = [native / "soft_network.c", Path(__file__).with_name("soft_network_main.c")]
    flags = ["-Wall", "-Wextra", "-Werror", "-pthread", f"-I{native}", f"-isystem{jax.ffi.include_dir()}"]
    command = [compiler, *sanitize, *flags, *map(str, sources), "-o", str(tmp_path / "main")]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr[:1500]
    threads = (1, 2, 7, 0, -1)
    requests = [call.request(count) for call, _ in right_calls() for count in threads]
    requests += [call.request(2) for call in wrong_calls()]
    result = subprocess.run([str(tmp_path / "main")], input=b"".join(requests), capture_output=True, check=False)
    assert result.returncode == 0, result.stderr[:1500]
    assert result.stderr == b""
    answer = result.stdout
    for _, expected in right_calls():
        size = 8 + sum(array.nbytes for array in expected)
        alike = {answer[size * number : size * (number + 1)] for number in range(len(threads))}
        assert len(alike) == 1, "results depend on the number of threads"
        found, answer = answer[:size], answer[size * len(threads) :]
        assert found[:8] == bytes(8)
        numbers = np.concatenate([array.ravel() for array in expected])
        np.testing.assert_allclose(np.frombuffer(found[8:], np.float32), numbers, rtol=1e-3, atol=1e-3)
    assert answer == np.full(len(wrong_calls()), 2, np.int64).tobytes()
