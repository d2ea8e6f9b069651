"""Run a soup of random cells on the circuit that was learned for a rule, and see how it ages. No JAX needed.

python demos/run_soup.py [RULE]
"""

import sys
import time

from ca_logic.runtime import load_automaton
from ca_logic.tasks import load_rule


def main(rule_name: str = "life") -> None:
    """Steps a torus of a million cells and prints its population now and then."""
    automaton = load_automaton(load_rule(rule_name), on_warning=print)
    print(automaton.stored.description)

    board = automaton.board(1024, 1024, topology="torus")
    board.fill_randomly(0.5, seed=1)
    for generations in (0, 1, 9, 90, 900):
        started = time.perf_counter()
        board.advance(generations)
        seconds = time.perf_counter() - started
        print(f"generation {board.generation:5d}: population {board.population:7d}, {seconds * 1000:6.1f} ms")


if __name__ == "__main__":
    main(*sys.argv[1:2])
