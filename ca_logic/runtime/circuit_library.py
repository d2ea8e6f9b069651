"""The circuits learned so far: those shipped beside the rules, and the user's own, the newest for each rule.

That is the smallest circuit, for people to read, and beside it, if there is one, a circuit of fewer gates a row, for
kernels to run. What is read is proved equal to its rule before anybody uses it.
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
from ca_logic.synthesis.row_sharing import num_gates_a_row
from ca_logic.tasks import Rule, list_rules
from ca_logic.tasks.neighbourhood import CELLS
from ca_logic.tasks.rule import MAX_LEARNED_STATES, rule_of_slug

_SUFFIX, _ROWS_SUFFIX = ".blif", ".rows.blif"
"""Of the files of the smallest circuit, and of the one of few gates a row. No name of a rule has a dot."""

_SHORT_PROOF_ROWS = 1 << 20


@dataclass(frozen=True)
class StoredCircuit:
    """A circuit that was learned for a rule, and where it was found.

    Attributes:
        circuit: the smallest; proved equal to the rule.
        row_circuit: the one to be run, proved as well: a kernel evaluates few of its gates for each row of a board.
            It is `circuit` if there is no better one.
        origin: `learned` by this user, `shipped` with the program, or `supplied` beside a rule file.
        path: the file of `circuit`.
    """

    circuit: Circuit
    row_circuit: Circuit
    origin: str
    path: Path

    @property
    def num_gates_a_row(self) -> int:
        """How many gates a kernel evaluates for each row of a board."""
        return num_gates_a_row(self.row_circuit)

    @property
    def description(self) -> str:
        """What it is, for people."""
        return f"{self.origin} circuit of {self.circuit.num_gates} gates, {self.num_gates_a_row} a row ({self.path})"


def find_circuit(rule: Rule, *, on_warning: Callable[[str], None] = lambda _: None) -> StoredCircuit:
    """Returns the circuit that the user learned last for the rule, else the shipped one.

    A file that is damaged, or not equal to the rule, is passed over with a warning.

    Raises:
        CircuitNotFoundError: if there is none, saying how to learn one, or why that cannot be.
    """
    for origin, path in _places(rule):
        circuit = _read_proved(path, rule, on_warning)
        if circuit is not None:
            other = _read_proved(path.with_suffix(_ROWS_SUFFIX), rule, on_warning)
            row_circuit = circuit if other is None else min(circuit, other, key=num_gates_a_row)
            return StoredCircuit(circuit, row_circuit, origin, path)
    if rule.num_states > MAX_LEARNED_STATES:
        raise CircuitNotFoundError(
            f"{rule.name} has {rule.num_states} states; rules of up to {MAX_LEARNED_STATES} can be learned and run."
        )
    raise CircuitNotFoundError(
        f"no circuit has been learned for {rule.name} yet; learn it first: python -m ca_logic learn {rule.spelling}"
    )


def store_circuit(
    rule: Rule,
    circuit: Circuit,
    *,
    row_circuit: Circuit | None = None,
    comments: Sequence[str] = (),
    row_comments: Sequence[str] = (),
) -> Path:
    """Keeps the circuit as the newest that the user learned for the rule; returns its file.

    Args:
        rule: what the circuit computes.
        circuit: the smallest.
        row_circuit: another one for kernels; kept beside it if it has fewer gates a row.
        comments: the first lines of the file.
        row_comments: those of the other file.

    Raises:
        OutputError: if the user's folder cannot be written to.
    """
    path = make_private_folder(library_path()) / f"{rule.slug}{_SUFFIX}"
    rows_path = path.with_suffix(_ROWS_SUFFIX)
    # First of all, so that it never stands beside another circuit than the one that it was made from.
    try:
        rows_path.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"cannot remove {rows_path}: {error.strerror}.") from None
    write_atomically(path, write_blif(circuit, comments=comments))
    if row_circuit is not None and num_gates_a_row(row_circuit) < num_gates_a_row(circuit):
        write_atomically(rows_path, write_blif(row_circuit, comments=row_comments))
    return path


def list_learned_rules() -> list[Rule]:
    """Returns the rules that the user has learned a circuit for, by file name.

    A rule that no rulestring says, and that the program does not ship, is known by its own file only.
    """
    shipped = {rule.slug: rule for rule in list_rules()}
    rules = []
    for path in sorted(library_path().glob(f"*{_SUFFIX}")):
        if path.name.endswith(_ROWS_SUFFIX):
            continue
        with contextlib.suppress(RuleError):
            rules.append(shipped.get(path.stem) or rule_of_slug(path.stem))
    return rules


def _read_proved(path: Path, rule: Rule, on_warning: Callable[[str], None]) -> Circuit | None:
    """Returns the circuit in a file, or None if there is no such file, or, with a warning, if it is not the rule."""
    if not path.is_file():
        return None
    try:
        text = path.read_text(encoding="utf-8")
        circuit = read_blif(text)
        _require_proof(circuit, rule, text)
    except (CaLogicError, OSError, UnicodeDecodeError) as error:
        on_warning(f"passing over {path}: {error}")
        return None
    return circuit


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
    places = [("learned", library_path() / f"{rule.slug}{_SUFFIX}")]
    if rule.path:
        places.append(("shipped" if rule.is_shipped else "supplied", rule.path.with_suffix(_SUFFIX)))
    return places
