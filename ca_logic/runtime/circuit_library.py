"""The circuits learned so far: those shipped beside the rules, and the user's own, one a rule, the newest.

What is read is proved equal to its rule before anybody uses it.
"""

import contextlib
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ca_logic.circuit import Circuit
from ca_logic.errors import CaLogicError, CircuitNotFoundError, OutputError, RuleError
from ca_logic.files import cache_path, is_private, library_path, make_private_folder, write_atomically
from ca_logic.formats.blif import read_blif, write_blif
from ca_logic.synthesis import prove_rule
from ca_logic.tasks import Rule, list_rules
from ca_logic.tasks.neighbourhood import CELLS
from ca_logic.tasks.rule import MAX_LEARNED_STATES, rule_of_slug

_SHORT_PROOF_ROWS = 1 << 20


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
        CircuitNotFoundError: if there is none, saying how to learn one, or why that cannot be.
    """
    for origin, path in _places(rule):
        if not path.is_file():
            continue
        try:
            text = path.read_text(encoding="utf-8")
            circuit = read_blif(text)
            _require_proof(circuit, rule, text)
        except (CaLogicError, OSError, UnicodeDecodeError) as error:
            on_warning(f"passing over {path}: {error}")
        else:
            return StoredCircuit(circuit, origin, path)
    if rule.num_states > MAX_LEARNED_STATES:
        raise CircuitNotFoundError(
            f"{rule.name} has {rule.num_states} states; rules of up to {MAX_LEARNED_STATES} can be learned and run."
        )
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
    """Returns the rules that the user has learned a circuit for, by file name.

    A rule that no rulestring says, and that the program does not ship, is known by its own file only.
    """
    shipped = {rule.slug: rule for rule in list_rules()}
    rules = []
    for path in sorted(library_path().glob("*.blif")):
        with contextlib.suppress(RuleError):
            rules.append(shipped.get(path.stem) or rule_of_slug(path.stem))
    return rules


def _require_proof(circuit: Circuit, rule: Rule, text: str) -> None:
    """Proves the circuit equal to the rule, or finds that the same text was proved before.

    A proof over the 2^27 neighbourhoods of eight states takes a second or two, too long for each run; it is noted in
    the user's private cache. Short proofs are made each time.

    Raises:
        EquivalenceError: if the circuit is not the rule.
    """
    if rule.num_states ** len(CELLS) <= _SHORT_PROOF_ROWS:
        prove_rule(circuit, rule)
        return
    folder = cache_path("proofs")
    digest = hashlib.sha256(rule.transitions.tobytes() + text.encode()).hexdigest()
    if is_private(folder) and (folder / digest).exists():
        return
    prove_rule(circuit, rule)
    with contextlib.suppress(OutputError):
        write_atomically(make_private_folder(folder) / digest, "")


def _places(rule: Rule) -> list[tuple[str, Path]]:
    places = [("learned", library_path() / f"{rule.slug}.blif")]
    if rule.path:
        places.append(("shipped" if rule.is_shipped else "supplied", rule.path.with_suffix(".blif")))
    return places
