"""Classifiers in one: encoder, circuit, sums and the choice of a class; compiled, interpreted or in NumPy.

The one idea: everything between samples and scores is one circuit on 512 samples at a time. An encoder is a list of
comparisons before it, and the sums of its outputs are adders, gates like the others.
"""

from ca_logic.backend.classifier.native import NativeClassifier, compile_classifier, interpret_classifier
from ca_logic.backend.classifier.numpy_classifier import NumpyClassifier
from ca_logic.backend.classifier.runner import Runner
from ca_logic.backend.classifier.standalone import render_standalone

__all__ = [
    "NativeClassifier",
    "NumpyClassifier",
    "Runner",
    "compile_classifier",
    "interpret_classifier",
    "render_standalone",
]
