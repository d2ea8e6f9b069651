"""Circuits in files for the verbs that read them, and a Ctrl-C at a chosen moment."""

from pathlib import Path

from ca_logic.circuit import Circuit, CircuitBuilder
from ca_logic.circuit.netlist import Netlist
from ca_logic.formats import format_of_path, render_circuit
from ca_logic.gates import Gate


def save(circuit: Netlist, path: Path) -> Path:
    """Writes the circuit in the format that the path's suffix says, and returns the path."""
    path.write_bytes(render_circuit(circuit, format_of_path(path)))
    return path


def two_input_circuit(gate: Gate, *, inputs: tuple[str, str] = ("a", "b"), output: str = "y") -> Circuit:
    """Returns a circuit of one gate."""
    builder = CircuitBuilder(inputs, name="gate")
    return builder.build({output: builder.add(gate, 1, 2)})


INTERRUPTED = """
import os, signal, sys
import {module} as module

# A shell that starts the tests in the background has Ctrl-C ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
left = {times}

def interrupt():
    global left
    if left:
        left -= 1
        os.kill(os.getpid(), signal.SIGINT)

{moment}

from ca_logic.__main__ import main
sys.exit(main())
"""
"""A script that runs the command line and sends itself `times` Ctrl-C when the code `moment` calls interrupt()."""

BEFORE_CALL = """
original = module.{name}

def interrupt_and_call(*args, **options):
    interrupt()
    return original(*args, **options)

module.{name} = interrupt_and_call
"""
"""A moment: right before a function of the module is called."""
