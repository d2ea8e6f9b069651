"""`Inputs`: features as numbers of like size, for models that weigh and add them; fitted to the training part alone."""

import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Float, Float64, Int, Num

from ca_logic.learning.classification.network import BitEncoder
from ca_logic.learning.network import Wiring
from ca_logic.tasks.datasets import Split
from ca_logic.tasks.encoding import Encoder
from ca_logic.tasks.encoding.comparisons import Comparisons


class Inputs(nnx.Module):
    """Some columns standardized, then bits.

    Attributes:
        size: how many numbers a sample becomes.
        description: what they are, for people.
    """

    def __init__(
        self,
        columns: Int[np.ndarray, " columns"],
        means: Float64[np.ndarray, " columns"],
        deviations: Float64[np.ndarray, " columns"],
        encoder: Encoder | None,
        *,
        description: str,
    ) -> None:
        """Takes the columns that are standardized, with what is subtracted and divided by, and what makes the bits."""
        self.columns = Wiring(jnp.asarray(columns, jnp.int32))
        self.means = Wiring(jnp.asarray(means, jnp.float32))
        self.deviations = Wiring(jnp.asarray(deviations, jnp.float32))
        self.encoder = BitEncoder(encoder) if encoder else None
        self.size = len(columns) + (encoder.num_bits if encoder else 0)
        self.description = description

    def __call__(self, features: Num[Array, "batch features"]) -> Float[Array, "batch inputs"]:
        """Returns the numbers of samples."""
        read = features[:, self.columns[...]].astype(jnp.float32)
        numbers = (read - self.means[...]) / self.deviations[...]
        # What is missing is taken for the mean.
        numbers = jnp.where(jnp.isfinite(numbers), numbers, 0)
        if self.encoder is None:
            return numbers
        return jnp.concatenate([numbers, self.encoder(features).T.astype(jnp.float32)], axis=1)


def encoded_inputs(encoder: Encoder) -> Inputs:
    """Returns the bits of an encoder, as 0 and 1."""
    none = np.empty(0)
    return Inputs(none.astype(int), none, none, encoder, description=f"{encoder.num_bits} bits")


def standardized_inputs(split: Split) -> Inputs:
    """Returns all columns: numbers of mean 0 and deviation 1, and one-hot codes of the categories seen in training.

    Pixels have one deviation together, so that one that is nearly always dark does not count for more than others.

    Raises:
        DataError: if no column has two different values in the training part.
        UsageError: if a category has more values than an encoder can have.
    """
    one_hot, num_categories = Comparisons(split.data.columns), 0
    places, means, variances = [], [], []
    for place, values in enumerate(split.training.features.T):
        known = values[np.isfinite(values)].astype(np.float64)
        if split.data.columns[place].kind == "category":
            categories = np.unique(known).tolist()
            one_hot.add_one_hot(place, categories)
            num_categories += len(categories)
        elif known.size and known.min() < known.max():
            places.append(place)
            means.append(known.mean())
            variances.append(known.var())
    is_pixel = np.array([split.data.columns[place].kind == "pixel" for place in places], bool)
    deviations = np.sqrt(variances)
    if is_pixel.any():
        deviations[is_pixel] = np.sqrt(np.mean(np.array(variances)[is_pixel]))
    # If there is nothing else, the encoder says that it has no bits.
    encoder = one_hot.encoder() if num_categories or not places else None
    return Inputs(np.array(places, int), np.array(means), deviations, encoder, description="standardized features")
