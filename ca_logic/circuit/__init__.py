"""The waist of the project: `Circuit`, how to build one, simulate it, and exchange it with other tools."""

from ca_logic.circuit.builder import CircuitBuilder
from ca_logic.circuit.netlist import AnyCircuit, Circuit, LookupCircuit, Netlist, remove_dead_gates
from ca_logic.circuit.simulation import InputVectors, output_functions, signal_functions, simulate, truth_tables

__all__ = [
    "AnyCircuit",
    "Circuit",
    "CircuitBuilder",
    "InputVectors",
    "LookupCircuit",
    "Netlist",
    "output_functions",
    "remove_dead_gates",
    "signal_functions",
    "simulate",
    "truth_tables",
]
