"""Checkpoints: training goes on as if it had never stopped, and nothing that goes wrong with a disk ends it."""

import errno
import resource
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import orbax.checkpoint as ocp
import pytest

from ca_logic.errors import LearningError, UsageError
from ca_logic.learning.classification import (
    ClassifierRecipe,
    ClassifierTraining,
    Evaluation,
    TrainState,
    build_classifier,
)
from ca_logic.learning.classification.checkpoints import Checkpoints, latest_step
from ca_logic.learning.device import compiled_programs_kept
from ca_logic.tasks.datasets import load_data_set, split_data
from ca_logic.tasks.encoding import fit_encoder

SETTINGS = {"tau": 3.0, "layers": [60, 60], "seed": 0}
EVALUATION = Evaluation(step=100, loss=0.1 + 0.2, soft_accuracy=0.9, hard_accuracy=1 / 3, samples_per_second=1e5)


def state_of(step: int, size: int = 50) -> TrainState:
    """A state of arrays as training has them: of several types, on devices, one without entries."""
    rng = np.random.default_rng(step)
    parameters = {"gates": jnp.asarray(rng.random((size, 4), np.float32)), "none": jnp.zeros((0, 2))}
    candidates = {"wires": jnp.asarray(rng.integers(0, 9, (size, 2)), jnp.int32)}
    optimizer = (jnp.int32(step), jax.tree.map(jnp.sqrt, parameters))
    return TrainState(step, parameters, candidates, optimizer, (parameters, candidates), step / 1000)


def assert_same(first: TrainState, second: TrainState) -> None:
    assert str(jax.tree.structure(first)) == str(jax.tree.structure(second))
    for one, other in zip(jax.tree.leaves(first), jax.tree.leaves(second), strict=True):
        assert (type(one), np.asarray(one).dtype) == (type(other), np.asarray(other).dtype)
        np.testing.assert_array_equal(np.asarray(one), np.asarray(other))


