from pathlib import Path
from typing import Literal

import pytest

from ca_logic import resources
from ca_logic.resources import resource_folder

Name = Literal["rules", "native", "patterns"]


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("rules", ["life.toml", "life.blif", "highlife.toml", "daynight.toml", "seeds.toml"]),
        ("native", ["board.c", "board.h"]),
        ("patterns", ["glider.rle", "r-pentomino.rle", "acorn.rle", "gosper-gun.rle"]),
    ],
)
def test_every_folder_is_found_with_what_belongs_in_it(name: Name, files: list[str]) -> None:
    assert [file for file in files if not (resource_folder(name) / file).is_file()] == []


def test_an_installed_folder_comes_before_that_of_a_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "ca_logic"
    for folder in (package / "rules", tmp_path / "rules", tmp_path / "native"):
        folder.mkdir(parents=True)
    monkeypatch.setattr(resources, "_PACKAGE", package)
    assert resource_folder("rules") == package / "rules"
    assert resource_folder("native") == tmp_path / "native"
    assert resource_folder("patterns") == tmp_path / "demos" / "patterns"


def test_the_working_directory_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rules").mkdir()
    before = resource_folder("rules")
    monkeypatch.chdir(tmp_path)
    assert resource_folder("rules") == before
    assert resource_folder("rules").is_absolute()
