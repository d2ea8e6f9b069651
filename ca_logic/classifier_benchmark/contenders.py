"""What `bench MODEL` compares: each contender classifies the same samples its own way."""

import dataclasses
import functools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Float, Int32, Num

from ca_logic.backend.classifier import Runner
from ca_logic.classifier_benchmark.first_answer import FirstAnswer
from ca_logic.classifier_benchmark.model_samples import Rows
from ca_logic.learning.baselines import Baseline
from ca_logic.learning.baselines.inputs import Inputs
from ca_logic.learning.classification import LogicClassifier
from ca_logic.learning.device import default_device, describe_device
from ca_logic.learning.network import Forward, stages_of
from ca_logic.learning.stages import evaluate
from ca_logic.runtime.classifier import Classifier, ClassifierModel

Form = Literal["ready", "rows"]
"""How samples are given: `ready` is the form in which the contender computes, `rows` are features in NumPy."""

FORMS: tuple[Form, ...] = get_args(Form)

Classify = Callable[[], Sequence[Any]]
"""Returns the classes of a batch when all are there, as one array or several."""

Prepare = Callable[[Rows, Form, int], Classify]
"""Takes a batch, the form in which to give it, and the number of threads; returns what classifies the batch."""

_SAMPLES_AT_ONCE, _SAMPLES_AT_ONCE_ON_CPU = 1 << 16, 1 << 12
"""What JAX is given in a call: XLA keeps all signals of a layer, and on a CPU that is slower than calling it again."""


@dataclass(frozen=True, eq=False)
class Contender:
    """One line of the table.

    Attributes:
        name: what classifies.
        where: device or compiler.
        ready: what samples are that are ready, for people.
        size: its gates or weights.
        num_bytes: what it takes on a disk.
        is_circuit: whether its classes must be those of the circuit.
        first_answer: how soon it answers.
        bytes_a_sample: memory for each sample of a batch that is ready, about.
        prepare: makes batches ready.
    """

    name: str
    where: str
    ready: str
    size: int
    num_bytes: int
    is_circuit: bool
    first_answer: FirstAnswer
    bytes_a_sample: float
    prepare: Prepare


def perceptron_contender(baseline: Baseline, first_rows: Rows) -> Contender:
    """Returns a perceptron in float32 on JAX's device; what it reads ready are the numbers that it weighs.

    Args:
        baseline: the perceptron.
        first_rows: a sample to answer for.
    """
    model = baseline.model
    of_rows, numbers_of = _compiled(model, _winners), _compiled(model.inputs, lambda inputs, rows: inputs(rows))
    taking_numbers = nnx.clone(model)
    taking_numbers.inputs = _NumbersGiven(model.inputs.size)
    of_numbers = _compiled(taking_numbers, _winners)

    prepare = _in_parts(of_rows, numbers_of, of_numbers)
    return Contender(
        name=baseline.name,
        where=f"float32 by JAX on {describe_device()}",
        ready="numbers on the device",
        size=baseline.num_parameters,
        num_bytes=np.dtype(np.float32).itemsize * baseline.num_parameters,
        is_circuit=False,
        first_answer=_first_answer(prepare, first_rows),
        bytes_a_sample=4 * (model.inputs.size + sum(layer.out_features for layer in model.layers)),
        prepare=prepare,
    )


def network_contender(network: LogicClassifier, forward: Forward, num_bytes: int, first_rows: Rows) -> Contender:
    """Returns the network that was trained, with real numbers for bits; what it reads ready are its encoder's bits.

    Args:
        network: it.
        forward: `soft`, as it was trained, or `hard`.
        num_bytes: what it takes on a disk.
        first_rows: a sample to answer for.
    """

    def classes_of_bits(model: LogicClassifier, bits: Float[Array, "bits batch"]) -> Array:
        outputs = evaluate(stages_of(model.layers, forward), bits, has_input_gradient=False)
        return jnp.argmax(model.head(outputs), axis=1)

    of_rows = _compiled(network, lambda model, rows: jnp.argmax(model(rows, forward=forward), axis=1))
    bits_of = _compiled(network, lambda model, rows: model.encoder(rows).astype(jnp.float32))
    of_bits = _compiled(network, classes_of_bits)

    prepare = _in_parts(of_rows, bits_of, of_bits)
    return Contender(
        name=f"{forward} network",
        where=f"float32 by JAX on {describe_device()}",
        ready="bits as numbers on the device",
        size=network.num_gates,
        num_bytes=num_bytes,
        is_circuit=forward == "hard",
        first_answer=_first_answer(prepare, first_rows),
        bytes_a_sample=4 * network.layers[0].in_features,
        prepare=prepare,
    )


