"""A wheel, built from the checkout, works in another environment and away from the checkout."""

import json
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def installed_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a second environment that holds the wheel and nothing of the checkout.

    The dependencies are borrowed from this environment by a path file, which does not bring in editable
    installations: those are path files themselves, and path files are not followed twice.
    """
    folder = tmp_path_factory.mktemp("packaging")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)],
        cwd=CHECKOUT,
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    environment = folder / "environment"
    venv.create(environment, with_pip=False)
    python = environment / "bin" / "python"
    (site,) = environment.glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"] + "\n", encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "--python", str(python)]
    subprocess.run([*pip, "install", "--quiet", "--no-deps", str(wheel)], check=True, capture_output=True)
    return python


def run(python: Path, folder: Path, *arguments: str) -> str:
    result = subprocess.run(
        [str(python), "-m", "ca_logic", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.slow
def test_the_wheel_brings_its_rules_patterns_and_kernel(installed_python: Path, tmp_path: Path) -> None:
    where = subprocess.run(
        [str(installed_python), "-c", "import ca_logic; print(ca_logic.__file__)"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert str(CHECKOUT) not in where
    assert "life" in run(installed_python, tmp_path, "rules")
    gun = ["run", "life", "--pattern", "gosper-gun", "--size", "200x200", "--generations", "300", "--json"]
    result = json.loads(run(installed_python, tmp_path, *gun))
    assert result["population"] == 86
    assert "compiled C" in result["kernel"]


@pytest.mark.slow
def test_the_wheel_learns(installed_python: Path, tmp_path: Path) -> None:
    report = json.loads(run(installed_python, tmp_path, "learn", "life", "--out", "here", "--json"))
    assert report["exact"] is True
    assert (tmp_path / "here" / "circuit.c").is_file()


def test_a_bare_checkout_finds_its_rules(tmp_path: Path) -> None:
    """No installation at all: the folder on the path is enough."""
    code = f"import sys; sys.path.insert(0, {str(CHECKOUT)!r}); from ca_logic.__main__ import main; main()"
    result = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}; {code}", "rules"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Conway" in result.stdout
