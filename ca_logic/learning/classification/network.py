"""`LogicClassifier`: a network between an encoder, which makes bits of features, and sums, which make scores of bits.

Flax modules that compose with any other and with optax: call it with features, get logits.
"""

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Bool, Float, Num

from ca_logic.errors import UsageError
from ca_logic.learning.network import Forward, Layer, Wiring, stages_of
from ca_logic.learning.stages import evaluate
from ca_logic.tasks.encoding import Encoder


class BitEncoder(nnx.Module):
    """An `Encoder` on the device: features become bits."""

    def __init__(self, encoder: Encoder) -> None:
        """Takes over what the encoder compares."""
        self.features = Wiring(jnp.asarray(encoder.features))
        self.lows = Wiring(jnp.asarray(encoder.lows))
        self.highs = Wiring(jnp.asarray(encoder.highs))
        self.num_bits = encoder.num_bits
        self.has_highs = not np.isposinf(encoder.highs).all()

    def __call__(self, features: Num[Array, "batch features"]) -> Bool[Array, "bits batch"]:
        """Returns the bits of samples; they are compared as float32."""
        read = features.T.astype(jnp.float32)[self.features[...]]
        bits = read >= self.lows[...][:, None]
        return bits & (read <= self.highs[...][:, None]) if self.has_highs else bits


class GroupSum(nnx.Module):
    """Sums over equal groups of consecutive signals, one a class, divided by `tau` (Petersen et al., NeurIPS 2022)."""

    def __init__(self, k: int, tau: float) -> None:
        """Makes sums for k classes.

        The larger `tau` is, the more signals must agree for a class to be certain; it should grow with the square root
        of the group.
        """
        self.k = k
        self.tau = tau

    def __call__(self, x: Float[Array, "signals batch"]) -> Float[Array, "batch k"]:
        """Returns the logits; the number of signals must be a multiple of k."""
        return x.reshape(self.k, x.shape[0] // self.k, x.shape[1]).sum(axis=1).T / self.tau


class LogicClassifier(nnx.Module):
    """Encoder, layers and sums in one.

    Attributes:
        encoder: makes the bits that the first layer reads.
        layers: the trained part.
        head: makes logits of the last layer's outputs.
    """

    def __init__(self, encoder: BitEncoder, layers: Sequence[Layer], head: GroupSum) -> None:
        """Takes the parts.

        Raises:
            UsageError: if a layer does not read as many signals as there are, or classes cannot share the last.
        """
        width = encoder.num_bits
        for number, layer in enumerate(layers):
            if layer.in_features != width:
                raise UsageError(f"layer {number} reads {layer.in_features} signals, but there are {width}.")
            width = layer.out_features
        if width % head.k:
            raise UsageError(f"{head.k} classes cannot share {width} outputs; choose a multiple of {head.k}.")
        self.encoder = encoder
        self.layers = nnx.List(layers)
        self.head = head

    def __call__(
        self, features: Num[Array, "batch features"], *, forward: Forward = "soft", key: Array | None = None
    ) -> Float[Array, "batch classes"]:
        """Returns the logits of samples.

        Args:
            features: the samples, as the encoder reads them.
            forward: how the network computes.
            key: for Gumbel noise.
        """
        bits = self.encoder(features).astype(jnp.float32)
        return self.head(evaluate(stages_of(self.layers, forward, key=key), bits, has_input_gradient=False))

    @property
    def num_gates(self) -> int:
        """How many gates the extracted circuit has, before any is found to be superfluous."""
        return sum(layer.num_gates for layer in self.layers)
