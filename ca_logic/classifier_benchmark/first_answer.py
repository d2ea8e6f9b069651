"""How long after a program began to load a model it has classified a sample; a program of its own tells.

In an empty cache all has to be compiled; in the next process nothing has.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np

import ca_logic
from ca_logic.errors import ToolchainError
from ca_logic.runtime.classifier import ClassifierModel, Engine, read_model, start_classifier

_CACHE = "XDG_CACHE_HOME"
_TIMEOUT_SECONDS = 600
_LAST = 200


@dataclass(frozen=True)
class FirstAnswer:
    """Seconds, those in which Python starts and imports not counted.

    Attributes:
        fresh: from reading the model to the class of a sample, when nothing was compiled before.
        starting: of these, what it takes to make of the model what classifies; None where that is not told apart.
        again: in a later process; None where nothing is kept for it.
    """

    fresh: float
    starting: float | None = None
    again: float | None = None


def first_answer_of_file(path: Path, engine: Engine) -> FirstAnswer:
    """Returns how soon an engine answers.

    Args:
        path: of the model.
        engine: what runs it.

    Raises:
        ToolchainError: if it cannot be run.
    """
    with tempfile.TemporaryDirectory(prefix="ca_logic-") as cache:
        fresh, again = (_run(path, engine, cache) for _ in range(2))
    return FirstAnswer(sum(fresh.values()), fresh["start"], sum(again.values()))


def _run(path: Path, engine: Engine, cache: str) -> dict[str, float]:
    sources = str(Path(ca_logic.__file__).parent.parent)
    python_path = os.pathsep.join(filter(None, (sources, os.environ.get("PYTHONPATH"))))
    command = [sys.executable, "-m", __name__, str(path.absolute()), engine]
    environment = {**os.environ, _CACHE: cache, "PYTHONPATH": python_path}
    try:
        # In a session of its own, so that a Ctrl-C that is held back here does not end it.
        done = subprocess.run(
            command,
            env=environment,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_SECONDS,
            check=True,
            start_new_session=True,
        )
    except subprocess.TimeoutExpired:
        raise ToolchainError(f"the first answer did not come within {_TIMEOUT_SECONDS} seconds.") from None
    except subprocess.CalledProcessError as error:
        lines = error.stderr.splitlines() or ["it printed nothing"]
        raise ToolchainError(f"a process of its own for the first answer failed: {lines[-1][:_LAST]}") from None
    return cast(dict[str, float], json.loads(done.stdout))


def _time_first_answer(path: Path, engine: Engine) -> dict[str, float]:
    times = [time.perf_counter()]

    def seconds() -> float:
        times.append(time.perf_counter())
        return times[-1] - times[-2]

    model: ClassifierModel = read_model(path)
    found = {"read": seconds()}
    classifier = start_classifier(model, engine=engine, threads=1)
    found["start"] = seconds()
    classifier.predict(np.zeros((1, len(model.columns)), np.uint8 if model.has_only_pixels else np.float32))
    return found | {"answer": seconds()}


if __name__ == "__main__":
    print(json.dumps(_time_first_answer(Path(sys.argv[1]), cast(Engine, sys.argv[2]))))
