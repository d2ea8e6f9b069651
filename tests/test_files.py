import os
from pathlib import Path

import pytest

from ca_logic.errors import OutputError
from ca_logic.files import cache_folder, library_folder, require_writable_file, writable_folder, write_atomically

not_as_root = pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")


@pytest.fixture
def in_the_way(tmp_path: Path) -> Path:
    """A file where a folder is wanted."""
    path = tmp_path / "in the way"
    path.write_text("mine", encoding="utf-8")
    return path


@pytest.fixture
def read_only(tmp_path: Path) -> Path:
    folder = tmp_path / "read-only"
    folder.mkdir(mode=0o500)
    return folder


@pytest.mark.parametrize(("content", "expected"), [("é\r\n", b"\xc3\xa9\r\n"), (b"\x00\xff", b"\x00\xff"), ("", b"")])
def test_texts_and_bytes_are_written_as_they_are(content: str | bytes, expected: bytes, tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "file"
    write_atomically(path, content)
    assert path.read_bytes() == expected
    assert list(path.parent.iterdir()) == [path]


def test_writing_replaces_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("a much longer text than the next", encoding="utf-8")
    write_atomically(path, "short")
    assert path.read_text(encoding="utf-8") == "short"


def test_a_reader_of_the_old_file_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_atomically(path, "old")
    with path.open(encoding="utf-8") as reader:
        write_atomically(path, "new")
        assert reader.read() == "old"


@pytest.mark.parametrize("interruption", [KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_a_write_that_breaks_off_leaves_the_old_file_and_nothing_else(
    interruption: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    write_atomically(path, "old and whole")

    def write_half(self: Path, data: bytes) -> int:
        with self.open("wb") as file:
            file.write(data[: len(data) // 2])
        raise interruption

    monkeypatch.setattr(Path, "write_bytes", write_half)
    with pytest.raises((KeyboardInterrupt, OutputError)):
        write_atomically(path, "new and half")
    assert path.read_text(encoding="utf-8") == "old and whole"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path, in_the_way: Path) -> None:
    (tmp_path / "folder").mkdir()
    for path in (in_the_way / "file", tmp_path / "folder", tmp_path / ("x" * 300)):
        with pytest.raises(OutputError, match=r"cannot write .*; choose another place") as caught:
            write_atomically(path, "text")
        assert str(path) in str(caught.value)
        assert len(str(caught.value).splitlines()) == 1
    assert {path.name for path in tmp_path.iterdir()} == {"folder", in_the_way.name}
    assert in_the_way.read_text(encoding="utf-8") == "mine"


@not_as_root
def test_a_read_only_folder_is_noticed_by_all(read_only: Path) -> None:
    with pytest.raises(OutputError, match="Permission denied"):
        write_atomically(read_only / "file", "text")
    with pytest.raises(OutputError, match="Permission denied"):
        require_writable_file(read_only / "file")
    for folder in (read_only, read_only / "new"):
        with pytest.raises(OutputError, match="Permission denied"), writable_folder(folder):
            pytest.fail("the work began")
    read_only.chmod(0o000)
    with pytest.raises(OutputError, match="Permission denied"), writable_folder(read_only / "new"):
        pytest.fail("the work began")
    read_only.chmod(0o700)
    assert not list(read_only.iterdir())


def test_a_folder_is_created_for_the_work_and_stays_with_its_files(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    with writable_folder(folder) as given:
        assert given == folder
        assert list(folder.iterdir()) == []
        (folder / "result").touch()
    assert (folder / "result").is_file()


@pytest.mark.parametrize("failure", [KeyboardInterrupt, ValueError])
def test_folders_created_for_work_that_failed_are_removed(failure: type[BaseException], tmp_path: Path) -> None:
    with pytest.raises(failure), writable_folder(tmp_path / "a" / "b" / "c"):
        raise failure
    assert list(tmp_path.iterdir()) == []


def test_finished_files_survive_a_failure(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="later"), writable_folder(tmp_path / "a" / "b"):
        (tmp_path / "a" / "b" / "result").touch()
        raise ValueError("later")
    assert (tmp_path / "a" / "b" / "result").is_file()


def test_a_folder_that_was_there_stays_even_if_empty(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="failed"), writable_folder(tmp_path):
        raise ValueError("failed")
    assert tmp_path.is_dir()


def test_a_relative_folder_is_made_and_unmade(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="failed"), writable_folder(Path("learned") / "life"):
        assert (tmp_path / "learned" / "life").is_dir()
        raise ValueError("failed")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_is_refused_before_the_work(tmp_path: Path, in_the_way: Path) -> None:
    for folder in (in_the_way, in_the_way / "below", tmp_path / ("x" * 300), tmp_path / "new" / ("x" * 300)):
        with pytest.raises(OutputError, match=r"cannot write to folder .*; choose another with --out"):
            with writable_folder(folder):
                pytest.fail("the work began")
        assert list(tmp_path.iterdir()) == [in_the_way]


def test_checking_a_file_neither_makes_nor_changes_it(tmp_path: Path) -> None:
    path = tmp_path / "file"
    require_writable_file(path)
    assert not path.exists()
    path.write_text("mine", encoding="utf-8")
    require_writable_file(path)
    assert path.read_text(encoding="utf-8") == "mine"


def test_a_file_that_can_never_be_written_is_refused(tmp_path: Path, in_the_way: Path) -> None:
    for path in (tmp_path, in_the_way / "file", tmp_path / "missing" / "file", Path()):
        with pytest.raises(OutputError, match=r"cannot write .*; choose another place"):
            require_writable_file(path)


def test_private_folders_are_the_users_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert cache_folder("kernels") == tmp_path / "cache" / "ca_logic" / "kernels"
    assert library_folder() == tmp_path / "data" / "ca_logic" / "circuits"
    for folder in (cache_folder("kernels"), library_folder()):
        assert folder.stat().st_mode & 0o777 == 0o700
        folder.chmod(0o777)
    assert cache_folder("kernels").stat().st_mode & 0o777 == 0o700


def test_a_private_folder_of_another_user_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    cache_folder("kernels")
    stranger = os.getuid() + 1
    monkeypatch.setattr(os, "getuid", lambda: stranger)
    with pytest.raises(OutputError, match="belongs to another user"):
        cache_folder("kernels")


def test_a_file_in_place_of_a_private_folder_is_named(in_the_way: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(in_the_way))
    with pytest.raises(OutputError, match=f"cannot use folder {in_the_way}"):
        cache_folder("kernels")
