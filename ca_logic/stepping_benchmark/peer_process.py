"""A program of its own: steps a board by an engine that is a Python package, and times it.

Called by its path with the package, a rulestring, seconds and a folder, where it finds START and leaves FINAL and
MEASURED. It runs wherever the package does, so it imports nothing of ours.
"""

import importlib
import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

START, FINAL, MEASURED = "start.npy", "final.npy", "measured.json"

_REPEATS = 3
_HASH_MEMORY_MEGABYTES = 1000


@dataclass(frozen=True)
class Engine:
    """A package that is ready to step the start by the rule.

    Attributes:
        where: what it runs on.
        max_generations: of one call.
        step: returns the seconds that so many generations take, and the cells after them.
    """

    where: str
    max_generations: int
    step: Callable[[int], tuple[float, np.ndarray]]


def prepare_lifelib(rulestring: str, start: np.ndarray) -> Engine:
    """Returns lifelib's HashLife on an unbounded plane, the only world that its Python side knows."""
    session = importlib.import_module("lifelib").load_rules(rulestring.replace("/", "").lower())
    places = np.ascontiguousarray(np.argwhere(start)[:, ::-1])

    def step(generations: int) -> tuple[float, np.ndarray]:
        # What an earlier call left in the table of known squares would be no work any more.
        pattern = session.lifetree(memory=_HASH_MEMORY_MEGABYTES).pattern("")
        pattern[places] = np.ones(len(places), dtype=np.uint64)
        began = time.perf_counter()
        final = pattern.advance(generations)
        seconds = time.perf_counter() - began
        live = final.coords()
        live -= live.min(axis=0) if len(live) else 0
        cells = np.zeros(live.max(axis=0, initial=0)[::-1] + 1, dtype=bool)
        cells[live[:, 1], live[:, 0]] = True
        return seconds, cells

    # Few, for what flies off a soup needs room, and what is left of it is soon no work for HashLife.
    return Engine("one core", 64, step)


def prepare_cax(rulestring: str, start: np.ndarray) -> Engine:
    """Returns CAX's Life on a torus, on the device that JAX takes."""
    jax = importlib.import_module("jax")
    life = importlib.import_module("cax.cs.life").Life
    birth, survival = life.birth_survival_from_string(rulestring)
    system = life(birth=birth, survival=survival, rngs=importlib.import_module("flax.nnx").Rngs(0))
    state = jax.numpy.asarray(start[..., None], dtype=jax.numpy.float32)

    def step(generations: int) -> tuple[float, np.ndarray]:
        # The first call compiles.
        system(state, num_steps=generations).block_until_ready()
        began = time.perf_counter()
        final = system(state, num_steps=generations).block_until_ready()
        return time.perf_counter() - began, np.asarray(final)[..., 0] > 0.5

    device = jax.devices()[0]
    return Engine(f"all that JAX takes of {device.platform}: {device.device_kind}", 1 << 16, step)


ENGINES = {"lifelib": prepare_lifelib, "cax": prepare_cax}


def main(module: str, rulestring: str, seconds: str, folder: str) -> None:
    """Steps the start so often that it takes about so many seconds in all, and writes what came of it."""
    engine = ENGINES[module](rulestring, np.load(Path(folder) / START))
    share = float(seconds) / (2 * _REPEATS)
    generations = 1
    while (first := engine.step(generations))[0] < share and generations < engine.max_generations:
        generations *= 2
    runs = [first, *(engine.step(generations) for _ in range(_REPEATS - 1))]
    taken = statistics.median(seconds for seconds, _ in runs) / generations
    measured = {
        "generations": generations,
        "seconds": taken,
        "where": f"{engine.where}, generations 0 to {generations}",
    }
    np.save(Path(folder) / FINAL, runs[-1][1])
    (Path(folder) / MEASURED).write_text(json.dumps(measured), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
