"""Settings: what people chose in the window, kept from one time to the next.

A file that cannot be understood is kept aside under another name, and what it said is forgotten.
"""

import dataclasses
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ca_logic.errors import CaLogicError
from ca_logic.files import config_path, write_atomically

_LEAST, _MOST = 320, 16_384


@dataclass(frozen=True)
class Settings:
    """What is kept.

    Attributes:
        theme: the name of the theme of cells.
        is_light: whether the window is light.
        width: of the window.
        height: of the window.
        shows_graph: whether the population graph is seen.
        shows_grid: whether there are lines between cells, when near.
    """

    theme: str = "age"
    is_light: bool = False
    width: int = 1280
    height: int = 800
    shows_graph: bool = False
    shows_grid: bool = True


def settings_path() -> Path:
    """Returns the user's file of settings; creates nothing."""
    return config_path() / "visualizer.json"


def load_settings(path: Path, *, on_warning: Callable[[str], None]) -> Settings:
    """Returns the settings in a file; where there is none, or none that can be understood, the usual ones."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError) as error:
        return _set_aside(path, str(error), on_warning)
    try:
        plain = json.loads(text)
        return _checked(plain)
    except (ValueError, TypeError, RecursionError) as error:
        return _set_aside(path, str(error), on_warning)


def save_settings(path: Path, settings: Settings, *, on_warning: Callable[[str], None]) -> None:
    """Writes the settings; where that is not possible, a warning says so."""
    try:
        write_atomically(path, json.dumps(dataclasses.asdict(settings), indent=2) + "\n")
    except CaLogicError as error:
        on_warning(f"settings are not kept: {error}")


def _checked(plain: object) -> Settings:
    if not isinstance(plain, dict):
        raise TypeError("they are no JSON object")
    settings = Settings()
    for field in dataclasses.fields(Settings):
        if field.name in plain:
            value, usual = plain[field.name], getattr(settings, field.name)
            if type(value) is not type(usual):
                raise TypeError(f"{field.name} is {value!r}")
            settings = dataclasses.replace(settings, **{field.name: value})
    width, height = (max(_LEAST, min(_MOST, side)) for side in (settings.width, settings.height))
    return dataclasses.replace(settings, width=width, height=height)


def _set_aside(path: Path, fault: str, on_warning: Callable[[str], None]) -> Settings:
    aside = path.with_name(path.name + ".broken")
    try:
        path.replace(aside)
    except OSError:
        on_warning(f"the settings in {path} cannot be read ({fault}); the usual ones are taken.")
    else:
        on_warning(f"the settings could not be read ({fault}); they are kept in {aside}, and the usual ones are taken.")
    return Settings()
