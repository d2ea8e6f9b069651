"""Film an automaton with a shaky camera, forget its rule, and find it again from the film.

python demos/rule_from_frames.py
"""

from ca_logic.learning.device import compiled_programs_kept
from ca_logic.pipeline import learn_frames
from ca_logic.runtime import load_automaton
from ca_logic.runtime.frames import record_frames
from ca_logic.tasks import load_rule
from ca_logic.tasks.observation import observe


def main() -> None:
    """Records, observes, learns."""
    board = load_automaton(load_rule("life")).board(64, 64, topology="torus")
    board.fill_randomly(0.5, seed=1)
    frames = record_frames(board, 100, noise=0.01, seed=1)

    observation = observe(frames, on_progress=print)
    print(f"{observation.num_observations:,} observations of {observation.seen.sum()} neighbourhoods")
    print(f"{observation.contradictions:,} contradict the majority; {observation.corrected:,} cells taken for flipped")

    with compiled_programs_kept():
        found = learn_frames(observation)
    print(f"{found.num_seen} rows seen, {found.num_assumed} assumed, {len(found.free)} free")
    print(f"the rule is {found.learned.rule.title}, {found.learned.rule.rulestring}")
    print(f"its circuit has {found.learned.circuit.num_gates} gates: {found.learned.proof}")


if __name__ == "__main__":
    main()
