"""Classifiers for people: one self-describing file a model, found by name, and what is done with it. No JAX here."""

from ca_logic.runtime.classifier.classifier import Classifier, load_classifier, start_classifier
from ca_logic.runtime.classifier.engine import Engine
from ca_logic.runtime.classifier.evaluation import Evaluation, evaluate
from ca_logic.runtime.classifier.known_samples import ORIGINS, origins_of
from ca_logic.runtime.classifier.model import ClassifierModel, TrainedArrays
from ca_logic.runtime.classifier.model_file import SUFFIX, read_model, save_model
from ca_logic.runtime.classifier.model_library import StoredModel, find_model, is_model, list_models, store_model
from ca_logic.runtime.classifier.split_choice import SPLIT, SplitChoice

__all__ = [
    "ORIGINS",
    "SPLIT",
    "SUFFIX",
    "Classifier",
    "ClassifierModel",
    "Engine",
    "Evaluation",
    "SplitChoice",
    "StoredModel",
    "TrainedArrays",
    "evaluate",
    "find_model",
    "is_model",
    "list_models",
    "load_classifier",
    "origins_of",
    "read_model",
    "save_model",
    "start_classifier",
    "store_model",
]
