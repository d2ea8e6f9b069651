"""Checkpoints: what training has come to, kept by orbax, so that after a Ctrl-C or a crash it goes on unchanged.

The one idea: all that changes is one array of bytes, and beside it lies in plain words what the training was, with
checksums of both. So it is noticed if anything is damaged, and it can be said in what another training differs.
"""

import contextlib
import hashlib
import json
import logging
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax
import numpy as np
from jaxtyping import UInt8

from ca_logic.errors import LearningError, UsageError
from ca_logic.learning.classification.training import Evaluation, TrainState

if TYPE_CHECKING:
    import orbax.checkpoint as ocp

SECONDS_BETWEEN = 20.0
"""What is lost at most by a crash, if evaluations come as often."""

_FORMAT = "ca_logic training, 2"
_PREFIX = "ca_logic"
"""Folders of checkpoints are called `ca_logic_STEP`; others are nobody's business."""

_ASIDE = "outdated-"
"""What the names of folders begin with that go as soon as a checkpoint takes their place."""

_NUM_KEPT = 2
_STATE, _ABOUT, _LEAVES = "state", "about", "leaves"
_SYSTEM_ERROR = re.compile(r"os_error_code='(\d+)'")


@dataclass(frozen=True)
class Restored:
    """A training as it was when its checkpoint was written.

    Attributes:
        state: to go on from.
        evaluations: all that came before.
        seconds: of training so far.
    """

    state: TrainState
    evaluations: tuple[Evaluation, ...]
    seconds: float


def latest_step(folder: Path) -> int | None:
    """Returns the step of the newest checkpoint in a folder, whatever training it is of; None if there is none."""
    return max(_steps(folder), default=None)


