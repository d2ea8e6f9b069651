"""Opening a classifier by name or from a file, ready to be looked at."""

from collections.abc import Callable
from pathlib import Path

from ca_logic.backend.classifier import NumpyClassifier, Runner
from ca_logic.circuit import Circuit
from ca_logic.runtime.classifier import Classifier, ClassifierModel, find_model
from ca_logic.runtime.classifier.engine import OnWarning, TieredRunner
from ca_logic.toolchain.compiler import NoCompilerError
from ca_logic.visualizer.classifying.classifying_panel import ClassifyingPanel
from ca_logic.visualizer.classifying.gate_display import GateDisplay
from ca_logic.visualizer.classifying.samples_loading import load_test_samples


def open_classifier(
    name: str | Path,
    folder: Path | None = None,
    *,
    make_gates: Callable[[Circuit], GateDisplay] | None = None,
) -> ClassifyingPanel:
    """Returns a panel for a classifier, by the name of its model or from a file.

    It interprets the circuit until the compiler is ready, which begins with the first frame, as reading samples does.

    Args:
        name: of a model that was learned or is shipped, or the path of a `.logic` file; see `find_model`.
        folder: where the files of data sets are; by default they are fetched, unless they have been before.
        make_gates: makes what shows the gates of the circuit.

    Raises:
        UsageError: if there is no model of this name.
        DataError: if the file cannot be read or holds no model.
        ToolchainError: if there is a C compiler, but it fails.
    """
    model = find_model(name).model
    warnings: list[str] = []
    classifier = Classifier(model, _start_compiling(model, warnings.append))
    return ClassifyingPanel(
        classifier,
        load=lambda on_progress: load_test_samples(model, folder, on_progress),
        gates=make_gates(model.head.circuit) if make_gates else None,
        warnings=warnings,
    )


def _start_compiling(model: ClassifierModel, on_warning: OnWarning) -> Runner:
    try:
        return TieredRunner(model.encoder, model.head, samples_before_compiling=1, on_warning=on_warning)
    except NoCompilerError as error:
        on_warning(f"slow, with NumPy: {error}")
        return NumpyClassifier(model.encoder, model.head)
