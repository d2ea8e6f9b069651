"""`LogicLayer` and `LogicNetwork`: flax modules whose neurons are relaxed two-input gates.

The one idea: data lie as [features, batch], so that reading a fan-in moves whole contiguous rows. The soft
network computes with real numbers between 0 and 1; the *hard* network rounds every gate to one of the
sixteen, every learned wire to one of its candidates, and computes with packed words, 32 samples each.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Literal, Protocol, get_args

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Float, Int, UInt32

from ca_logic import gates
from ca_logic.learning.parametrization import Parametrization, ParametrizationName, make_parametrization
from ca_logic.learning.stages import Gates, Selections, Stage, evaluate, readers_of
from ca_logic.learning.wiring import NUM_CANDIDATES, LayerWiring, WiringScheme, deal_candidates, wire

Forward = Literal["soft", "hard", "straight-through", "gumbel", "gumbel-straight-through"]
"""How a network computes.

`soft` computes with what gates and wires are between, `hard` with what they round to, which has no gradient.
`straight-through` computes hard and takes the gradient of soft. `gumbel` disturbs logits before it makes
probabilities of them, so that a choice must not depend on small differences ("Mind the Gap", arXiv 2506.07500);
`gumbel-straight-through` rounds what was disturbed.
"""

FORWARDS: tuple[Forward, ...] = get_args(Forward)

_WIRE_NOISE = 0.01
_GUMBEL_TEMPERATURE = 1.0


class Wiring(nnx.Variable[Array]):
    """The fan-ins of a layer: a kind of variable of its own, so that `nnx.Param` never selects it."""


class Candidates(nnx.Variable[Array]):
    """The signals among which wires are chosen; rewiring changes them."""


class Readers(nnx.Variable[Array]):
    """Who reads each input of a layer, which follows from its wiring."""


class Layer(Protocol):
    """What layers of every kind have in common; see `LogicLayer`.

    Attributes:
        grad_factor: what the gradient of the inputs is multiplied by.
        wires: the logits of learned wires; None if the wiring is fixed.
        candidates: the inputs that wires may come from.
    """

    grad_factor: float
    wires: Any
    candidates: Any

    def __call__(
        self, x: Float[Array, "in_features batch"], *, forward: Forward = "soft", key: Array | None = None
    ) -> Float[Array, "out_features batch"]:
        """Returns the outputs for inputs between 0 and 1."""

    @property
    def in_features(self) -> int:
        """The number of signals that it reads."""

    @property
    def out_features(self) -> int:
        """The number of its outputs."""

    @property
    def num_gates(self) -> int:
        """How many gates the extracted circuit has."""

    def stages(self, forward: Forward = "soft", *, key: Array | None = None) -> list[Stage]:
        """Returns the layer as stages."""

    def start(self, rng: np.random.Generator) -> None:
        """Draws all that is learned anew."""


class LogicLayer(nnx.Module):
    """A layer of relaxed gates, each reading two of the layer's inputs.

    Attributes:
        gates: the parameters, [outputs, size of the parametrization].
        wiring: the two inputs that each gate reads, [outputs, 2]; of learnable wiring, the two wires.
        wires: the logits of learned wires, [2 outputs, candidates]; None if the wiring is fixed.
        candidates: the inputs that wires may come from.
        grad_factor: what the gradient of the inputs is multiplied by, as in difflogic, against vanishing ones.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        wiring: LayerWiring = "balanced",
        num_candidates: int = NUM_CANDIDATES,
        parametrization: ParametrizationName = "truth-table",
        is_residual: bool = True,
        grad_factor: float = 1.0,
        rngs: nnx.Rngs,
    ) -> None:
        """Wires the layer and starts every gate as a pass-through of its first fan-in, or, not residual, as any gate.

        Raises:
            UsageError: if the scheme or parametrization is unknown, or the widths do not suit it.
        """
        self.in_features = in_features
        self.out_features = out_features
        self.grad_factor = grad_factor
        self.parametrization = make_parametrization(parametrization, is_residual=is_residual)
        rng = np.random.default_rng(np.asarray(jax.random.key_data(rngs.params())))
        self.num_candidates = num_candidates if wiring == "learnable" else 0
        if wiring == "learnable":
            pairs, num_read = np.arange(2 * out_features, dtype=np.int32).reshape(-1, 2), 2 * out_features
        else:
            pairs, num_read = wire(wiring, in_features, out_features, rng), in_features
        self.wiring = Wiring(jnp.asarray(pairs))
        self.readers = Readers(jnp.asarray(readers_of(pairs, num_read)))
        self.start(rng)

    def start(self, rng: np.random.Generator) -> None:
        """Draws gates, and learnable wires with their candidates, anew; wiring that is fixed stays."""
        if self.num_candidates:
            candidates = deal_candidates(self.in_features, 2 * self.out_features, self.num_candidates, rng)
            logits = rng.normal(0, _WIRE_NOISE, candidates.shape).astype(np.float32)
            self.candidates: Candidates | None = Candidates(jnp.asarray(candidates))
            self.wires: nnx.Param[Array] | None = nnx.Param(jnp.asarray(logits))
        else:
            self.candidates = self.wires = None
        self.gates = nnx.Param(jnp.asarray(self.parametrization.initial(self.out_features, rng)))

    def __call__(
        self, x: Float[Array, "in_features batch"], *, forward: Forward = "soft", key: Array | None = None
    ) -> Float[Array, "out_features batch"]:
        """Returns the outputs for inputs between 0 and 1; see `stages`."""
        return evaluate(self.stages(forward, key=key), scale_gradient(x, self.grad_factor))

    def stages(self, forward: Forward = "soft", *, key: Array | None = None) -> list[Stage]:
        """Returns the layer as stages.

        Args:
            forward: how it computes.
            key: for Gumbel noise, where `forward` has some.
        """
        stages: list[Stage] = []
        gate_key, wire_key = (None, None) if key is None else jax.random.split(key)
        if self.wires is not None and self.candidates is not None:
            weights = choose(self.wires[...], forward, key=wire_key)
            stages.append(Selections(weights, self.candidates[...]))
        coefficients = gate_coefficients(self.parametrization, self.gates[...], forward, key=gate_key)
        stages.append(Gates(coefficients, self.wiring[...], self.readers[...]))
        return stages

    @property
    def num_gates(self) -> int:
        """The number of neurons."""
        return self.out_features

    def hard_gates(self) -> Int[Array, " out_features"]:
        """Returns for each neuron the gate that it stands for."""
        return self.parametrization.harden(self.gates[...])

    def hard_wiring(self) -> Int[Array, "out_features 2"]:
        """Returns for each neuron the two inputs that it reads."""
        if self.wires is None or self.candidates is None:
            return self.wiring[...]
        chosen = jnp.argmax(self.wires[...], axis=1)[:, None]
        return jnp.take_along_axis(self.candidates[...], chosen, axis=1)[self.wiring[...], 0]

    def evaluate_hard(self, words: UInt32[Array, "in_features words"]) -> UInt32[Array, "out_features words"]:
        """Returns the outputs of the rounded gates on packed words."""
        return mix_hard(self.hard_gates(), self.hard_wiring(), words)


