"""Boards that step with a circuit, the patterns on them, and the circuits learned so far. No JAX here."""

from ca_logic.runtime.automaton import Automaton, load_automaton
from ca_logic.runtime.board import TOPOLOGIES, Board, Topology

__all__ = ["TOPOLOGIES", "Automaton", "Board", "Topology", "load_automaton"]