class Folder:
    """A folder of checkpoints, and the warnings of those who use it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.warnings: list[str] = []

    def open(self, settings: Mapping[str, object] = SETTINGS, *, seconds_between: float = 0) -> Checkpoints:
        return Checkpoints(self.path, settings, seconds_between=seconds_between, on_warning=self.warnings.append)

    def fill(self, *steps: int) -> Checkpoints:
        checkpoints = self.open()
        for step in steps:
            checkpoints.save(state_of(step), [EVALUATION], float(step))
        assert self.warnings == []
        return checkpoints

    def names(self) -> set[str]:
        return {path.name for path in self.path.iterdir()}


@pytest.fixture
def folder(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Iterator[Folder]:
    yield Folder(tmp_path / "checkpoints")
    # Whatever libraries log is not for users.
    assert capfd.readouterr() == ("", "")


def test_what_is_restored_is_what_was_saved(folder: Folder) -> None:
    folder.fill(100)
    restored = folder.open().restore(state_of(0))
    assert_same(restored.state, state_of(100))
    assert (restored.evaluations, restored.seconds) == ((EVALUATION,), 100.0)


def test_the_two_newest_are_kept_and_files_of_others_stay(folder: Folder) -> None:
    folder.path.mkdir()
    (folder.path / "12").mkdir()
    (folder.path / "notes.txt").touch()
    folder.fill(100, 200, 300)
    assert folder.names() == {"12", "notes.txt", "ca_logic_200", "ca_logic_300"}
    assert latest_step(folder.path) == 300


def test_what_comes_too_early_is_left_out_unless_it_is_the_last(folder: Folder) -> None:
    checkpoints = folder.open(seconds_between=1000)
    checkpoints.save(state_of(100), [], 1.0)
    assert latest_step(folder.path) is None
    checkpoints.save(state_of(200), [], 1.0, is_last=True)
    assert folder.names() == {"ca_logic_200"}


def test_a_training_that_begins_anew_replaces_the_one_before(folder: Folder) -> None:
    folder.fill(100, 200)
    folder.fill(50)
    assert folder.names() == {"ca_logic_50"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tau": 4.0}, "is of a training with tau 3.0, not 4.0; ask for the same, or leave out --resume"),
        ({"layers": [60]}, r"with layers \[60, 60\], not \[60\];"),
        ({"more": 1}, "with more null, not 1;"),
    ],
)
def test_other_settings_are_refused_naming_the_first_that_differs(
    change: dict[str, object], message: str, folder: Folder
) -> None:
    folder.fill(100)
    with pytest.raises(UsageError, match=message):
        folder.open(SETTINGS | change).restore(state_of(0))


def test_where_there_is_none_there_is_nothing_to_go_on_from(folder: Folder) -> None:
    with pytest.raises(UsageError, match="holds no checkpoint to go on from; leave out --resume"):
        folder.open().restore(state_of(0))


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def alter(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 0x10]) + content[middle + 1 :] if content else content


@pytest.mark.parametrize("damage", [cut, alter])
def test_of_a_damaged_checkpoint_nothing_is_taken(damage: Callable[[bytes], bytes], folder: Folder) -> None:
    folder.fill(100, 200)
    newest = folder.path / "ca_logic_200"
    num_fallen_back = 0
    for path in sorted(path for path in newest.rglob("*") if path.is_file()):
        content = path.read_bytes()
        path.write_bytes(damage(content))
        folder.warnings.clear()
        state = folder.open().restore(state_of(0)).state
        # Some files are of no consequence.
        assert_same(state, state_of(100 if folder.warnings else 200))
        if folder.warnings:
            num_fallen_back += 1
            (warning,) = folder.warnings
            assert warning.startswith("the checkpoint of step 200 is damaged (")
            assert warning.endswith("); training goes on from step 100.")
        path.write_bytes(content)
    assert num_fallen_back >= 3


def test_after_a_damaged_checkpoint_training_goes_on_and_replaces_it(folder: Folder) -> None:
    folder.fill(100, 200)
    shutil.rmtree(folder.path / "ca_logic_200" / "state")
    checkpoints = folder.open()
    checkpoints.restore(state_of(0))
    checkpoints.save(state_of(150), [], 1.0)
    assert folder.names() == {"ca_logic_100", "ca_logic_150"}
    assert len(folder.warnings) == 1


def test_where_all_are_damaged_training_must_begin_anew(folder: Folder) -> None:
    folder.fill(100, 200)
    for path in folder.path.glob("*/about/metadata"):
        path.write_text("{}", encoding="utf-8")
    with pytest.raises(LearningError, match=r"all checkpoints in .* are damaged; train anew, without --resume"):
        folder.open().restore(state_of(0))


def test_a_disk_that_is_full_is_a_warning_and_the_last_good_one_stays(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoints = folder.fill(100)

    def save(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(ocp.CheckpointManager, "save", save)
        checkpoints.save(state_of(200), [], 2.0)
        # Said once, and once more where it matters.
        checkpoints.save(state_of(300), [], 3.0)
        checkpoints.save(state_of(400), [], 4.0, is_last=True)
    assert folder.warnings == [
        f"cannot write the checkpoint of step {step}: No space left on device; that of step 100 stays."
        for step in (200, 400)
    ]
    assert folder.names() == {"ca_logic_100"}
    checkpoints.save(state_of(500), [], 5.0)
    assert folder.names() == {"ca_logic_100", "ca_logic_500"}


def test_an_earlier_training_stays_until_something_takes_its_place(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.fill(100, 200)
    checkpoints = folder.open()

    def save(*_: Any, **__: Any) -> None:
        assert "ca_logic_200" not in folder.names()
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(ocp.CheckpointManager, "save", save)
        checkpoints.save(state_of(50), [], 1.0)
    assert folder.warnings == [
        "cannot write the checkpoint of step 50: No space left on device; that of step 200 stays."
    ]
    assert folder.names() == {"ca_logic_100", "ca_logic_200"}
    checkpoints.save(state_of(60), [], 1.0)
    assert folder.names() == {"ca_logic_60"}


def test_what_a_crash_left_set_aside_is_gone_on_with(folder: Folder) -> None:
    folder.fill(100)
    (folder.path / "ca_logic_100").rename(folder.path / "outdated-ca_logic_100")
    assert_same(folder.open().restore(state_of(0)).state, state_of(100))


def test_a_write_that_the_system_refuses_leaves_nothing_behind(folder: Folder) -> None:
    checkpoints = folder.fill(100)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        checkpoints.save(state_of(200, size=20_000), [], 2.0)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert folder.warnings == ["cannot write the checkpoint of step 200: File too large; that of step 100 stays."]
    assert folder.names() == {"ca_logic_100"}


def test_what_a_crash_left_unfinished_is_no_checkpoint_and_is_removed(folder: Folder) -> None:
    folder.fill(100)
    unfinished = folder.path / "ca_logic_200.orbax-checkpoint-tmp"
    shutil.copytree(folder.path / "ca_logic_100", unfinished)
    checkpoints = folder.open()
    assert_same(checkpoints.restore(state_of(0)).state, state_of(100))
    checkpoints.save(state_of(200), [], 2.0)
    assert folder.names() == {"ca_logic_100", "ca_logic_200"}


def test_training_goes_on_as_if_it_had_never_stopped(folder: Folder) -> None:
    split = split_data(load_data_set("iris"))
    encoder = fit_encoder(split)
    recipe = ClassifierRecipe(layers=(30, 30), tau=2, steps=200, evaluate_every=50, rewire_every=50, num_rewired=2)

    def fresh() -> ClassifierTraining:
        return ClassifierTraining(build_classifier(recipe, encoder, 3, seed=1), split, recipe, seed=1)

    checkpoints, evaluations = folder.open(recipe.to_plain()), list[Evaluation]()
    with compiled_programs_kept():
        whole = fresh().run()
        stopped = fresh().run(
            on_evaluation=evaluations.append,
            on_checkpoint=lambda state: checkpoints.save(state, evaluations, 1.0),
            should_stop=lambda: bool(evaluations),
        )
        assert not stopped.is_complete
        assert latest_step(folder.path) == stopped.state.step == 100
        training = fresh()
        restored = folder.open(recipe.to_plain()).restore(training.state)
        training.state = restored.state
        resumed = training.run()
    assert resumed.is_complete
    assert_same(resumed.state, whole.state)
    found = [*restored.evaluations, *resumed.evaluations]
    assert [(seen.step, seen.loss, seen.hard_accuracy) for seen in found] == [
        (seen.step, seen.loss, seen.hard_accuracy) for seen in whole.evaluations
    ]
