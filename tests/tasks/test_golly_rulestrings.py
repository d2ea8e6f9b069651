"""Golly's bgolly as an independent judge of rulestrings: which there are, how they are named, and what they do."""

import random
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from ca_logic.errors import RulestringError
from ca_logic.tasks.naming import simplest_rulestring
from ca_logic.tasks.rulestring import encode_map, grow_states, parse_rulestring
from tests.oracles import next_states, random_table

pytestmark = pytest.mark.skipif(
    shutil.which("bgolly") is None, reason="bgolly is not installed; on Debian: apt install golly"
)

SIZE = 96
LIFE = "MAPARYXfhZofugWaH7oaIDogBZofuhogOiAaIDogIAAgAAWaH7oaIDogGiA6ICAAIAAaIDogIAAgACAAIAAAAAAAA"
CALLAHAN = "MAPFAMgVwhXAP4AP4B+gH4A6A"
"""A hexagonal rule."""

LETTERS = ["", "ce", "aceikn", "aceijknqry", "aceijknqrtwyz", "aceijknqry", "aceikn", "ce", ""]
"""Those of each count."""


def run_bgolly(rule: str, states: np.ndarray, folder: Path, *, generations: int = 1) -> str | None:
    """Returns the RLE of what the states become, or None if bgolly does not take the rule."""
    base = rule.partition(":")[0]
    is_map = base.strip(" ")[:3].lower() == "map"
    # A slash is a character of base64, too.
    is_generations = re.search(r"/\d+$", base) if is_map else len(re.findall("[/_]", base)) > 1
    before, after = folder / "before.rle", folder / "after.rle"
    # What the file names must be a rule of the algorithm, and is replaced by what -r names.
    algorithm, other = ("Generations", "345/2/24") if is_generations else ("QuickLife", "B3/S23")
    height, width = states.shape
    header = f"#CXRLE Pos={-(width // 2)},{-(height // 2)}\nx = {width}, y = {height}, rule = {other}\n"
    rows = ["".join(".ABCDEFGHIJKLMNOPQRSTUVWX"[state] for state in row) for row in states.tolist()]
    before.write_text(header + "$\n".join(rows) + "!\n", encoding="utf-8")
    after.unlink(missing_ok=True)
    command = ["bgolly", "-q", "-q", "-a", algorithm, "-m", str(generations), "-o", str(after), "-r", rule, str(before)]
    subprocess.run(command, check=False, capture_output=True, timeout=60)
    return after.read_text(encoding="utf-8") if after.exists() else None


def canonical_by_bgolly(rule: str, folder: Path) -> str | None:
    after = run_bgolly(rule, np.ones((1, 1), dtype=np.uint8), folder, generations=0)
    return None if after is None else str(re.findall("rule = (.*)", after)[0])


def canonical_by_ca_logic(rule: str) -> str | None:
    try:
        parsed = parse_rulestring(rule)
    except RulestringError:
        return None
    return parsed.canonical + (f":{parsed.grid.canonical}" if parsed.grid else "")


def assert_named_alike(rule: str, folder: Path) -> None:
    ours, theirs = canonical_by_ca_logic(rule), canonical_by_bgolly(rule, folder)
    assert (ours is None) == (theirs is None), (rule, ours, theirs)
    if not repeats_a_count_with_letters(rule):
        assert ours == theirs, rule


def repeats_a_count_with_letters(rule: str) -> bool:
    """Tells whether Golly may name another rule than it runs: counts twice on a side, with letters."""
    base = rule.partition(":")[0].replace(" ", "").lower()
    # Without a slash both letters divide it, and one alone stands anywhere.
    divider = "[/_]" if re.search("[/_]", base) or not {"b", "s"} <= set(base) else "[bs]"
    sides = [re.findall("[0-8]", side) for side in re.split(divider, base)]
    return bool(re.search("[-acijknqrtwyze]", base)) and any(len(set(side)) < len(side) for side in sides)