def circuit_contender(
    name: str,
    model: ClassifierModel,
    make_runner: Callable[[], Runner],
    num_bytes: int,
    *,
    first_rows: Rows,
    first_answer: FirstAnswer | None = None,
) -> Contender:
    """Returns a model as people run it, by `Classifier`; what it reads ready are packed bits, in NumPy.

    Args:
        name: of the contender.
        model: what is run.
        make_runner: makes what runs it.
        num_bytes: what it takes on a disk.
        first_rows: a sample to answer for.
        first_answer: how soon it answers; by default that is found out here and now.
    """

    @functools.cache
    def classifier(threads: int) -> Classifier:
        if threads > 1:
            return dataclasses.replace(classifier(1), threads=threads)
        return Classifier(model, make_runner())

    def prepare(rows: Rows, form: Form, threads: int) -> Classify:
        chosen = classifier(threads)
        if form == "rows":
            return lambda: [chosen.predict(rows)]
        packed = model.encoder.encode_packed(rows)
        return lambda: [chosen.predict_packed(packed, len(rows))]

    answer = first_answer or _first_answer(prepare, first_rows)
    return Contender(
        name=name,
        where=classifier(1).runner.description,
        ready="packed bits",
        size=model.head.circuit.num_gates,
        num_bytes=num_bytes,
        is_circuit=True,
        first_answer=answer,
        bytes_a_sample=model.encoder.num_bits / 8,
        prepare=prepare,
    )


def classes_of(parts: Sequence[Any]) -> Int32[np.ndarray, " samples"]:
    """Returns what `Classify` returned as one array in NumPy."""
    return np.concatenate([np.empty(0, np.int32), *(np.asarray(part, np.int32) for part in parts)])


class _NumbersGiven(Inputs):
    """Numbers that `Inputs` has made before."""

    def __init__(self, size: int) -> None:
        """Takes how many there are."""
        self.size = size

    def __call__(self, features: Num[Array, "batch inputs"]) -> Float[Array, "batch inputs"]:
        """Returns them."""
        return features


def _winners(model: Any, samples: Array) -> Array:
    return jnp.argmax(model(samples), axis=1)


def _compiled(module: nnx.Module, apply: Callable[[Any, Array], Array]) -> Callable[[Any], Array]:
    """Returns what a module makes of samples, compiled anew for each shape."""
    graph, state = nnx.split(module)
    state = jax.device_put(state)
    function = jax.jit(lambda state, samples: apply(nnx.merge(graph, state), samples))
    return functools.partial(function, state)


def _in_parts(
    of_rows: Callable[[Any], Array], make_ready: Callable[[Any], Array], of_ready: Callable[[Any], Array]
) -> Prepare:
    """Returns what prepares batches for JAX, in parts.

    Args:
        of_rows: returns the classes of rows.
        make_ready: makes of rows what is ready.
        of_ready: returns the classes of that.
    """
    at_once = _SAMPLES_AT_ONCE_ON_CPU if default_device().platform == "cpu" else _SAMPLES_AT_ONCE

    def prepare(rows: Rows, form: Form, _threads: int) -> Classify:
        parts: list[Any] = [rows[start : start + at_once] for start in range(0, len(rows), at_once)]
        if form == "rows":
            return lambda: _waited_for([of_rows(part) for part in parts])
        ready = _waited_for([make_ready(part) for part in parts])
        return lambda: _waited_for([of_ready(part) for part in ready])

    return prepare


def _waited_for(arrays: list[Array]) -> list[Array]:
    for array in arrays:
        array.block_until_ready()
    return arrays


def _first_answer(prepare: Prepare, rows: Rows) -> FirstAnswer:
    started = time.perf_counter()
    prepare(rows, "rows", 1)()
    return FirstAnswer(time.perf_counter() - started)
