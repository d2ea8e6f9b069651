"""A small model that holds the network that it was extracted from."""

import dataclasses

from ca_logic.learning.classification import ClassifierRecipe, build_classifier, extract_classifier
from ca_logic.learning.classification.stored_network import arrays_of_network
from ca_logic.runtime.classifier import ClassifierModel, TrainedArrays
from tests.runtime.classifier.models import iris_model


def trained_model(*, num_changed: int = 0) -> ClassifierModel:
    """Returns a classifier of iris that nobody has trained.

    Args:
        num_changed: so many gates of the circuit are not those of the network.
    """
    model = iris_model()
    recipe = ClassifierRecipe(layers=(12, 6), tau=1, is_residual=False)
    network = build_classifier(recipe, model.encoder, 3, seed=0)
    head = extract_classifier(network, name=model.name, input_names=model.encoder.names)
    gates = head.circuit.gates.copy()
    gates[-num_changed or len(gates) :] ^= 15
    head = dataclasses.replace(head, circuit=dataclasses.replace(head.circuit, gates=gates))
    kept = TrainedArrays({"recipe": recipe.to_plain()}, arrays_of_network(network))
    return dataclasses.replace(model, head=head, network=kept)