class LogicNetwork(nnx.Module):
    """Layers of relaxed gates, one after the other."""

    def __init__(
        self,
        widths: Sequence[int],
        *,
        wiring: WiringScheme = "balanced",
        parametrization: ParametrizationName = "truth-table",
        rngs: nnx.Rngs,
    ) -> None:
        """Makes a layer between each width and the next; the first width is the number of inputs."""
        self.layers = nnx.List(
            LogicLayer(before, after, wiring=wiring, parametrization=parametrization, rngs=rngs)
            for before, after in pairwise(widths)
        )

    def __call__(self, x: Float[Array, "inputs batch"]) -> Float[Array, "outputs batch"]:
        """Returns the soft outputs for soft inputs between 0 and 1."""
        return evaluate(stages_of(self.layers), x)

    def evaluate_hard(self, words: UInt32[Array, "inputs words"]) -> UInt32[Array, "outputs words"]:
        """Returns the outputs of the hard network on packed words."""
        for layer in self.layers:
            words = layer.evaluate_hard(words)
        return words

    @property
    def num_gates(self) -> int:
        """The number of neurons."""
        return sum(layer.num_gates for layer in self.layers)


def stages_of(layers: Sequence[Layer], forward: Forward = "soft", *, key: Array | None = None) -> list[Stage]:
    """Returns all stages of layers that follow one another; see `LogicLayer.stages`."""
    keys = [None] * len(layers) if key is None else list(jax.random.split(key, len(layers)))
    stages: list[Stage] = []
    factor = 1.0
    # A factor on the gradient of what a layer reads is one on those of all parameters below.
    for layer, layer_key in reversed(list(zip(layers, keys, strict=True))):
        found = layer.stages(forward, key=layer_key)
        stages[:0] = [stage._replace(**{stage._fields[0]: scale_gradient(stage[0], factor)}) for stage in found]
        factor *= layer.grad_factor
    return stages


