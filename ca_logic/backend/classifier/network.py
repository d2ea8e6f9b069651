"""A network of logic as a C function: compiled for one circuit, or the interpreter with a program for it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import UInt32

from ca_logic.backend.classifier.inputs import InputPlan
from ca_logic.backend.classifier.network_source import SLOT_MACRO, NetworkSource, render_network
from ca_logic.backend.classifier.program import program_of, render_tables
from ca_logic.circuit import LookupCircuit
from ca_logic.toolchain.library import Library, load_library, native_text
from ca_logic.toolchain.parallel_library import load_parallel_library

_PARTS_OF_UNIT = 60
"""So many parts make a translation unit; a second of compiling or less, but many times what it takes to begin one."""

_FLAGS = ("-Og",)
"""As fast as -O3 on parts that are a single line of assignments, and compiled in a fourth of the time."""


@dataclass(frozen=True, eq=False)
class Network:
    """What computes a block.

    Attributes:
        address: of a C function, a `classifier_network`.
        program: the address of what it is given, or 0.
        num_slots: the number of slots.
        outputs: the slot of each output.
        description: what it is, for people.
        owners: what must live as long as this does.
    """

    address: int
    program: int
    num_slots: int
    outputs: UInt32[np.ndarray, " outputs"]
    description: str
    owners: tuple[Any, ...]


def interpreted_network(circuit: LookupCircuit, plan: InputPlan) -> Network:
    """Returns a network that is interpreted.

    Raises:
        NoCompilerError: if there is no C compiler, which is needed once for all networks.
        ToolchainError: if the compiler fails, with its output.
    """
    library = load_interpreter()
    program = program_of(plan.place(circuit))
    given = library.ffi.new(
        "interpreter_program *",
        {
            "num_runs": len(program.runs),
            "runs": library.ffi.cast("interpreter_run *", program.runs.ctypes.data),
            "steps": library.ffi.cast("interpreter_step *", program.steps.ctypes.data),
        },
    )
    return Network(
        address=_address(library, "interpreter_compute"),
        program=int(library.ffi.cast("uintptr_t", given)),
        num_slots=program.num_slots,
        outputs=program.outputs,
        description=f"interpreter ({library.compiler.version})",
        owners=(library, program, given),
    )


def compiled_network(circuit: LookupCircuit, plan: InputPlan, *, flags: tuple[str, ...] = ()) -> Network:
    """Returns the circuit compiled for this machine, from the user's cache if it was compiled before.

    Raises:
        NoCompilerError: if there is no C compiler.
        ToolchainError: if the compiler fails, with its output.
    """
    source = render_network(circuit, plan)
    library = load_parallel_library(
        translation_units(source), header="void network(const void *program, uint64_t *slots);", flags=(*_FLAGS, *flags)
    )
    return Network(
        address=_address(library, "network"),
        program=0,
        num_slots=source.num_slots,
        outputs=source.outputs,
        description=f"compiled C ({library.compiler.version})",
        owners=(library,),
    )


def translation_units(source: NetworkSource) -> dict[str, str]:
    """Returns the C of a library that exports `network`, in units that are compiled one beside the other."""
    hidden = "\n".join([native_text("lanes.h"), "#include <stddef.h>", "#define PART", SLOT_MACRO, ""])
    units = {
        f"unit_{start}": hidden + "\n" + "\n".join(source.parts[start : start + _PARTS_OF_UNIT])
        for start in range(0, len(source.parts), _PARTS_OF_UNIT)
    }
    main = '__attribute__((visibility("default"))) ' + source.main("network")
    return {"network": "\n".join([hidden, source.declarations(), main]), **units}


def load_interpreter() -> Library:
    """Returns `native/interpreter.c` compiled."""
    return load_library("interpreter", generated={"tables.c": render_tables()})


def _address(library: Library, function: str) -> int:
    return int(library.ffi.cast("uintptr_t", library.ffi.addressof(library.functions, function)))
