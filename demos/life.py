"""Watch a rule in a window, on the circuit that was learned for it. No JAX needed.

python demos/life.py [RULE]

Enter starts and stops, ? shows all keys, e shows the rule to be clicked together, l learns it.
"""

import sys

from ca_logic.runtime import load_automaton
from ca_logic.tasks import load_rule
from ca_logic.visualizer.app import Window, WindowOptions, run
from ca_logic.visualizer.board_screen import BoardScreen
from ca_logic.visualizer.session.session import Session
from ca_logic.visualizer.settings import Settings


def main(rule_name: str = "life", *, frames: int | None = None) -> None:
    """Opens a window on a soup, and runs it until the window is closed."""
    automaton = load_automaton(load_rule(rule_name), on_warning=print)
    board = automaton.board(1024, 640)
    board.fill_randomly(0.3, seed=1)
    session = Session(automaton, board)
    session.toggle_running()

    options = WindowOptions(1280, 800, frames=frames)
    window = Window(options)
    try:
        run(window, BoardScreen(session, Settings(), on_full_screen=window.toggle_full_screen), options)
    finally:
        window.close()
    shown = session.board
    print(f"generation {shown.generation}, population {shown.population}, {session.automaton.stored.description}")


if __name__ == "__main__":
    main(*sys.argv[1:2])