def gate_coefficients(
    kind: Parametrization, parameters: Float[Array, "*gates size"], forward: Forward, *, key: Array | None
) -> Float[Array, "*gates 4"]:
    """Returns the coefficients with which relaxed gates compute."""
    if forward.startswith("gumbel") and key is not None:
        soft, rounded = kind.disturbed(parameters, key, _GUMBEL_TEMPERATURE)
    else:
        soft, rounded = kind.coefficients(parameters), kind.harden(parameters)
    return _rounded(soft, jnp.asarray(gates.COEFFICIENTS, dtype=soft.dtype)[rounded], forward)


def choose(
    logits: Float[Array, "*choices candidates"], forward: Forward, *, key: Array | None = None
) -> Float[Array, "*choices candidates"]:
    """Returns the weights of candidates, in each row 1 in all."""
    if forward.startswith("gumbel") and key is not None:
        logits = (logits + jax.random.gumbel(key, logits.shape)) / _GUMBEL_TEMPERATURE
    soft = jax.nn.softmax(logits)
    return _rounded(soft, jax.nn.one_hot(jnp.argmax(logits, axis=-1), logits.shape[-1]), forward)


def scale_gradient(x: Array, factor: float) -> Array:
    """Returns x, the gradient of which is multiplied by a factor."""
    if factor == 1:
        return x
    value = jax.lax.stop_gradient(x)
    # What is added is 0, so the value is x to the last bit; that of hard gates has to be.
    return value + factor * (x - value)


def mix_hard(
    hard_gates: Int[Array, " gates"], wiring: Int[Array, "gates 2"], words: UInt32[Array, "signals words"]
) -> UInt32[Array, "gates words"]:
    """Returns the same for hard gates on packed words: modulo 2 a sum is an exclusive or."""
    a, b = words[wiring[:, 0]], words[wiring[:, 1]]
    normal_forms = jnp.asarray(gates.COEFFICIENTS & 1, dtype=jnp.uint32)[hard_gates]
    # The negative of 1 has all bits set: a mask of the terms that take part.
    m0, m1, m2, m3 = (-normal_forms[:, term, None] for term in range(4))
    return m0 ^ (m1 & a) ^ (m2 & b) ^ (m3 & a & b)


def pack_rows(bits: np.ndarray) -> UInt32[np.ndarray, "features words"]:
    """Packs 0/1 rows [features, batch] into 32-bit words, sample i at bit i % 32 of word i // 32."""
    octets = np.packbits(np.ascontiguousarray(bits, dtype=bool), axis=1, bitorder="little")
    return np.pad(octets, ((0, 0), (0, -octets.shape[1] % 4))).view(np.uint32)


def _rounded(soft: Array, hard: Array, forward: Forward) -> Array:
    """Returns what the forward pass computes with, and of which the backward pass takes the gradient."""
    if forward == "hard":
        return hard
    # What is added is 0, so the value is that of hard gates to the last bit.
    return hard + (soft - jax.lax.stop_gradient(soft)) if forward.endswith("straight-through") else soft
