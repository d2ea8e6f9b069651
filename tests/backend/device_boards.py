"""Boards on JAX's devices against the plain reference: what one process checks, and what each of several does."""

from collections.abc import Sequence

import jax
import numpy as np

from ca_logic.backend.device import DeviceKernel
from ca_logic.circuit import Circuit, Netlist
from ca_logic.formats.blif import read_blif
from ca_logic.tasks import Rule, load_rule
from tests.oracles import later_states, random_states


def shipped(rule_name: str) -> tuple[Rule, Circuit]:
    """Returns a rule and the circuit that is shipped with it."""
    rule = load_rule(rule_name)
    assert rule.path is not None
    return rule, read_blif(rule.path.with_suffix(".blif").read_text(encoding="utf-8"))


def packed(states: np.ndarray, num_planes: int) -> np.ndarray:
    """Packs states bit by bit, as the layout is described, not as the package does it."""
    height, width = states.shape
    planes = np.zeros((num_planes, height, -(-width // 32)), dtype=np.uint32)
    for plane in range(num_planes):
        for x in range(width):
            planes[plane, :, x // 32] |= (states[:, x].astype(np.uint32) >> plane & 1) << np.uint32(x % 32)
    return planes


def assert_steps_like_reference(
    circuit: Netlist,
    transitions: np.ndarray,
    *,
    size: tuple[int, int],
    torus: bool,
    counts: Sequence[int],
    devices: Sequence[jax.Device] | None = None,
) -> None:
    """Advances random states by each of the counts, one after the other, on the devices and by the reference."""
    width, height = size
    num_planes = len(circuit.outputs)
    kernel = DeviceKernel(circuit, width=width, height=height, torus=torus, devices=devices)
    states = random_states(width, height, len(transitions), seed=width * height)
    board = kernel.put(packed(states, num_planes))
    for count in counts:
        board = kernel.advance(board, count)
        states = later_states(states, transitions, torus=torus, generations=count)
        # Comparing words, not states, also shows that the bits past the width are 0.
        np.testing.assert_array_equal(kernel.get(board), packed(states, num_planes))
        assert kernel.population(board) == np.count_nonzero(states)
