"""Small models where the verbs find them by name."""

from pathlib import Path

import pytest

from ca_logic.runtime.classifier import store_model
from tests.runtime.classifier.models import image_model, iris_model, weather_data, weather_model


def learn_small_models(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keeps three models as if `learn` had made them, in a home of their own; returns the table of one of them."""
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))
    home.mkdir(exist_ok=True)
    data, path = weather_data(home)
    for model in (iris_model(), weather_model(data), image_model()):
        store_model(model)
    return path
