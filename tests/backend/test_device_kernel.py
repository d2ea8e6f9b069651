"""The circuit run by JAX against the plain reference: on one device here, on eight in processes of their own."""

import os
import runpy
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import jax
import numpy as np
import pytest

from ca_logic.backend.device import DeviceKernel, find_devices
from ca_logic.backend.device import kernel as kernel_module
from ca_logic.backend.device.devices import describe_devices
from ca_logic.backend.device.partition import Partition
from ca_logic.circuit.lookup import lookup_of
from ca_logic.errors import BoardError, CircuitError, UsageError
from ca_logic.tasks.neighbourhood import transitions_of
from tests.backend.device_boards import assert_steps_like_reference, packed, shipped
from tests.oracles import later_states, random_cell_circuit, single_gate_circuit
from tests.plain_evaluation import evaluate_all

LIFE, LIFE_CIRCUIT = shipped("life")

REPOSITORY = Path(__file__).parents[2]

TORUS = {"torus": True, "plane": False}


@pytest.mark.parametrize("torus", TORUS.values(), ids=TORUS)
@pytest.mark.parametrize("size", [(1, 1), (5, 40), (32, 2), (33, 7), (64, 64), (70, 130)])
def test_life_equals_the_reference_whatever_the_size(size: tuple[int, int], torus: bool) -> None:
    assert_steps_like_reference(LIFE_CIRCUIT, LIFE.transitions, size=size, torus=torus, counts=(0, 1, 2, 61))


@pytest.mark.parametrize(("rule_name", "torus"), [("brians-brain", True), ("star-wars", False)])
def test_rules_of_more_states_have_a_plane_for_each_bit(rule_name: str, torus: bool) -> None:
    rule, circuit = shipped(rule_name)
    assert_steps_like_reference(circuit, rule.transitions, size=(45, 37), torus=torus, counts=(1, 30))


@pytest.mark.parametrize("torus", TORUS.values(), ids=TORUS)
def test_a_circuit_by_which_cells_are_born_of_nothing_equals_the_reference(torus: bool) -> None:
    circuit = random_cell_circuit(1)
    transitions = transitions_of(evaluate_all(circuit)[0])
    assert transitions[0, 0] == 1
    assert_steps_like_reference(circuit, transitions, size=(37, 12), torus=torus, counts=(1, 8))


def test_a_circuit_of_tables_is_run_as_well() -> None:
    assert_steps_like_reference(lookup_of(LIFE_CIRCUIT), LIFE.transitions, size=(20, 20), torus=True, counts=(9,))


def test_a_glider_comes_home_around_the_torus() -> None:
    cells = np.zeros((40, 40), dtype=np.uint8)
    cells[[0, 1, 2, 2, 2], [1, 2, 0, 1, 2]] = 1
    kernel = DeviceKernel(LIFE_CIRCUIT, width=40, height=40)
    board = kernel.advance(kernel.put(packed(cells, 1)), 80)
    assert not np.array_equal(kernel.get(board), packed(cells, 1))
    # It moves by one cell diagonally in four generations.
    np.testing.assert_array_equal(kernel.get(kernel.advance(board, 80)), packed(cells, 1))


def test_the_board_given_is_used_up() -> None:
    kernel = DeviceKernel(LIFE_CIRCUIT, width=64, height=64)
    board = kernel.put(np.zeros((1, 64, 2), dtype=np.uint32))
    kernel.advance(board, 1)
    assert board.is_deleted()


def test_devices_are_described_by_their_number_and_kind() -> None:
    h100 = SimpleNamespace(platform="gpu", device_kind="NVIDIA H100")
    assert describe_devices(jax.devices()[:1] * 8) == "8 cpu devices"
    assert describe_devices([h100]) == "1 gpu device (NVIDIA H100)"


@pytest.mark.parametrize("height", range(8, 140, 7))
@pytest.mark.parametrize("num_devices", [1, 3, 8])
def test_every_row_is_on_one_device_and_every_device_has_nearly_as_many(height: int, num_devices: int) -> None:
    partition = Partition(10, height, True, num_devices)
    firsts = [partition.first_row(device) for device in range(num_devices)]
    counts = [partition.num_rows(device) for device in range(num_devices)]
    assert firsts == [sum(counts[:device]) for device in range(num_devices)]
    assert sum(counts) == height
    assert set(counts) <= {partition.least_rows, partition.stored_rows}
    # What a device sees beyond its rows is all its neighbour's.
    assert partition.margin <= partition.least_rows


