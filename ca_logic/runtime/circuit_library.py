"""The circuits learned so far: those shipped beside the rules, and the user's own, one a rule, the newest.

What is read is proved equal to its rule before anybody uses it.
"""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ca_logic.circuit import Circuit
from ca_logic.circuit.blif import read_blif, write_blif
from ca_logic.errors import CaLogicError, CircuitError, CircuitNotFoundError, RuleError
from ca_logic.files import library_path, make_private_folder, write_atomically
from ca_logic.synthesis import prove_equivalent
from ca_logic.tasks import Rule, load_rule
from ca_logic.tasks.neighbourhood import CELLS


@dataclass(frozen=True)
class StoredCircuit:
    """A circuit that was learned for a rule, and where it was found.

    Attributes:
        circuit: proved equal to the rule.
        origin: `learned` by this user, `shipped` with the program, or `supplied` beside a rule file.
        path: its file.
    """

    circuit: Circuit
    origin: str
    path: Path

    @property
    def description(self) -> str:
        """What it is, for people."""
        return f"{self.origin} circuit of {self.circuit.num_gates} gates ({self.path})"


def find_circuit(rule: Rule, *, on_warning: Callable[[str], None] = lambda _: None) -> StoredCircuit:
    """Returns the circuit that the user learned last for the rule, else the shipped one.

    A file that is damaged, or not equal to the rule, is passed over with a warning.

    Raises:
        CircuitNotFoundError: if there is none, saying how to learn one.
    """
    for origin, path in _places(rule):
        if not path.is_file():
            continue
        try:
            circuit = read_blif(path.read_text(encoding="utf-8"))
            if circuit.inputs != CELLS:
                raise CircuitError(f"circuit {circuit.name!r} has other inputs than {' '.join(CELLS)}.")
            prove_equivalent(circuit, rule.table[None, :])
        except (CaLogicError, OSError, UnicodeDecodeError) as error:
            on_warning(f"passing over {path}: {error}")
        else:
            return StoredCircuit(circuit, origin, path)
    raise CircuitNotFoundError(
        f"no circuit has been learned for {rule.name} yet; learn it first: python -m ca_logic learn {rule.spelling}"
    )


def store_circuit(rule: Rule, circuit: Circuit, *, comments: Sequence[str] = ()) -> Path:
    """Keeps the circuit as the newest that the user learned for the rule; returns its file.

    Raises:
        OutputError: if the user's folder cannot be written to.
    """
    path = make_private_folder(library_path()) / f"{rule.slug}.blif"
    write_atomically(path, write_blif(circuit, comments=comments))
    return path


def list_learned_rules() -> list[Rule]:
    """Returns the rules that the user has learned a circuit for, by rulestring."""
    rules = []
    for path in sorted(library_path().glob("*.blif")):
        with contextlib.suppress(RuleError):
            rules.append(load_rule(path.stem.replace("_", "/")))
    return rules


def _places(rule: Rule) -> list[tuple[str, Path]]:
    places = [("learned", library_path() / f"{rule.slug}.blif")]
    if rule.path:
        places.append(("shipped" if rule.is_shipped else "supplied", rule.path.with_suffix(".blif")))
    return places
