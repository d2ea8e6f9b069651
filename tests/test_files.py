import errno
import os
from pathlib import Path

import pytest

from ca_logic.errors import OutputError
from ca_logic.files import (
    cache_path,
    is_private,
    library_path,
    make_private_folder,
    new_folder,
    require_new_folder,
    require_writable_file,
    writable_folder,
    write_atomically,
)

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

    def break_off(self: Path, target: Path) -> None:
        del self, target
        raise interruption

    monkeypatch.setattr(Path, "replace", break_off)
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
    folder = tmp_path / "a" / "b"
    with pytest.raises(KeyboardInterrupt), writable_folder(folder):
        finish_one_file_and_break_off(folder)
    assert [path.name for path in folder.iterdir()] == ["result"]


def finish_one_file_and_break_off(folder: Path) -> None:
    (folder / "result").touch()
    raise KeyboardInterrupt


def test_a_folder_that_was_there_stays_even_if_empty(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="failed"), writable_folder(tmp_path):
        raise ValueError("failed")
    assert tmp_path.is_dir()


def test_a_relative_folder_is_made_and_unmade(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with writable_folder(Path("learned") / "life"):
        assert (tmp_path / "learned" / "life").is_dir()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_is_refused_before_the_work(tmp_path: Path, in_the_way: Path) -> None:
    for folder in (in_the_way, in_the_way / "below", tmp_path / ("x" * 300), tmp_path / "new" / ("x" * 300)):
        complaint = pytest.raises(OutputError, match=r"cannot write to folder .*; choose another with --out")
        with complaint, writable_folder(folder):
            pytest.fail("the work began")
        assert list(tmp_path.iterdir()) == [in_the_way]


def test_a_new_folder_appears_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "new"
    with new_folder(path) as folder:
        assert list(folder.iterdir()) == []
        (folder / "first").touch()
        assert not path.exists()
        (folder / "second").touch()
    assert sorted(file.name for file in path.iterdir()) == ["first", "second"]
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("failure", [KeyboardInterrupt, ValueError])
def test_a_new_folder_vanishes_with_its_files_if_the_work_fails(failure: type[BaseException], tmp_path: Path) -> None:
    with pytest.raises(failure), new_folder(tmp_path / "new") as folder:
        finish_one_file_and_fail(folder, failure())
    assert list(tmp_path.iterdir()) == []


def finish_one_file_and_fail(folder: Path, failure: BaseException) -> None:
    (folder / "result").touch()
    raise failure


def test_a_full_disk_is_told_in_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    complaint = pytest.raises(OutputError, match=r"cannot write .*new: No space left on device; choose another --out")
    with complaint, new_folder(tmp_path / "new") as folder:
        finish_one_file_and_fail(folder, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
    assert list(tmp_path.iterdir()) == []


def test_a_new_folder_takes_the_place_of_an_empty_one_only(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    with new_folder(tmp_path / "new") as folder:
        (folder / "result").touch()
    complaint = pytest.raises(OutputError, match=r"cannot write .*new: Directory not empty; choose another --out")
    with complaint, new_folder(tmp_path / "new") as folder:
        (folder / "other").touch()
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["result"]
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


def test_checking_a_new_folder_makes_nothing(tmp_path: Path) -> None:
    require_new_folder(tmp_path / "new")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "empty").mkdir()
    require_new_folder(tmp_path / "empty")
    assert list(tmp_path.rglob("*")) == [tmp_path / "empty"]


def test_a_folder_that_cannot_be_new_is_refused_before_the_work(
    tmp_path: Path, in_the_way: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "empty")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    for path in (in_the_way, tmp_path, tmp_path / "link", tmp_path / "dangling"):
        with pytest.raises(OutputError, match=f"{path} is there already and no empty folder; choose another --out"):
            require_new_folder(path)
    for path in (in_the_way / "new", tmp_path / "missing" / "new", tmp_path / ("x" * 300), tmp_path / ("x" * 250)):
        with pytest.raises(OutputError, match=r"cannot write .*; choose another --out") as caught:
            require_new_folder(path)
        assert f"cannot write {path}: " in str(caught.value)
    monkeypatch.chdir(tmp_path / "empty")
    with pytest.raises(OutputError, match=r"\. cannot be replaced by a new folder; choose another --out"):
        require_new_folder(Path())


@not_as_root
def test_a_new_folder_in_a_read_only_one_is_refused_before_the_work(read_only: Path) -> None:
    with pytest.raises(OutputError, match="Permission denied"):
        require_new_folder(read_only / "new")


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


def test_a_link_stays_and_what_it_points_to_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old", encoding="utf-8")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    require_writable_file(tmp_path / "link")
    write_atomically(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text(encoding="utf-8") == "new"


def test_what_is_no_file_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    require_writable_file(tmp_path / "pipe")
    write_atomically(tmp_path / "pipe", "through")
    assert os.read(reader, 100) == b"through"
    assert (tmp_path / "pipe").is_fifo()
    os.close(reader)


def test_a_folder_in_place_of_a_file_is_found_out_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "circuit.c").mkdir()
    with pytest.raises(OutputError, match=r"circuit\.c"), writable_folder(tmp_path, names=("circuit.c",)):
        pytest.fail("the work began")


def test_naming_the_users_folders_creates_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert cache_path("kernels") == tmp_path / "cache" / "ca_logic" / "kernels"
    assert library_path() == tmp_path / "data" / "ca_logic" / "circuits"
    assert not list(tmp_path.iterdir())


def test_private_folders_are_the_users_alone(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    assert not is_private(folder)
    assert make_private_folder(folder) == folder
    assert folder.stat().st_mode & 0o777 == 0o700
    assert is_private(folder)
    folder.chmod(0o777)
    assert not is_private(folder)
    make_private_folder(folder)
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_private_folder_of_another_user_is_not_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stranger = os.getuid() + 1
    monkeypatch.setattr(os, "getuid", lambda: stranger)
    assert not is_private(tmp_path)
    with pytest.raises(OutputError, match="belongs to another user"):
        make_private_folder(tmp_path)


def test_a_file_in_place_of_a_private_folder_is_named(in_the_way: Path) -> None:
    with pytest.raises(OutputError, match=f"cannot use folder {in_the_way}"):
        make_private_folder(in_the_way / "ca_logic")
