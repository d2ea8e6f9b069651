"""Patterns onto boards."""

from ca_logic.errors import BoardError
from ca_logic.runtime.board import Board
from ca_logic.runtime.pattern.pattern import Pattern, cell_blocks, extent


def place_pattern(board: Board, pattern: Pattern) -> None:
    """Places the pattern on the board: where it says, else in the middle, as Golly does.

    Raises:
        BoardError: if it does not fit.
    """
    height, width = extent(pattern.runs)
    if width > board.width or height > board.height:
        raise BoardError(
            f"pattern {pattern.name!r} is {width}x{height}, larger than the board of {board.width}x{board.height}; "
            "choose a larger --size."
        )
    if pattern.position:
        x, y = board.width // 2 + pattern.position[0], board.height // 2 + pattern.position[1]
    else:
        # A stated size that is larger than the board counts for nothing.
        x = max(0, board.width // 2 - pattern.width // 2)
        y = max(0, board.height // 2 - pattern.height // 2)
    for cells in cell_blocks(pattern.runs):
        board.place(cells, x, y)
    board.generation = pattern.generation
