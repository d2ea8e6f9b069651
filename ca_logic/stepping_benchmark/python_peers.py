"""Engines that are Python packages: lifelib and CAX.

Each runs in a process of its own, as `peer_process.py` says: it may crash, print, and keep what memory it likes.
"""

import importlib.metadata
import importlib.util
import json
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ca_logic.stepping_benchmark import peer_process
from ca_logic.stepping_benchmark.peer import Absent, Job, Measurement, PeerError, World
from ca_logic.stepping_benchmark.program import run_program
from ca_logic.tasks import Rule
from ca_logic.tasks.naming import simplest_rulestring

_TIMEOUT_SECONDS = 600


@dataclass(frozen=True)
class Package:
    """What is known of a package, installed or not.

    Attributes:
        name: of its distribution.
        module: how it is imported.
        rulestrings: those that it can be asked for.
        rules: these, in words.
        world: where its cells live.
        method: how it works, and how its time is taken.
        bytes_a_cell: about how much memory it takes.
    """

    name: str
    module: str
    rulestrings: re.Pattern[str]
    rules: str
    world: World
    method: str
    bytes_a_cell: int


LIFELIB = Package(
    name="python-lifelib",
    module="lifelib",
    rulestrings=re.compile(r"B[1-8a-z-]*/S[0-8a-z-]*"),
    rules="two states and counts, with letters or without, but no B0",
    world="unbounded plane",
    method="HashLife, each time from an empty table; for a new rule it first compiles itself into its own folder",
    bytes_a_cell=200,
)
CAX = Package(
    name="cax",
    module="cax",
    rulestrings=re.compile(r"B[0-8]*/S[0-8]*"),
    rules="two states and counts of all eight neighbours",
    world="torus",
    method="a convolution of 32-bit floats by JAX; without compilation",
    bytes_a_cell=100,
)
PACKAGES = (LIFELIB, CAX)


@dataclass(frozen=True)
class PythonPeer:
    """A package that is installed.

    Attributes:
        package: which one.
        version: of the distribution.
        rulestring: how it calls the rule.
    """

    package: Package
    version: str
    rulestring: str

    @property
    def name(self) -> str:
        """What people call it."""
        return self.package.name

    @property
    def world(self) -> World:
        """Where the cells live."""
        return self.package.world

    @property
    def method(self) -> str:
        """How it works, and how its time is taken, in a line for people."""
        return self.package.method

    @property
    def bytes_a_cell(self) -> int:
        """About how much memory it takes."""
        return self.package.bytes_a_cell

    def measure(self, job: Job) -> Measurement:
        """Steps the start; see `Peer`."""
        with tempfile.TemporaryDirectory(prefix="ca_logic-") as name:
            folder = Path(name)
            np.save(folder / peer_process.START, job.start)
            # With -P what is beside the script cannot be taken for a package of that name.
            command = [sys.executable, "-P", peer_process.__file__]
            arguments = [self.package.module, self.rulestring, str(job.seconds), name]
            run_program([*command, *arguments], folder, timeout=_TIMEOUT_SECONDS)
            try:
                cells = np.load(folder / peer_process.FINAL)
                measured = json.loads((folder / peer_process.MEASURED).read_text(encoding="utf-8"))
            except (OSError, ValueError) as error:
                raise PeerError(f"it left no board that can be read: {error}.") from None
        return Measurement(cells, measured["generations"], measured["seconds"], measured["where"])


def find_package(package: Package, rule: Rule) -> PythonPeer | Absent:
    """Returns the package as it is installed, or why it cannot be compared with."""
    if importlib.util.find_spec(package.module) is None:
        return Absent(package.name, f"not installed; pip install {package.name}")
    rulestring = simplest_rulestring(rule.transitions)
    if rulestring is None or not package.rulestrings.fullmatch(rulestring):
        return Absent(package.name, f"compared only by rules of {package.rules}")
    try:
        version = importlib.metadata.version(package.name)
    except importlib.metadata.PackageNotFoundError:
        version = "unknown"
    return PythonPeer(package, version, rulestring)