def run_workers(*commands: list[str], devices_each: int) -> list[str]:
    """Runs Python programs side by side, each with so many devices; returns the last line that each prints."""
    environment = {**os.environ, "JAX_PLATFORMS": "cpu", "JAX_NUM_CPU_DEVICES": str(devices_each)}
    workers = [
        subprocess.Popen(
            [sys.executable, *command],
            cwd=REPOSITORY,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for command in commands
    ]
    try:
        answers = [worker.communicate(timeout=120) for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
    for worker, (_, complaints) in zip(workers, answers, strict=True):
        assert worker.returncode == 0, complaints
    return [printed.splitlines()[-1] for printed, _ in answers]


def free_address() -> str:
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return f"localhost:{probe.getsockname()[1]}"


@pytest.mark.parametrize("num_processes", [1, 2])
def test_eight_devices_equal_the_reference(num_processes: int) -> None:
    worker = ["-m", "tests.backend.multi_process_worker", free_address(), str(num_processes)]
    commands = [[*worker, str(process)] for process in range(num_processes)]
    answers = run_workers(*commands, devices_each=8 // num_processes)
    assert answers == [f"right on 8 devices of {num_processes} processes"] * num_processes


def test_the_demo_counts_the_cells_of_the_reference_on_two_hosts() -> None:
    words = runpy.run_path(str(REPOSITORY / "demos" / "many_devices.py"))["random_rows"](100, 0, 100)
    cells = np.unpackbits(words.view(np.uint8), axis=2, count=100, bitorder="little")[0]
    living = np.count_nonzero(later_states(cells, LIFE.transitions, torus=True, generations=20))
    demo = ["demos/many_devices.py", "--size", "100", "--generations", "20"]
    hosts = ["--coordinator", free_address(), "--processes", "2", "--process"]
    answers = run_workers([*demo, *hosts, "0"], [*demo, *hosts, "1"], devices_each=2)
    assert [answer.split(", ")[0] for answer in answers] == [f"generation 20: population {living}"] * 2


def refused(error: type[Exception], message: str, **options: object) -> None:
    with pytest.raises(error, match=message):
        DeviceKernel(**{"circuit": LIFE_CIRCUIT, "width": 8, "height": 8, **options})  # type: ignore[arg-type]


def test_what_cannot_be_is_refused_in_one_line() -> None:
    refused(BoardError, r"^a board of 0x8 has no cells; both sides must be at least 1\.$", width=0)
    refused(BoardError, r"^a board of 8x-1 has no cells; both sides must be at least 1\.$", height=-1)
    refused(CircuitError, r"^circuit 'conjunction' has 2 inputs and 1 outputs; .*", circuit=single_gate_circuit())
    refused(
        BoardError,
        r"^a board of 2 rows cannot be shared by 3 devices; use at most 2\.$",
        height=2,
        devices=jax.devices()[:1] * 3,
    )


def test_a_board_that_no_memory_holds_is_refused_before_anything_is_made() -> None:
    many = 10**9
    refused(
        BoardError, rf"^a board of {many}x{many} cells needs \S+ GiB of memory on each of ", width=many, height=many
    )


def test_a_board_is_refused_that_fits_but_not_with_all_that_the_program_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    partition = Partition(256, 256, False, 1)
    least = 3 * 4 * partition.words_per_device
    monkeypatch.setattr(kernel_module, "free_memory", lambda _: least)
    refused(BoardError, r"^a board of 256x256 .* make it smaller or use more", width=256, height=256, torus=False)


def test_devices_that_are_not_there_are_refused_by_naming_those_that_are() -> None:
    there = describe_devices(jax.devices())
    with pytest.raises(UsageError, match=rf"^JAX finds no device 'gpu', but {there}\.$"):
        find_devices("gpu")
    with pytest.raises(UsageError, match=rf"^99 devices were asked for, but JAX finds {there}\.$"):
        find_devices("cpu", 99)
    with pytest.raises(UsageError, match=rf"^0 devices were asked for, but JAX finds {there}\.$"):
        find_devices(num_devices=0)


def test_words_of_another_board_and_numbers_beyond_all_are_refused() -> None:
    kernel = DeviceKernel(LIFE_CIRCUIT, width=40, height=8)
    with pytest.raises(
        BoardError, match=r"^uint32\[1, 8, 1\] does not hold 8 rows of 40 cells; uint32\[1, 8, 2\] would"
    ):
        kernel.put(np.zeros((1, 8, 1), dtype=np.uint32))
    with pytest.raises(BoardError, match=r"^uint64\[1, 8, 2\] does not hold 8 rows of 40 cells; "):
        kernel.put(np.zeros((1, 8, 2), dtype=np.uint64))
    board = kernel.put(np.zeros((1, 8, 2), dtype=np.uint32))
    for generations in (-1, 2**31):
        with pytest.raises(
            BoardError, match=rf"^cannot advance by {generations} generations at once; choose from 0 to "
        ):
            kernel.advance(board, generations)
