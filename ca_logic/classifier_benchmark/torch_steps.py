"""The textbook's steps in PyTorch, where it is installed; it is no dependency, so it is imported by name."""

import functools
import importlib
import importlib.metadata
import importlib.util
import time
from typing import Any

import numpy as np

from ca_logic.classifier_benchmark.textbook import mix_all_gates
from ca_logic.classifier_benchmark.training_step import LEARNING_RATE, NUM_CLASSES, TrainingStep
from ca_logic.learning.device import default_device

_MODULE = "torch"
_GPU = "gpu"


def describe() -> str:
    """Returns PyTorch's name, and which version is installed if it is."""
    return f"PyTorch {importlib.metadata.version(_MODULE)}" if _is_installed() else "PyTorch"


def reason_to_skip(platform: str) -> str:
    """Returns why PyTorch cannot be compared with JAX on a platform, or ""."""
    if not _is_installed():
        return "PyTorch is not installed; pip install torch"
    if platform != "cpu" and not (platform == _GPU and _torch().cuda.is_available()):
        return f"PyTorch finds no {platform}"
    return ""


def differentiate(step: TrainingStep) -> tuple[float, list[np.ndarray]]:
    """Returns the loss, and its gradient by the logits of each layer."""
    trainer = TorchTrainer(step)
    loss = trainer.loss()
    loss.backward()
    return loss.item(), [layer.grad.cpu().numpy() for layer in trainer.logits]


class TorchTrainer:
    """A `Trainer` in PyTorch.

    Attributes:
        logits: the parameters of each layer.
    """

    def __init__(self, step: TrainingStep) -> None:
        """Brings a step to the device."""
        torch = _torch()
        self._device = "cuda" if default_device().platform == _GPU else "cpu"

        def tensor(array: np.ndarray) -> Any:
            return torch.tensor(array, device=self._device)

        self.logits = [tensor(layer).requires_grad_() for layer in step.logits]
        self._wiring = [tensor(pairs.astype(np.int64)) for pairs in step.wiring]
        self._x = tensor(step.bits.astype(np.float32))
        self._labels = tensor(step.labels.astype(np.int64))
        self._tau = step.recipe.tau
        self._optimizer = torch.optim.Adam(self.logits, lr=LEARNING_RATE)

    def use_cores(self, num_cores: int) -> None:
        """See `Trainer`."""
        _torch().set_num_threads(num_cores)

    def loss(self) -> Any:
        """Returns the mean cross-entropy of the batch."""
        torch, x = _torch(), self._x
        for layer, wiring in zip(self.logits, self._wiring, strict=True):
            x = mix_all_gates(torch, torch.nn.functional.softmax(layer, dim=-1), wiring, x)
        scores = x.reshape(len(x), NUM_CLASSES, -1).sum(dim=-1) / self._tau
        return torch.nn.functional.cross_entropy(scores, self._labels)

    def advance(self, times: int) -> tuple[float, float]:
        """See `Trainer`."""
        started = time.perf_counter()
        for _ in range(times):
            loss = self.loss()
            self._optimizer.zero_grad()
            loss.backward()
            self._optimizer.step()
        self._wait()
        return (time.perf_counter() - started) / times, loss.item()

    def _wait(self) -> None:
        if self._device != "cpu":
            _torch().cuda.synchronize()


@functools.cache
def _torch() -> Any:
    return importlib.import_module(_MODULE)


def _is_installed() -> bool:
    return importlib.util.find_spec(_MODULE) is not None
