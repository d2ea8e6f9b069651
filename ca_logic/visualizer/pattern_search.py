"""What of the pattern library fits what somebody types."""

from collections.abc import Sequence

from ca_logic.runtime.pattern import ShippedPattern


def find_patterns(library: Sequence[ShippedPattern], text: str) -> list[ShippedPattern]:
    """Returns the patterns in which all words of a text occur, those first whose names fit it best.

    Words are sought in all that is known of a pattern, its rule and its period too; large and small letters are alike.
    """
    words = [_letters(word) for word in text.split()]
    found = [pattern for pattern in library if all(word in _text_of(pattern) for word in words)]
    return sorted(found, key=lambda pattern: _distance(pattern, words))


def _text_of(pattern: ShippedPattern) -> str:
    parts = (pattern.name, pattern.key, pattern.origin, pattern.rule, pattern.description, pattern.behaviour)
    return " ".join(_letters(word) for part in parts for word in part.split()) + " " + _letters(pattern.name)


def _letters(text: str) -> str:
    """Returns a word without hyphens, so that `rpent` is found as well as `r-pent`."""
    return text.casefold().replace("-", "").replace("'", "").replace(" ", "")


def _distance(pattern: ShippedPattern, words: list[str]) -> int:
    """Returns how far a pattern is from what is sought: 0 if it bears that name, 3 if only its text has it."""
    name, sought = _letters(pattern.name), "".join(words)
    if sought in (name, _letters(pattern.key)):
        return 0
    return 1 if name.startswith(sought) else 2 if all(word in name for word in words) else 3
