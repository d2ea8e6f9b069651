"""`Side`: which panel is at the right side of the board."""

from enum import Enum


class Side(Enum):
    """What is shown at the right side."""

    NOTHING = "nothing"
    RULE = "rule"
    LESSON = "lesson"
    CIRCUIT = "circuit"
