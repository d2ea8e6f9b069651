"""A board on JAX's devices comes back as the one stepped in C would be."""

import signal

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.backend.kernel import NumpyKernel
from ca_logic.circuit import Circuit
from ca_logic.runtime import TOPOLOGIES, Board, Topology
from ca_logic.runtime.device_board import DeviceBoard
from tests.oracles import board_sizes, circuit_of_transitions, random_states, seeds, sparse_transitions

CIRCUITS = {n: circuit_of_transitions(sparse_transitions(n, n)) for n in (2, 3, 8)}


def soup(circuit: Circuit, width: int, height: int, num_states: int, topology: Topology, seed: int) -> Board:
    board = Board(width, height, topology=topology, kernel=NumpyKernel(circuit), num_states=num_states)
    board.set_states(random_states(width, height, num_states, seed))
    return board


@settings(deadline=None)
@given(size=board_sizes, num_states=st.sampled_from(list(CIRCUITS)), seed=seeds)
def test_packed_rows_are_what_devices_hold(size: tuple[int, int], num_states: int, seed: int) -> None:
    board = soup(CIRCUITS[num_states], *size, num_states, "torus", seed)
    words, states = board.packed_rows(0, board.height), board.states()
    assert words.dtype == np.uint32
    for plane in range(words.shape[0]):
        for x in range(board.width):
            bits = words[plane, :, x // 32] >> np.uint32(x % 32) & 1
            np.testing.assert_array_equal(bits, states[:, x] >> plane & 1)
    if tail := board.width % 32:
        assert not (words[..., -1] >> np.uint32(tail)).any()
    np.testing.assert_array_equal(board.packed_rows(board.height - 1, 1), words[:, -1:])
    board.clear()
    board.set_packed_rows(words)
    np.testing.assert_array_equal(board.states(), states)


@pytest.mark.parametrize("topology", TOPOLOGIES)
@pytest.mark.parametrize("num_states", CIRCUITS)
def test_devices_and_numpy_make_the_same_board(num_states: int, topology: Topology) -> None:
    circuit = CIRCUITS[num_states]
    board = soup(circuit, 70, 13, num_states, topology, seed=1)
    expected = soup(circuit, 70, 13, num_states, topology, seed=1)
    there = DeviceBoard(board, circuit, jax.devices()[:1])
    told: list[int] = []
    there.advance(9, on_progress=told.append)
    assert told == sorted(set(told))
    assert told[-1] == 9
    assert board.generation == 0
    there.store()
    expected.advance(9)
    assert board.generation == there.generation == 9
    np.testing.assert_array_equal(board.states(), expected.states())


def test_ctrl_c_leaves_a_whole_generation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ca_logic.runtime.device_board._SECONDS_PER_CALL", 0.0)
    circuit = CIRCUITS[2]
    board, expected = (soup(circuit, 64, 16, 2, "torus", seed=3) for _ in range(2))
    there = DeviceBoard(board, circuit, jax.devices()[:1])

    def interrupt(done: int) -> None:
        if done == 3:
            signal.raise_signal(signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            there.advance(1000, on_progress=interrupt)
    finally:
        signal.signal(signal.SIGINT, before)
    there.store()
    assert 3 <= board.generation < 1000
    expected.advance(board.generation)
    np.testing.assert_array_equal(board.states(), expected.states())
