"""Published files: found in folders, fetched, kept, and checked wherever they come from."""

import dataclasses
import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ca_logic.errors import DataError, OutputError, UsageError
from ca_logic.files import cache_path
from ca_logic.tasks.datasets import DATA_SETS, find_data_set, load_data_set
from ca_logic.tasks.datasets import fetching as fetching_module
from ca_logic.tasks.datasets.published_file import PublishedFile
from ca_logic.tasks.datasets.source import Source
from tests.tasks.datasets.float_arrays import float32s
from tests.tasks.datasets.published_files import NOWHERE, idx, md5, published, published_zipped, serving

FOLDERS = ("folder", "other/raw")
CONTENT = b"what was published" * 100


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    return cache_path("data")


def files_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


# From a folder.


@pytest.mark.parametrize("place", ["", "folder", "other/raw"])
def test_a_file_is_found_in_its_folders_and_in_a_flat_one(place: str, tmp_path: Path) -> None:
    (tmp_path / "data" / place).mkdir(parents=True)
    (tmp_path / "data" / place / "file.data").write_bytes(CONTENT)
    read = Source(tmp_path / "data").read(published("file.data", CONTENT), FOLDERS)
    assert (read.content, read.name, read.origin.md5) == (CONTENT, "file.data", md5(CONTENT))
    assert Path(read.origin.place) == tmp_path / "data" / place


def test_a_file_compressed_anew_or_unzipped_is_the_published_one(tmp_path: Path) -> None:
    file, data = published_zipped("file.gz", CONTENT)
    variants = {"as it was": data, "anew": gzip.compress(CONTENT, compresslevel=1, mtime=7), "unzipped": CONTENT}
    assert len(set(map(md5, variants.values()))) == 3
    for name, variant in variants.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / ("file" if name == "unzipped" else "file.gz")).write_bytes(variant)
        read = Source(tmp_path / name).read(file, FOLDERS)
        assert (read.content, read.origin.md5) == (CONTENT, md5(variant))


def test_where_two_sets_share_names_checksums_tell_them_apart(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_bytes(b"of another set")
    (tmp_path / "file").write_bytes(CONTENT)
    assert Source(tmp_path).read(published("file", CONTENT), FOLDERS).content == CONTENT


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda data: data[: len(data) // 2], r"file\.gz is truncated; get it again from http://127.*/file\.gz"),
        (lambda data: data[:-1], "is truncated"),
        (lambda data: data[:2] + bytes(len(data) - 2), "is damaged: it cannot be unzipped"),
        (lambda data: data[:-4] + b"####", "is damaged: it cannot be unzipped"),
        (lambda _: b"nothing of that", "is not what was published: the MD5 of its content is [0-9a-f]{32}, not"),
        (lambda _: gzip.compress(b"else"), "is not what was published: the MD5 of its content is"),
        (lambda _: gzip.compress(CONTENT + bytes(1 << 24)), "is not what was published: the MD5 of its content is"),
        (lambda _: b"", "is not what was published"),
    ],
)
def test_a_wrong_file_in_a_folder_is_refused_and_left_alone(
    damage: Callable[[bytes], bytes], message: str, tmp_path: Path
) -> None:
    file, data = published_zipped("file.gz", CONTENT)
    (tmp_path / "file.gz").write_bytes(damage(data))
    with pytest.raises(DataError, match=message) as caught:
        Source(tmp_path).read(file, FOLDERS)
    assert str(tmp_path / "file.gz") in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert files_in(tmp_path) == ["file.gz"]


