"""Circuits to be drawn, and panels drawn in memory."""

import numpy as np
import pygame
from hypothesis import strategies as st

from ca_logic.circuit import Circuit, Netlist, remove_dead_gates
from ca_logic.gates import Gate
from ca_logic.runtime.circuit_library import find_circuit
from ca_logic.tasks import load_rule
from ca_logic.visualizer.painter import DARK, Painter, Style
from ca_logic.visualizer.panel import Panel
from tests.formats.lookups import lookup_circuits
from tests.strategies import circuits

netlists: st.SearchStrategy[Netlist] = st.one_of(circuits(max_gates=25), lookup_circuits())

SURROUND = (1, 2, 3)


def shipped(rule: str) -> Circuit:
    return find_circuit(load_rule(rule)).circuit


def random_circuit(num_gates: int, *, seed: int = 0) -> Circuit:
    """A circuit of nine inputs and about so many gates, each of which reads mostly what is near."""
    random = np.random.default_rng(seed)
    signals = np.arange(10, 10 + num_gates)
    fanins = np.maximum(1, signals[:, None] - 1 - random.exponential(12, (num_gates, 2)).astype(int))
    gates = random.choice([Gate.AND, Gate.OR, Gate.XOR, Gate.A_AND_NOT_B], num_gates)
    inputs = tuple(f"x{number}" for number in range(9))
    return remove_dead_gates(Circuit("random", inputs, ("y",), gates, fanins, signals[-1:]))


def large_circuit(num_inputs: int = 500, num_gates: int = 2000) -> Circuit:
    random = np.random.default_rng(7)
    fanins = random.integers(1, 1 + num_inputs + np.arange(num_gates)[:, None], (num_gates, 2))
    return Circuit(
        name="large",
        inputs=tuple(f"x{number}≥64" for number in range(num_inputs)),
        outputs=("y",),
        gates=random.choice([Gate.AND, Gate.OR, Gate.XOR], num_gates),
        fanins=fanins,
        drivers=np.array([num_inputs + num_gates]),
    )


def drawn(panel: Panel, size: tuple[int, int], style: Style = DARK) -> np.ndarray:
    """The pixels of a panel, 20 of its surroundings on each side included: uint8[width, height, 3]."""
    surface = pygame.Surface((size[0] + 40, size[1] + 40))
    surface.fill(SURROUND)
    panel.draw(Painter(surface, style), pygame.Rect(20, 20, *size))
    return pygame.surfarray.array3d(surface)
