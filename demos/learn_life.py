"""Learn the Game of Life, then watch a glider fly on the circuit that came out of the network.

python demos/learn_life.py
"""

from ca_logic.learning.device import compiled_programs_kept
from ca_logic.learning.training import Progress
from ca_logic.pipeline import learn_rule
from ca_logic.runtime import Board
from ca_logic.runtime.automaton import best_kernel
from ca_logic.runtime.pattern import load_pattern, place_pattern
from ca_logic.tasks import load_rule


def show_progress(progress: Progress) -> None:
    """Prints how far the hard network is from the rule."""
    print(f"step {progress.step:4d}: {progress.wrong_rows:3d} of {progress.num_rows} neighbourhoods wrong")


def main() -> None:
    """Learns, proves, compiles, runs."""
    with compiled_programs_kept():
        learned = learn_rule(load_rule("life"), seed=4, on_progress=show_progress)
    print(f"{learned.proof}; {learned.extracted.num_gates} gates became {learned.circuit.num_gates}")

    kernel = best_kernel(learned.circuit, on_warning=print)
    board = Board(16, 8, topology="torus", kernel=kernel)
    place_pattern(board, load_pattern("glider"))
    for _ in range(3):
        print(f"\ngeneration {board.generation}, by {kernel.description}")
        print("\n".join("".join(" #"[cell] for cell in row) for row in board.cells().astype(int)))
        board.advance(4)


if __name__ == "__main__":
    main()