def test_a_folder_without_the_file_is_named_and_nothing_is_fetched(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with serving({"file": CONTENT}) as server:
        file = published("file", CONTENT, server.home)
        with pytest.raises(
            DataError, match=f"data holds no file, neither itself nor in .*; get it from {server.home}file"
        ):
            Source(tmp_path / "data").read(file, FOLDERS)
        with pytest.raises(DataError, match="missing is no folder that holds data sets"):
            Source(tmp_path / "missing").read(file, FOLDERS)
        assert server.requests == []


# From the network.


def test_a_file_is_fetched_once_with_progress(own_cache: Path) -> None:
    content = bytes(range(256)) * 1000
    file, data = published_zipped("file.gz", content)
    told: list[tuple[str, int, int]] = []
    with serving({"file.gz": data}) as server:
        file = dataclasses.replace(file, homes=(server.home,))
        source = Source(on_progress=lambda *progress: told.append(progress), on_warning=pytest.fail)
        first, second = source.read(file, FOLDERS), source.read(file, FOLDERS)
        assert server.requests == ["file.gz"]
        assert first.origin.place == server.home
    assert first.content == second.content == content
    assert files_in(own_cache) == ["folder/file.gz"]
    assert (own_cache / "folder").stat().st_mode & 0o777 == 0o700
    assert told[-1] == ("file.gz", len(data), len(data))
    assert all(0 < done <= total == len(data) for _, done, total in told)


def test_a_damaged_file_in_the_cache_is_kept_aside_named_and_fetched_again(own_cache: Path) -> None:
    (own_cache / "folder").mkdir(parents=True)
    (own_cache / "folder" / "file").write_bytes(b"damaged")
    warnings: list[str] = []
    with serving({"file": CONTENT}) as server:
        file = published("file", CONTENT, server.home)
        assert Source(on_warning=warnings.append).read(file, FOLDERS).content == CONTENT
    assert (own_cache / "folder" / "file.wrong").read_bytes() == b"damaged"
    assert (own_cache / "folder" / "file").read_bytes() == CONTENT
    assert len(warnings) == 1
    assert f"its MD5 is {md5(b'damaged')}, not {md5(CONTENT)}; it is kept as " in warnings[0]
    assert warnings[0].count("file.wrong") == 1


def test_a_home_that_fails_is_followed_by_the_next(own_cache: Path) -> None:
    with serving({"good/file": CONTENT, "wrong/file": b"wrong"}) as server:
        homes = [NOWHERE, f"{server.home}missing/", f"{server.home}wrong/", f"{server.home}good/"]
        warnings: list[str] = []
        read = Source(on_warning=warnings.append).read(published("file", CONTENT, *homes), FOLDERS)
    assert (read.content, read.origin.place) == (CONTENT, homes[-1])
    assert len(warnings) == 1
    assert f"{homes[2]}file is not what was published" in warnings[0]
    assert files_in(own_cache) == ["folder/file", "folder/file.wrong"]


def test_where_nobody_gives_the_file_one_line_says_why_and_what_to_do(own_cache: Path) -> None:
    with serving({"wrong/file": b"wrong", "short/file": CONTENT}) as server:
        server.cut_short.add("short/file")
        homes = [NOWHERE, f"{server.home}wrong/", f"{server.home}missing/", f"{server.home}short/"]
        with pytest.raises(DataError) as caught:
            Source().read(published("file", CONTENT, *homes), FOLDERS)
        # What came wrong is asked for once more.
        assert server.requests.count("wrong/file") == 2
    message = str(caught.value)
    host = server.home.removeprefix("http://").removesuffix("/")
    assert message.startswith("cannot fetch file: 127.0.0.1:9 cannot be reached; ")
    for part in (f"{host} gives another file; ", f"{host} answers 404", f"{host} breaks off"):
        assert part in message
    assert message.endswith("; connect to a network, or name a folder that holds it with --data.")
    assert len(message.splitlines()) == 1
    assert files_in(own_cache) == ["folder/file.wrong"]


def test_no_more_is_fetched_than_a_data_set_can_have(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching_module, "_MAX_BYTES", 1 << 16)
    with (
        serving({"file": bytes(1 << 18)}) as server,
        pytest.raises(DataError, match="sends more than"),
    ):
        Source().read(published("file", CONTENT, server.home), FOLDERS)
    assert files_in(own_cache) == []


@pytest.mark.parametrize("failure", [KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_fetching_that_breaks_off_leaves_nothing(
    failure: BaseException, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_off(*_: object) -> None:
        raise failure

    monkeypatch.setattr(fetching_module._Progress, "update", break_off)
    with serving({"file": CONTENT}) as server, pytest.raises((KeyboardInterrupt, OutputError)) as caught:
        Source().read(published("file", CONTENT, server.home), FOLDERS)
    if isinstance(failure, OSError):
        assert str(caught.value).endswith("No space left on device; set XDG_CACHE_HOME to another place.")
    assert files_in(own_cache) == []


def test_a_cache_that_cannot_be_made_is_told_before_anything_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in the way").write_text("mine", encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "in the way"))
    with serving({"file": CONTENT}) as server:
        with pytest.raises(OutputError, match="cannot use folder"):
            Source().read(published("file", CONTENT, server.home), FOLDERS)
        assert server.requests == []


# The registry.


def digits(num_train: int, num_test: int) -> dict[str, bytes]:
    rng = np.random.default_rng(0)
    files = {}
    for part, number in (("train", num_train), ("t10k", num_test)):
        files[f"{part}-images-idx3-ubyte.gz"] = idx(rng.integers(0, 256, (number, 28, 28)))
        files[f"{part}-labels-idx1-ubyte.gz"] = idx(rng.integers(0, 10, number))
    return files


def with_files(name: str, contents: dict[str, bytes], home: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """Makes the registry know other files; returns their bytes."""
    zipped = {file: published_zipped(file, content, home) for file, content in contents.items()}
    files: tuple[PublishedFile, ...] = tuple(file for file, _ in zipped.values())
    monkeypatch.setitem(DATA_SETS, name, dataclasses.replace(DATA_SETS[name], files=files))
    return {file: data for file, (_, data) in zipped.items()}


def test_a_data_set_is_the_same_from_the_network_the_cache_and_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving({}) as server:
        server.files = with_files("mnist", digits(70, 30), server.home, monkeypatch)
        fetched = load_data_set("mnist")
        assert len(server.requests) == 4
    cached = load_data_set("mnist")
    (tmp_path / "folder").mkdir()
    for name, data in server.files.items():
        (tmp_path / "folder" / name).write_bytes(data)
    local = load_data_set("mnist", folder=tmp_path / "folder")
    for data_set in (fetched, cached, local):
        assert (data_set.name, data_set.num_train, data_set.num_test) == ("mnist", 70, 30)
        assert data_set.features.dtype == np.uint8
        np.testing.assert_array_equal(data_set.features, fetched.features)
        np.testing.assert_array_equal(data_set.labels, fetched.labels)
        assert [origin.name for origin in data_set.provenance.origins] == list(server.files)
        assert data_set.provenance.reference
        assert data_set.provenance.license


def test_the_first_missing_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with_files("fashion-mnist", digits(20, 10), NOWHERE, monkeypatch)
    with pytest.raises(
        DataError, match=r"^cannot fetch train-images-idx3-ubyte\.gz: 127\.0\.0\.1:9 cannot be reached; "
    ):
        load_data_set("fashion-mnist")


def test_iris_needs_neither_network_nor_folder(tmp_path: Path) -> None:
    for folder in (None, tmp_path):
        data = load_data_set("iris", folder=folder)
        assert data.features.shape == (150, 4)
        assert np.bincount(data.labels).tolist() == [50, 50, 50]
        # UCI's variant, not Fisher's 4.9, 3.1, 1.5, 0.2 and 4.9, 3.6, 1.4, 0.1.
        assert data.features[[34, 37]].tolist() == float32s([[4.9, 3.1, 1.5, 0.1]] * 2).tolist()


def test_an_unknown_data_set_is_refused_with_a_hint() -> None:
    with pytest.raises(UsageError, match=r"unknown data set 'minst'; did you mean 'mnist'\?"):
        find_data_set("minst")
    with pytest.raises(UsageError, match="unknown data set 'zzz'; known are adult, breast-cancer, monk1,"):
        load_data_set("zzz")


@pytest.mark.parametrize("name", sorted(DATA_SETS))
def test_what_the_registry_knows_is_complete(name: str) -> None:
    known = DATA_SETS[name]
    assert known.name == name
    assert known.title
    assert known.reference
    assert known.license
    assert known.folders
    for file in known.files:
        assert file.homes
        assert all(home.startswith("http") and home.endswith("/") for home in file.homes)
        checksums = [file.md5, *([file.content_md5] if file.name.endswith("ubyte.gz") else [])]
        assert all(len(checksum) == 32 and int(checksum, 16) for checksum in checksums)
        assert bool(file.content_md5) == bool(file.content_size)
