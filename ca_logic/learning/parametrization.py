"""Relaxed gates: how trainable parameters become the four coefficients of a gate, and a gate again.

The one idea: whatever the parameters are, a soft gate is c0 + c1·a + c2·b + c3·ab. Sixteen gates mixed
with softmax weights collapse to those four coefficients before any data is touched, which is the same
function as evaluating all sixteen, and several times faster.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, UInt8

from ca_logic import gates
from ca_logic.errors import UsageError

ParametrizationName = Literal["softmax", "truth-table"]

PARAMETRIZATIONS: tuple[ParametrizationName, ...] = get_args(ParametrizationName)


class Parametrization(ABC):
    """A way to write a relaxed gate as `size` real parameters; arrays may have any leading axes."""

    name: ClassVar[ParametrizationName]
    size: ClassVar[int]

    @abstractmethod
    def initial(self, num_gates: int, rng: np.random.Generator) -> Float[np.ndarray, "gates size"]:
        """Returns parameters of gates that pass their first fan-in through, slightly disturbed."""

    @abstractmethod
    def certain(self, hard_gates: UInt8[np.ndarray, " gates"]) -> Float[np.ndarray, "gates size"]:
        """Returns parameters of gates that have made up their minds."""

    @abstractmethod
    def coefficients(self, parameters: Float[Array, "*gates size"]) -> Float[Array, "*gates 4"]:
        """Returns the coefficients over 1, a, b, ab."""

    @abstractmethod
    def harden(self, parameters: Float[Array, "*gates size"]) -> Int[Array, "*gates"]:
        """Returns for each relaxed gate the one of the sixteen gates that it stands for."""

    @abstractmethod
    def disturbed(
        self, parameters: Float[Array, "*gates size"], key: Array, temperature: float
    ) -> tuple[Float[Array, "*gates 4"], Int[Array, "*gates"]]:
        """Returns coefficients and hard gates of parameters to which Gumbel noise was added."""

    @abstractmethod
    def certainty(self, parameters: Float[Array, "*gates size"]) -> Float[Array, "*gates"]:
        """Returns how far each gate has made up its mind: 0 is undecided, 1 is a hard gate."""


@dataclass(frozen=True)
class Softmax(Parametrization):
    """Logits over the sixteen gates (Petersen et al., NeurIPS 2022).

    Started as pass-through, the residual initialization of Petersen et al., "Convolutional Differentiable
    Logic Gate Networks" (NeurIPS 2024).

    Attributes:
        pass_through: what the logit of gate A starts with.
        noise: deviation of all logits at the start.
    """

    name: ClassVar[ParametrizationName] = "softmax"
    size: ClassVar[int] = gates.NUM_GATES

    pass_through: float = 5.0
    noise: float = 1.0

    def initial(self, num_gates: int, rng: np.random.Generator) -> Float[np.ndarray, "gates 16"]:
        """Returns logits of which that of gate A stands out."""
        logits: np.ndarray = rng.normal(0, self.noise, (num_gates, self.size)).astype(np.float32)
        logits[:, gates.Gate.A] += self.pass_through
        return logits

    def certain(self, hard_gates: UInt8[np.ndarray, " gates"]) -> Float[np.ndarray, "gates 16"]:
        """Returns logits of which one is far above the others."""
        logits: np.ndarray = np.where(hard_gates[:, None] == np.arange(self.size), 100, 0).astype(np.float32)
        return logits

    def coefficients(self, parameters: Float[Array, "*gates 16"]) -> Float[Array, "*gates 4"]:
        """Returns the coefficients of the mixture of the sixteen gates."""
        return jax.nn.softmax(parameters) @ jnp.asarray(gates.COEFFICIENTS, dtype=parameters.dtype)

    def harden(self, parameters: Float[Array, "*gates 16"]) -> Int[Array, "*gates"]:
        """Returns the most probable gate."""
        return jnp.argmax(parameters, axis=-1)

    def disturbed(
        self, parameters: Float[Array, "*gates 16"], key: Array, temperature: float
    ) -> tuple[Float[Array, "*gates 4"], Int[Array, "*gates"]]:
        """Returns a draw from the Gumbel softmax distribution."""
        logits = (parameters + jax.random.gumbel(key, parameters.shape)) / temperature
        return self.coefficients(logits), self.harden(logits)

    def certainty(self, parameters: Float[Array, "*gates 16"]) -> Float[Array, "*gates"]:
        """Returns the probability of the most probable gate."""
        return jnp.max(jax.nn.softmax(parameters), axis=-1)


@dataclass(frozen=True)
class TruthTable(Parametrization):
    """The four entries of the truth table, each squashed by a sine: (1 + sin w) / 2.

    Four parameters instead of sixteen, as in "Light Differentiable Logic Gate Networks" (arXiv 2510.03250);
    the sine never saturates, so that a gate can change its mind late. It learned Life in half the steps.

    Attributes:
        pass_through: how far the entries lie from undecided at the start.
        noise: their deviation.
    """

    name: ClassVar[ParametrizationName] = "truth-table"
    size: ClassVar[int] = 4

    pass_through: float = 1.2
    noise: float = 0.1

    def initial(self, num_gates: int, rng: np.random.Generator) -> Float[np.ndarray, "gates 4"]:
        """Returns entries near 0, 0, 1, 1: the truth table of gate A."""
        centre = self.pass_through * (2.0 * gates.TRUTH_TABLES[gates.Gate.A] - 1)
        entries: np.ndarray = (centre + rng.normal(0, self.noise, (num_gates, self.size))).astype(np.float32)
        return entries

    def certain(self, hard_gates: UInt8[np.ndarray, " gates"]) -> Float[np.ndarray, "gates 4"]:
        """Returns entries whose sines are -1 and 1."""
        entries: np.ndarray = ((2.0 * gates.TRUTH_TABLES[hard_gates] - 1) * np.pi / 2).astype(np.float32)
        return entries

    def coefficients(self, parameters: Float[Array, "*gates 4"]) -> Float[Array, "*gates 4"]:
        """Returns the Möbius transform of the entries."""
        entries = (1 + jnp.sin(parameters)) / 2
        return entries @ jnp.asarray(gates.MOEBIUS.T, dtype=parameters.dtype)

    def harden(self, parameters: Float[Array, "*gates 4"]) -> Int[Array, "*gates"]:
        """Returns the gate of the rounded entries."""
        return (jnp.sin(parameters) > 0) @ jnp.array([8, 4, 2, 1])

    def disturbed(
        self, parameters: Float[Array, "*gates 4"], key: Array, temperature: float
    ) -> tuple[Float[Array, "*gates 4"], Int[Array, "*gates"]]:
        """Returns a draw from the binary Gumbel softmax distribution of each entry."""
        entries = jnp.clip((1 + jnp.sin(parameters)) / 2, 1e-6, 1 - 1e-6)
        noisy = jax.nn.sigmoid(
            (jax.scipy.special.logit(entries) + jax.random.logistic(key, entries.shape)) / temperature
        )
        return noisy @ jnp.asarray(gates.MOEBIUS.T, dtype=noisy.dtype), (noisy > 0.5) @ jnp.array([8, 4, 2, 1])

    def certainty(self, parameters: Float[Array, "*gates 4"]) -> Float[Array, "*gates"]:
        """Returns how far the entries are from one half, on average."""
        return jnp.mean(jnp.abs(jnp.sin(parameters)), axis=-1)


def make_parametrization(name: ParametrizationName, *, is_residual: bool = True) -> Parametrization:
    """Returns the parametrization of that name, whose gates start as pass-throughs or at random.

    Raises:
        UsageError: if there is none.
    """
    if name not in PARAMETRIZATIONS:
        raise UsageError(f"unknown parametrization {name!r}; known are {', '.join(PARAMETRIZATIONS)}.")
    if name == "softmax":
        return Softmax() if is_residual else Softmax(pass_through=0.0)
    return TruthTable() if is_residual else TruthTable(pass_through=0.0, noise=1.0)
