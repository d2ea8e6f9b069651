"""All keys and what they do, in order, from the table that binds them; `help_text` is that as plain text."""

from ca_logic.visualizer.actions import Action, Section
from ca_logic.visualizer.bindings import GESTURES, chords_of

Row = tuple[tuple[str, ...], str]
"""Keys, any of which will do, and what they do."""

Group = tuple[str, tuple[Row, ...]]
"""A heading, and what stands under it."""


def help_groups() -> tuple[Group, ...]:
    """Returns what there is to show, in order."""
    keys = tuple(
        (
            section.value,
            tuple(
                (tuple(str(chord) for chord in chords_of(action)), action.description)
                for action in Action
                if action.section is section
            ),
        )
        for section in Section
    )
    return (*keys, ("Mouse", tuple(((gesture,), description) for gesture, description in GESTURES)))


def help_text() -> str:
    """Returns the keys as plain text, a line each."""
    groups = help_groups()
    width = max(len(", ".join(keys)) for _, rows in groups for keys, _ in rows)
    blocks = [
        "\n".join([f"{heading}:", *(f"  {', '.join(keys):{width}}  {description}" for keys, description in rows)])
        for heading, rows in groups
    ]
    return "\n\n".join(blocks)