def soup_of(num_states: int) -> np.ndarray:
    """Returns a board on which every two-state neighbourhood is found with all that dead cells may be."""
    rng = np.random.default_rng(1)
    dead = [state for state in range(num_states) if state != 1]
    soup = np.where(rng.random((SIZE, SIZE)) < 0.5, 1, rng.choice(dead, (SIZE, SIZE)))
    live = soup == 1
    shifts = [(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
    numbers = sum(np.roll(live, shift, (0, 1)).astype(int) << place for place, shift in enumerate(shifts))
    assert len(np.unique(numbers)) == 512
    return soup.astype(np.uint8)


def decode(rle: str) -> np.ndarray:
    """Returns the cells of an RLE within their bounding box."""
    rows: list[list[int]] = [[]]
    body = rle.partition("rule = ")[2].partition("\n")[2].partition("!")[0]
    for count, tag in re.findall(r"(\d*)([$.A-Xbo])", body):
        if tag == "$":
            rows += [[] for _ in range(int(count or 1))]
        else:
            state = {"b": 0, "o": 1, ".": 0}.get(tag, ord(tag) - ord("A") + 1)
            rows[-1] += [state] * int(count or 1)
    width = max(map(len, rows))
    return within_bounding_box(np.array([row + [0] * (width - len(row)) for row in rows], dtype=np.uint8))


def within_bounding_box(states: np.ndarray) -> np.ndarray:
    cells = np.argwhere(states)
    (top, left), (bottom, right) = cells.min(axis=0), cells.max(axis=0)
    box: np.ndarray = states[top : bottom + 1, left : right + 1]
    return box


def assert_runs_alike(rule: str, folder: Path) -> None:
    """Asserts that a soup in which every neighbourhood is there becomes the same in bgolly."""
    transitions = parse_rulestring(rule).transitions
    soup = soup_of(len(transitions))
    expected = next_states(soup, transitions, torus=True)
    after = run_bgolly(f"{rule}:T{SIZE},{SIZE}", soup, folder)
    assert after is not None, rule
    np.testing.assert_array_equal(decode(after), within_bounding_box(expected), err_msg=rule)


def counts(choose: random.Random) -> str:
    """Returns one side of a rulestring: counts, some with letters, of which few are not theirs."""
    text = ""
    for count in choose.sample(range(9), choose.randrange(5)):
        most = len(LETTERS[count])
        letters = "".join(choose.sample(LETTERS[count], choose.choice([0, 0, 0, min(1, most), min(2, most), most])))
        if choose.random() < 0.02:
            letters += choose.choice(LETTERS[4])
        repeated = choose.choice(["", "", "", "", "", str(count)])
        text += f"{count}{choose.choice(['', '-']) if letters else ''}{letters}{repeated}"
    return text


def rulestrings(choose: random.Random, number: int) -> Iterator[str]:
    """Yields texts that are rulestrings, or nearly."""
    alphabets = ["BS/0123456789", "bs/_012345678-acekinjqrytwzhv ", "BS//23HV345", "2345/B/S_acekin-4"]
    forms = ["B{}/S{}", "b{}s{}", "S{}/B{}", "{}/{}", "B{}_S{}", "{}/{}/5", "B{}/S{}/3"]
    for _ in range(number):
        yield "".join(choose.choices(choose.choice(alphabets), k=choose.randrange(1, 14)))
        yield choose.choice(forms).format(counts(choose), counts(choose)) + choose.choice([""] * 9 + [*"HVhv"])
        plain = ["".join(choose.choices("01234", k=choose.randrange(5))) for _ in "bs"]
        yield choose.choice(forms).format(*plain) + choose.choice("HVhv ")


def test_generated_rulestrings_are_taken_and_named_as_bgolly_does(tmp_path: Path) -> None:
    texts = list(rulestrings(random.Random(1), 200))
    taken = [text for text in texts if canonical_by_ca_logic(text) is not None]
    assert len(texts) / 4 < len(taken) < len(texts) * 3 / 4
    assert sum(map(repeats_a_count_with_letters, taken)) < len(taken) / 4
    for text in texts:
        # With B or S in the place of the number of states it is QuickLife's answer that counts: one slash too many.
        if not re.search("[/_].*[/_].*[BSbs]", text):
            assert_named_alike(text, tmp_path)


def test_generated_grids_are_taken_and_named_as_bgolly_does(tmp_path: Path) -> None:
    choose = random.Random(2)
    texts = ["".join(choose.choices("TPKCS,*+-0123456789 ", k=choose.randrange(9))) for _ in range(100)]
    for _ in range(250):
        topology = choose.choice("TTPKKCStkpcs")
        sizes = ["0", "1", "7", "30", "64", "64"]
        stars = ["", "*"] if topology in "Kk" else [""] * 9 + ["*"]
        shifts = ["", "", "", "+3", "-5", "+64", "+"]
        sides = [choose.choice(sizes) + choose.choice(stars) + choose.choice(shifts) for _ in "wh"]
        texts.append(topology + choose.choice([",".join(sides), ",".join(sides), sides[0]]))
    taken = [text for text in texts if canonical_by_ca_logic(f"B3/S23:{text}") is not None]
    assert len(texts) / 4 < len(taken) < len(texts) * 3 / 4
    for text in texts:
        assert_named_alike(f"B3/S23:{text}", tmp_path)


@pytest.mark.parametrize(
    "rule",
    ["w30", "W 1 1 0", "W256", "W31", "W030", "W", "W1a", "MAPARYXfg", "mapARYXfg", "MAPARYXfg==", "MAPARYX", "MAP",
     "MAPARYXf*", LIFE, f"{LIFE}==", f"{LIFE}A", f"{LIFE}/5", f"{LIFE}==/5", "MAPARYXfg/3", f"{CALLAHAN}/3",
     CALLAHAN, "345/2/4", "B2/S345/4", "S345/B2/4", "b2s345/4", "345/2/1", "345/2/256", "345/2/257", "345/02/4",
     "345/2/4H", "34/2/4V", "35/2/4V", "3/2/4HV", "B3/S23H/4", "B3/S23/C4", "BS23", "sb3",
     "B3/S23:", ""],
)  # fmt: skip
def test_rulestrings_of_every_kind_are_taken_and_named_as_bgolly_does(rule: str, tmp_path: Path) -> None:
    assert_named_alike(rule, tmp_path)


@pytest.mark.parametrize(
    "rule",
    ["B3/S23", "B2-a/S12", "B3e4ejr5cinqy6-ei78/S012-e3-aj", "B2n3/S23-q", "B2/S34H", "B2/S013V", "W30", "W110",
     "W254", "MAPARYXfg", LIFE, "345/2/4", "/2/3", "2/13/21", "2/2/4V", "34/2/5H", "2-a/3ij/7", "B2/S345/4",
     f"{LIFE}/6", "MAPARYXfg/3", "MAPAwM/Pw", CALLAHAN],
)  # fmt: skip
def test_a_rule_does_what_it_does_in_bgolly(rule: str, tmp_path: Path) -> None:
    assert_runs_alike(rule, tmp_path)


def test_every_letter_means_what_it_means_in_bgolly(tmp_path: Path) -> None:
    for count, letters in enumerate(LETTERS):
        for letter in letters:
            assert_runs_alike(f"B{count}{letter}/S{count}-{letter}", tmp_path)


@pytest.mark.parametrize("rule", ["B22a/S", "B2a2/S", "3b3q", "B/S33a1-", "6a6-aa/5-22-ickaa/5", "101/4n5kenae4-a/5"])
def test_a_count_repeated_with_letters_does_what_it_does_in_bgolly(rule: str, tmp_path: Path) -> None:
    assert repeats_a_count_with_letters(rule)
    assert_runs_alike(rule, tmp_path)
    assert_runs_alike(parse_rulestring(rule).canonical, tmp_path)


def test_bits_beyond_the_table_of_a_map_are_kept_by_bgolly_and_cleared_here(tmp_path: Path) -> None:
    spelled = f"{LIFE[:-1]}P"
    assert canonical_by_bgolly(spelled, tmp_path) == spelled
    assert canonical_by_ca_logic(spelled) == LIFE
    assert_runs_alike(spelled, tmp_path)


@pytest.mark.parametrize("states", [2, 3, 5])
@pytest.mark.parametrize("cells", [9, 7, 5])
def test_a_random_map_does_what_it_does_in_bgolly(states: int, cells: int, tmp_path: Path) -> None:
    for seed in range(4):
        rule = encode_map(random_table(seed, row_0=0)[: 1 << cells]) + ("" if states == 2 else f"/{states}")
        assert_runs_alike(rule, tmp_path)


@pytest.mark.parametrize("states", [2, 4])
def test_the_plainest_rulestring_of_a_random_table_is_canonical_in_bgolly(states: int, tmp_path: Path) -> None:
    for seed in range(10):
        live = random_table(seed, row_0=0).reshape(2, 256)
        rule = simplest_rulestring(live if states == 2 else grow_states(live, states))
        assert rule is not None
        assert canonical_by_bgolly(rule, tmp_path) == rule