class Checkpoints:
    """The newest checkpoints of one training, in a folder of their own; for a training in one process."""

    def __init__(
        self,
        folder: Path,
        settings: Mapping[str, object],
        *,
        seconds_between: float = SECONDS_BETWEEN,
        on_warning: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Writes and reads nothing yet.

        Args:
            folder: where they are; what else is in it stays as it is.
            settings: by name what the training depends on, plain values; a checkpoint of others is refused.
            seconds_between: a checkpoint that comes earlier after another is left out, unless it is the last.
            on_warning: told of checkpoints that cannot be written, or read.
        """
        self._folder = folder
        self._settings = json.loads(json.dumps(settings))
        self._seconds_between, self._on_warning = seconds_between, on_warning
        self._due = time.monotonic() + seconds_between
        self._is_failing = False
        self._outdated: list[int] | None = None

    def save(
        self, state: TrainState, evaluations: Sequence[Evaluation], seconds: float, *, is_last: bool = False
    ) -> None:
        """Writes a checkpoint; only when it is whole it counts, and only then the oldest of three is removed.

        The first one takes the place of those of an earlier training, unless one of them was restored. If it cannot be
        written, as on a full disk, a warning says so, and those before stay.

        Args:
            state: of the training.
            evaluations: all so far.
            seconds: of training so far.
            is_last: write it, however soon it comes.
        """
        if time.monotonic() < self._due and not is_last:
            return
        leaves = _bytes_of(state)
        progress = {"evaluations": [asdict(evaluation) for evaluation in evaluations], "seconds": seconds}
        about = {
            "format": _FORMAT,
            "settings": self._settings,
            "progress": progress,
            "state": _checksum(leaves.tobytes()),
        }
        about["sha256"] = _checksum(json.dumps(about).encode())
        try:
            self._set_outdated_aside()
            with self._manager() as (manager, args):
                items = {_STATE: args.StandardSave({_LEAVES: leaves}), _ABOUT: args.JsonSave(about)}
                manager.save(state.step, args=args.Composite(**items), force=True)
            self._is_failing = False
            self._outdated = []
            self._remove_or_put_back()
        except Exception as error:  # Whatever fails in there, training must go on.
            self._remove_unfinished()
            self._remove_or_put_back()
            if not self._is_failing or is_last:
                kept = (
                    f"that of step {last} stays" if (last := latest_step(self._folder)) is not None else "there is none"
                )
                self._on_warning(f"cannot write the checkpoint of step {state.step}: {_reason(error)}; {kept}.")
            self._is_failing = True
        # Counted from its end, so that a slow disk does not take up all the time.
        self._due = time.monotonic() + self._seconds_between

    def restore(self, state: TrainState) -> Restored:
        """Returns the newest checkpoint that is whole.

        Args:
            state: of the fresh training, of which shapes, types and devices are taken.

        Raises:
            UsageError: if there is none, or it is of a training of other settings.
            LearningError: if all are damaged.
        """
        self._remove_or_put_back()
        steps = sorted(_steps(self._folder), reverse=True)
        if not steps:
            raise UsageError(f"{self._folder} holds no checkpoint to go on from; leave out --resume.")
        faults: dict[int, str] = {}
        for step in steps:
            try:
                leaves, about = self._read(step, state)
            except UsageError:
                raise
            except Exception as error:  # A damaged file may make the libraries fail in any way.
                faults[step] = _reason(error)
                continue
            for damaged, reason in faults.items():
                self._on_warning(
                    f"the checkpoint of step {damaged} is damaged ({reason}); training goes on from step {step}."
                )
            self._outdated = list(faults)
            progress = about["progress"]
            evaluations = tuple(Evaluation(**evaluation) for evaluation in progress["evaluations"])
            return Restored(_state_of_bytes(leaves, state), evaluations, float(progress["seconds"]))
        raise LearningError(f"all checkpoints in {self._folder} are damaged; train anew, without --resume.")

    def _read(self, step: int, state: TrainState) -> tuple[UInt8[np.ndarray, " bytes"], dict[str, Any]]:
        with self._manager() as (manager, args):
            about: dict[str, Any] = manager.restore(step, args=args.Composite(**{_ABOUT: args.JsonRestore()}))[_ABOUT]
            checksum = about.pop("sha256")
            if about["format"] != _FORMAT or checksum != _checksum(json.dumps(about).encode()):
                raise ValueError("what it says of itself is altered")
            self._require_settings(about["settings"])
            target = {_LEAVES: jax.ShapeDtypeStruct((_num_bytes(state),), np.uint8)}
            restored = manager.restore(step, args=args.Composite(**{_STATE: args.StandardRestore(target)}))
        leaves = np.asarray(restored[_STATE][_LEAVES])
        if about["state"] != _checksum(leaves.tobytes()):
            raise ValueError("its numbers are altered")
        return leaves, about

    def _require_settings(self, before: Mapping[str, object]) -> None:
        """Raises UsageError, naming the first difference, if the settings of a checkpoint are others."""
        names = list(dict.fromkeys([*before, *self._settings]))
        for name in names:
            if before.get(name) != self._settings.get(name):
                raise UsageError(
                    f"{self._folder} is of a training with {name} {_shown(before.get(name))}, not "
                    f"{_shown(self._settings.get(name))}; ask for the same, or leave out --resume to train anew."
                )

    def _set_outdated_aside(self) -> None:
        """Sets aside checkpoints of an earlier training, and of this one those that are damaged."""
        self._remove_unfinished()
        self._remove_or_put_back()
        for step in _steps(self._folder):
            if self._outdated is None or step in self._outdated:
                name = f"{_PREFIX}_{step}"
                (self._folder / name).rename(self._folder / f"{_ASIDE}{name}")

    def _remove_or_put_back(self) -> None:
        """Removes what was set aside, or, where nothing took its place, even after a crash, puts it back."""
        is_replaced = bool(_steps(self._folder))
        for path in self._folder.glob(f"{_ASIDE}{_PREFIX}_*"):
            if is_replaced:
                shutil.rmtree(path, ignore_errors=True)
            else:
                with contextlib.suppress(OSError):
                    path.rename(self._folder / path.name.removeprefix(_ASIDE))

    def _remove_unfinished(self) -> None:
        """Removes what a crash or a full disk left; it only takes up room."""
        for path in self._folder.glob(f"{_PREFIX}_*.orbax-checkpoint-tmp*"):
            shutil.rmtree(path, ignore_errors=True)

    @contextlib.contextmanager
    def _manager(self) -> Iterator[tuple["ocp.CheckpointManager", Any]]:
        """Yields orbax's manager, and its names for what is kept; what it logs is not for users."""
        logger = logging.getLogger("absl")
        level = logger.level
        logger.setLevel(logging.CRITICAL + 1)
        try:
            # It takes a second, and most who train never come here.
            import orbax.checkpoint as ocp

            options = ocp.CheckpointManagerOptions(
                max_to_keep=_NUM_KEPT, step_prefix=_PREFIX, enable_async_checkpointing=False
            )
            with ocp.CheckpointManager(self._folder.absolute(), options=options) as manager:
                yield manager, ocp.args
        finally:
            logger.setLevel(level)


def _steps(folder: Path) -> list[int]:
    """Returns the steps of which there is a checkpoint that was finished."""
    names = re.compile(rf"{_PREFIX}_(\d+)")
    if not folder.is_dir():
        return []
    return [int(match[1]) for path in folder.iterdir() if (match := names.fullmatch(path.name))]


def _bytes_of(state: TrainState) -> UInt8[np.ndarray, " bytes"]:
    """Returns all numbers of a state, one after the other."""
    leaves = [np.ascontiguousarray(np.asarray(leaf)).reshape(-1).view(np.uint8) for leaf in _arrays_of(state)]
    return np.concatenate(leaves)


def _state_of_bytes(leaves: UInt8[np.ndarray, " bytes"], like: TrainState) -> TrainState:
    """Returns the state that `_bytes_of` made these bytes of, on the devices on which `like` is."""
    arrays, start = [], 0
    for leaf in _arrays_of(like):
        part = leaves[start : start + leaf.nbytes]
        start += leaf.nbytes
        # In memory of its own, as aligned as arrays are.
        values = np.frombuffer(part.tobytes(), leaf.dtype).reshape(leaf.shape)
        # What is no array on a device is a number.
        arrays.append(jax.device_put(values, leaf.sharding) if isinstance(leaf, jax.Array) else values.item())
    found: TrainState = jax.tree.unflatten(jax.tree.structure(like), arrays)
    return found


def _arrays_of(state: TrainState) -> list[Any]:
    return [leaf if isinstance(leaf, jax.Array) else np.asarray(leaf) for leaf in jax.tree.leaves(state)]


def _num_bytes(state: TrainState) -> int:
    return sum(leaf.nbytes for leaf in _arrays_of(state))


def _checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _reason(error: Exception) -> str:
    """Returns in a few words why something failed."""
    code = error.errno if isinstance(error, OSError) else None
    if code is None and (match := _SYSTEM_ERROR.search(str(error))):
        code = int(match[1])
    if code is not None:
        return os.strerror(code)
    text = " ".join(str(error).split())
    return text if text and len(text) <= 80 else type(error).__name__


def _shown(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
