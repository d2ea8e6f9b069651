"""Isotropic classes of the eight neighbours, by their Hensel letters.

Neighbours that can be turned or mirrored into one another are one class. A class is written as the number
of live neighbours and a letter, such as `2a`; with 0 or 8 live neighbours there is one class and no letter.
The letters are Alan Hensel's, as in Golly (Help, "QuickLife").
"""

import functools

import numpy as np

from ca_logic.tasks.neighbourhood import NUM_RINGS, live_neighbours, ring_of, symmetries

# One neighbourhood of each class with up to four live neighbours; the centre, of value 16, is dead.
_EXAMPLES: dict[int, dict[str, int]] = {
    0: {"": 0},
    1: {"c": 1, "e": 2},
    2: {"a": 3, "c": 5, "e": 10, "i": 40, "k": 33, "n": 68},
    3: {"a": 11, "c": 69, "e": 42, "i": 7, "j": 14, "k": 98, "n": 13, "q": 70, "r": 41, "y": 97},
    4: {
        "a": 15, "c": 325, "e": 170, "i": 45, "j": 106, "k": 99, "n": 71,
        "q": 102, "r": 43, "t": 105, "w": 78, "y": 101, "z": 108,
    },
}  # fmt: skip
_ALL_NEIGHBOURS = 0b111101111

HenselClass = tuple[int, str]
"""Number of live neighbours and letter."""


def letters_of(count: int) -> str:
    """Returns the letters of the classes with so many live neighbours, alphabetically; "" for 0 and 8."""
    return "".join(sorted(_EXAMPLES[min(count, 8 - count)]))


@functools.cache
def hensel_classes() -> tuple[HenselClass, ...]:
    """Returns for each of the 256 rings its class."""
    orbits = symmetries()
    classes: list[HenselClass] = [(0, "")] * NUM_RINGS
    for count, examples in _EXAMPLES.items():
        for letter, example in examples.items():
            for ring in ring_of(orbits[:, example]).tolist():
                classes[ring] = (count, letter)
            # With more than four live neighbours a letter means the complement of its class below four.
            if count < 4:
                for ring in ring_of(orbits[:, example ^ _ALL_NEIGHBOURS]).tolist():
                    classes[ring] = (8 - count, letter)
    return tuple(classes)


def is_isotropic(ring_table: np.ndarray) -> bool:
    """Tells whether a function of the 256 rings is the same on each whole class."""
    values: dict[HenselClass, int] = {}
    pairs = zip(hensel_classes(), ring_table.tolist(), strict=True)
    return all(values.setdefault(own, value) == value for own, value in pairs)


def is_totalistic(ring_table: np.ndarray, neighbours: tuple[str, ...]) -> bool:
    """Tells whether a function of the 256 rings depends on nothing but how many of those neighbours are live."""
    counts = live_neighbours(neighbours)
    return all(len(np.unique(ring_table[counts == count])) == 1 for count in range(len(neighbours) + 1))
