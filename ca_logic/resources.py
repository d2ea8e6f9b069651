"""Finds the data folders of the project, from a wheel, an editable install or a bare checkout alike."""

from pathlib import Path
from typing import Literal

_PACKAGE = Path(__file__).resolve().parent
_IN_CHECKOUT = {"rules": "rules", "native": "native", "patterns": "demos/patterns", "models": "ca_logic/models"}


def resource_folder(name: Literal["rules", "native", "patterns", "models"]) -> Path:
    """Returns the folder `name`: inside the installed package (a wheel), else beside it (a checkout)."""
    installed = _PACKAGE / name
    return installed if installed.is_dir() else _PACKAGE.parent / _IN_CHECKOUT[name]
