"""Engines: what runs the circuit of a classifier. All give the same answers, so the choice is one of speed.

The one idea: the interpreter is there at once, and half as fast as compiled C at least. So C is compiled only for
those who classify millions, in the background, and takes over when it is ready.
"""

import threading
from collections.abc import Callable
from typing import Literal

import numpy as np

from ca_logic.backend.classifier import NumpyClassifier, Runner, compile_classifier, interpret_classifier
from ca_logic.backend.classifier.samples import Features, PackedBits
from ca_logic.backend.classifier.slots import BLOCK
from ca_logic.circuit.group_sum import GroupSum
from ca_logic.errors import CaLogicError
from ca_logic.tasks.encoding import Encoder
from ca_logic.toolchain.compiler import NoCompilerError

Engine = Literal["auto", "compiled", "interpreted", "numpy"]

SAMPLES_BEFORE_COMPILING = 1 << 22
"""The interpreter takes about as long for so many samples as the compiler does, whatever the number of gates."""

OnWarning = Callable[[str], None]


def start_runner(
    encoder: Encoder, head: GroupSum, engine: Engine = "auto", *, on_warning: OnWarning = lambda _: None
) -> Runner:
    """Returns what runs a classifier.

    Args:
        encoder: makes the bits that the circuit reads.
        head: the circuit and the sums over its outputs.
        engine: `compiled` compiles now, or finds what was compiled before. `interpreted` does not compile, and `numpy`
            needs no compiler. `auto` interprets, compiles in the background after `SAMPLES_BEFORE_COMPILING`, and is
            `numpy` where there is no compiler.
        on_warning: told why there is no compiler, or why it failed.

    Raises:
        NoCompilerError: if there is no C compiler, unless the engine is `auto` or `numpy`.
        ToolchainError: if the compiler fails, with its output.
    """
    if engine == "numpy":
        return NumpyClassifier(encoder, head)
    if engine == "compiled":
        return compile_classifier(encoder, head)
    if engine == "interpreted":
        return interpret_classifier(encoder, head)
    try:
        return TieredRunner(encoder, head, on_warning=on_warning)
    except NoCompilerError as error:
        on_warning(f"{error} Running with NumPy meanwhile, which is much slower.")
        return NumpyClassifier(encoder, head)


class TieredRunner(Runner):
    """A `Runner` that interprets, and compiles in the background what is used much."""

    def __init__(
        self,
        encoder: Encoder,
        head: GroupSum,
        *,
        samples_before_compiling: int = SAMPLES_BEFORE_COMPILING,
        on_warning: OnWarning = lambda _: None,
    ) -> None:
        """Starts with the interpreter.

        Args:
            encoder: makes the bits that the circuit reads.
            head: the circuit and the sums over its outputs.
            samples_before_compiling: after so many samples the compiler is called.
            on_warning: told if it fails, from another thread; the interpreter goes on then.

        Raises:
            ToolchainError: if the interpreter cannot be compiled.
        """
        self.encoder, self._head, self._on_warning = encoder, head, on_warning
        self._runner: Runner = interpret_classifier(encoder, head)
        self._samples_left = samples_before_compiling
        self._lock = threading.Lock()
        self._compiling: threading.Thread | None = None

    @property
    def description(self) -> str:
        """What runs the circuit now, for people."""
        return self._runner.description

    def apply(self, samples: Features | PackedBits, *, winners: bool, threads: int) -> np.ndarray:
        """See `Runner`."""
        return self._runner_for(samples.count).apply(samples, winners=winners, threads=threads)

    def wait(self) -> None:
        """Waits for the compiler if it is at work."""
        if self._compiling:
            self._compiling.join()

    def _runner_for(self, num_samples: int) -> Runner:
        """Returns what runs so many samples, and counts them."""
        with self._lock:
            # A call with fewer samples takes as long as one with a block of them.
            self._samples_left -= max(num_samples, BLOCK)
            if self._samples_left <= 0 and not self._compiling:
                # No daemon: half-written files would be left behind where the program ends before the compiler.
                self._compiling = threading.Thread(target=self._compile, name="ca_logic compiler")
                self._compiling.start()
        return self._runner

    def _compile(self) -> None:
        try:
            self._runner = compile_classifier(self.encoder, self._head)
        except (CaLogicError, OSError, MemoryError) as error:
            self._on_warning(f"the classifier is interpreted and not compiled: {error}")
        except RuntimeError:
            # The program ends, and no thread can be started any more.
            return
