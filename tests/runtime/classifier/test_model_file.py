"""Files of models: what is written is read back, the same bytes for the same model, and nothing else is believed."""

import dataclasses
import hashlib
import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.circuit import CircuitBuilder
from ca_logic.circuit.group_sum import group_sum
from ca_logic.errors import CaLogicError, DataError, OutputError
from ca_logic.runtime.classifier import TrainedArrays, read_model, save_model
from ca_logic.runtime.classifier.model import ClassifierModel
from ca_logic.runtime.classifier.model_file import checksum_of, model_from_bytes, model_to_bytes
from ca_logic.runtime.classifier.plain_values import plain_value
from tests.backend.classifier.classifiers import layered_head, random_encoder
from tests.runtime.classifier.models import NETWORK, image_model, iris_model, model_of, models

CONTENT = model_to_bytes(iris_model(network=NETWORK))


def assert_same(first: ClassifierModel, second: ClassifierModel) -> None:
    for field in dataclasses.fields(ClassifierModel):
        if field.name not in ("encoder", "head", "network"):
            assert getattr(first, field.name) == getattr(second, field.name)
    assert first.encoder.to_plain() == second.encoder.to_plain()
    assert first.head.circuit == second.head.circuit
    for name in ("biases", "classes", "outputs", "weights"):
        np.testing.assert_array_equal(getattr(first.head, name), getattr(second.head, name), strict=True)
    if first.network is None or second.network is None:
        assert first.network is second.network
        return
    assert first.network.architecture == second.network.architecture
    assert list(first.network.arrays) == list(second.network.arrays)
    for name, array in first.network.arrays.items():
        read = second.network.arrays[name]
        np.testing.assert_array_equal(array, read)
        assert (array.shape, array.dtype.newbyteorder("=")) == (read.shape, read.dtype)


@settings(max_examples=50, deadline=None)
@given(model=models())
def test_what_is_written_is_read_back_and_makes_the_same_bytes(model: ClassifierModel) -> None:
    content = model_to_bytes(model)
    read = model_from_bytes(content, "model")
    assert_same(model, read)
    assert model_to_bytes(read) == content


def test_a_file_holds_what_the_model_does(tmp_path: Path) -> None:
    path = tmp_path / "new" / "flowers.logic"
    save_model(iris_model(network=NETWORK), path)
    assert path.read_bytes() == CONTENT
    assert_same(read_model(path), iris_model(network=NETWORK))
    assert [file.name for file in path.parent.iterdir()] == ["flowers.logic"]


def test_numpy_and_unzip_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "flowers.logic"
    path.write_bytes(CONTENT)
    with np.load(path, allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["network/0"], NETWORK.arrays["a/b"])
        assert arrays["circuit/gates"].tolist() == iris_model().head.circuit.gates.tolist()
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        plain = json.loads(archive.read("model.json"))
        assert f"sha256 {checksum_of(CONTENT)}".encode() in archive.comment
    assert (plain["format"], plain["version"], plain["classes"][0]) == ("ca_logic classifier", 1, "Iris-setosa")
    assert hashlib.sha256(CONTENT[:-64]).hexdigest() == checksum_of(CONTENT)


def test_another_process_writes_the_same_bytes() -> None:
    code = "from tests.runtime.classifier.models import *; from ca_logic.runtime.classifier.model_file import *; "
    code += "import sys; sys.stdout.buffer.write(model_to_bytes(iris_model()))"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {sys.path!r}; {code}"], capture_output=True, check=True
    )
    assert done.stdout == model_to_bytes(iris_model())


def test_each_changed_byte_is_refused_in_one_line() -> None:
    changes = np.random.default_rng(0).integers(1, 256, len(CONTENT)).tolist()
    for place, change in enumerate(changes):
        data = bytearray(CONTENT)
        data[place] ^= change
        with pytest.raises(DataError, match=r"^m\.logic (was altered|is truncated or altered)[^\n]*$"):
            model_from_bytes(bytes(data), "m.logic")


def test_a_file_is_refused_in_one_line_wherever_it_is_cut_short() -> None:
    for length in range(len(CONTENT)):
        with pytest.raises(DataError, match=r"^m\.logic is (truncated or altered|no model)[^\n]*$"):
            model_from_bytes(CONTENT[:length], "m.logic")


Change = Callable[[dict[str, Any], dict[str, bytes]], object]
"""Changes the text and the members of a file in place."""


def sealed(content: bytes) -> bytes:
    """Returns content with a checksum that is right, as somebody who means harm would make it."""
    return content + hashlib.sha256(content).hexdigest().encode()


@settings(max_examples=400, deadline=None)
@given(changes=st.lists(st.tuples(st.integers(0, len(CONTENT) - 65), st.integers(0, 255)), min_size=1, max_size=4))
def test_bytes_that_were_changed_on_purpose_cause_an_error_or_a_model(changes: list[tuple[int, int]]) -> None:
    data = bytearray(CONTENT[:-64])
    for place, value in changes:
        data[place] = value
    try:
        model = model_from_bytes(sealed(bytes(data)), "flowers.logic")
    except DataError as error:
        assert "\n" not in str(error)  # noqa: PT017
    else:
        model_to_bytes(model)


TOKENS = [b"null", b"-1", b"1e999", b"[]", b"{}", b"true", b'"x"', b"NaN", b"9" * 30, rb'"\ud800"', b"1.5"]


@settings(max_examples=200, deadline=None)
@given(name=st.sampled_from(["model.json", "circuit/fanins.npy", "network/0.npy", "sums/classes.npy"]), data=st.data())
def test_members_that_were_changed_on_purpose_cause_an_error_or_a_model(name: str, data: st.DataObject) -> None:
    def spoil(plain: dict[str, Any], members: dict[str, bytes]) -> None:
        if name == "model.json" and data.draw(st.booleans()):
            plain[data.draw(st.sampled_from(list(plain)))] = data.draw(st.sampled_from([None, 1, "x", [], {}, [[]]]))
            return
        content = members[name]
        place = data.draw(st.integers(0, len(content) - 1))
        members[name] = content[:place] + data.draw(st.sampled_from(TOKENS)) + content[place + 1 :]

    try:
        model = model_from_bytes(repacked(spoil), "flowers.logic")
    except DataError as error:
        assert "\n" not in str(error)  # noqa: PT017
    else:
        model_to_bytes(model)


def repacked(change: Change, **options: Any) -> bytes:
    """Returns a file whose members were changed, its checksum right."""
    with zipfile.ZipFile(io.BytesIO(CONTENT)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
        comment = archive.comment
    text = members["model.json"]
    plain = json.loads(text)
    change(plain, members)
    if members.get("model.json") == text:
        members["model.json"] = json.dumps(plain).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", **options) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        archive.comment = comment
    return sealed(buffer.getvalue()[:-64])


def npy(array: Any) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def put(key: str, value: object) -> Change:
    return lambda plain, _: plain.update({key: value})


def member(name: str, content: bytes) -> Change:
    return lambda _, members: members.update({name: content})


def giant(name: str) -> Change:
    """Claims an array of 2**60 numbers."""
    header = npy(np.zeros(1, np.int64)).replace(b"(1,)", f"({1 << 60},)".encode())
    return member(name, header)


HARM: list[tuple[str, Change]] = [
    ("written by a newer version of ca_logic, in format 2, and this one reads up to format 1", put("version", 2)),
    ("does not say that it is a ca_logic classifier", put("version", "1")),
    ("must have exactly", put("version", 0)),
    ("does not say that it is a ca_logic classifier", put("format", "something")),
    ("must have exactly", put("surprise", 1)),
    ("must have exactly", lambda plain, _: plain.pop("tau")),
    ("tau must be a number", put("tau", "1")),
    ("tau must be a number", put("tau", True)),
    ("tau -1.0 of a model must be a number above 0", put("tau", -1)),
    ("tau must be a number of usual size", put("tau", 10**400)),
    ("is no JSON", put("tau", float("nan"))),
    ("name must be a text", put("name", 3)),
    ("'../evil' is no name of a model", put("name", "../evil")),
    ("classes must be a list of texts", put("classes", "abc")),
    ("a model with 2 classes has 3", put("classes", ["a", "b"])),
    ("different names", put("classes", ["a", "b", "a"])),
    ("a model with 0 columns has 4", put("columns", [])),
    ("no columns", put("columns", {})),
    ("no encoder", put("encoder", {})),
    ("missing 'never'", put("missing", "never")),
    ("missing", put("missing", ["keep"])),
    ("image_shape must be", put("image_shape", [1, 2])),
    ("have not the 4 pixels", put("image_shape", [1, 2, 3])),
    ("provenance must be a table", put("provenance", [])),
    ("network must have exactly", put("network", {"arrays": []})),
    ("network has two arrays of the same name", put("network", {"architecture": {}, "arrays": ["a", "a"]})),
    ("other members", put("network", {"architecture": {}, "arrays": ["a", "b"]})),
    ("other members", put("network", None)),
    ("architecture must be a table", put("network", {"architecture": [], "arrays": ["a"]})),
    ("none of them empty", put("classes", ["", "b", "c"])),
    ("target must be a text", put("target", None)),
    ("other members", member("../../evil", b"")),
    ("other members", member("/etc/evil", b"")),
    ("other members", lambda _, members: members.pop("sums/weights.npy")),
    ("does not begin with model.json", lambda _, members: members.pop("model.json")),
    ("is no JSON", member("model.json", b"")),
    ("array 'gates' is no array of numbers", member("circuit/gates.npy", b"")),
    ("array 'gates' is no array of numbers", member("circuit/gates.npy", npy(np.array([None])))),
    ("array 'gates' has the type float64 and must have uint8", member("circuit/gates.npy", npy(np.zeros(2)))),
    ("array 'fanins' is no array of numbers", giant("circuit/fanins.npy")),
    ("array 'a/b' is no array of numbers", giant("network/0.npy")),
    ("array 'a/b' is no array of numbers", member("network/0.npy", npy(np.array(["text"])))),
    ("array 'weights' is no array of numbers", member("sums/weights.npy", npy(np.zeros(3, np.int64))[:-1])),
    ("arrays of another shape", member("circuit/fanins.npy", npy(np.zeros(4, np.int32)))),
    ("arrays of another shape", member("sums/biases.npy", npy(np.zeros((3, 1), np.int64)))),
    ("not in topological order", member("circuit/fanins.npy", npy(np.full((2, 2), 99, np.int32)))),
    ("has a gate 16", member("circuit/gates.npy", npy(np.full(2, 16, np.uint8)))),
    ("term of class 9", member("sums/classes.npy", npy(np.array([0, 1, 9])))),
    ("must fit into int32", member("sums/biases.npy", npy(np.full(3, 1 << 40)))),
]


@pytest.mark.parametrize(("message", "change"), HARM, ids=[message[:40] for message, _ in HARM])
def test_what_was_changed_on_purpose_is_named(message: str, change: Change) -> None:
    with pytest.raises(DataError, match=rf"^m\.logic is no model that can be read: .*{re.escape(message)}") as caught:
        model_from_bytes(repacked(change), "m.logic")
    assert "\n" not in str(caught.value)


def test_what_is_compressed_is_never_inflated() -> None:
    bomb = repacked(lambda _, members: members.update({"circuit/gates.npy": bytes(1 << 20)}), compression=8)
    with pytest.raises(DataError, match=r"is compressed, and in models nothing is"):
        model_from_bytes(bomb, "m.logic")


def test_deep_text_is_no_reason_to_crash() -> None:
    with pytest.raises(DataError, match=r"model\.json is no JSON"):
        model_from_bytes(repacked(member("model.json", b"[" * 100_000)), "m.logic")


def test_members_that_lie_over_each_other_are_not_multiplied(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["a/b", *map(str, range(30))]
    data = repacked(
        lambda plain, members: (
            plain.update(network={"architecture": {}, "arrays": names}),
            members.update({f"network/{place}.npy": npy(np.zeros(3)) for place in range(len(names))}),
        )[0]
    )
    read = zipfile.ZipFile.infolist

    def overlapping(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
        members = read(archive)
        for info in members[-len(names) :]:
            info.file_size = info.compress_size = len(data)
        return members

    monkeypatch.setattr(zipfile.ZipFile, "infolist", overlapping)
    with pytest.raises(DataError, match="its members are larger than the file"):
        model_from_bytes(data, "m.logic")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"is no model; name a model, or a file that `learn` wrote, which ends in \.logic\."),
        (b"petal,class\n1,2\n", "is no model"),
        (npy(np.zeros(3)), "is no model"),
        (CONTENT[: len(CONTENT) // 2], "is truncated or altered"),
        (b"x" + CONTENT, "was altered"),
        (CONTENT + b"x", "is truncated or altered"),
    ],
)
def test_other_files_are_told_from_damaged_ones(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "some.logic"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_model(path)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"cannot read model .*: No such file or directory; choose another file"):
        read_model(tmp_path / "none.logic")
    with pytest.raises(DataError, match="is no file; name a model"):
        read_model(tmp_path)
    with pytest.raises(DataError, match="is no file"):
        read_model(Path("/dev/zero"))
    with pytest.raises(DataError, match="cannot read model"):
        read_model(Path("a\0b.logic"))


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.logic"
    with path.open("wb") as file:
        file.truncate((1 << 30) + 1)
    with pytest.raises(DataError, match="models have up to 1073741824; it is none"):
        read_model(path)


def test_a_model_that_cannot_be_written_leaves_the_one_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "flowers.logic"
    save_model(iris_model(), path)
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OutputError, match="No space left on device"):
        save_model(image_model(), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


PATHS = [
    ("learn --data /home/me/d --out=/tmp/x/m.logic", "learn --data d --out=m.logic"),
    ("~/a/b.csv and ~me/b.csv", "b.csv and b.csv"),
    (r"C:\Users\me\x.csv", "x.csv"),
    ("file:///home/me/x", "x"),
    ("https://a.example/c/d.csv", "https://a.example/c/d.csv"),
    ("0.9 +/- 0.1, a / b, n/a, ./a/b, ../c", "0.9 +/- 0.1, a / b, n/a, ./a/b, ../c"),
]


@pytest.mark.parametrize(("text", "expected"), PATHS)
def test_provenance_tells_nobody_where_somebody_lives(text: str, expected: str) -> None:
    model = dataclasses.replace(iris_model(), provenance={"command": text, "list": [{"path": text}]})
    assert model.provenance == {"command": expected, "list": [{"path": expected}]}


@given(st.text("/\\:~a. '\"=C-", max_size=20))
def test_what_is_plain_stays_as_it_is(text: str) -> None:
    assert plain_value(plain_value(text)) == plain_value(text)


def test_provenance_is_made_of_plain_values() -> None:
    model = dataclasses.replace(
        iris_model(),
        provenance={"seed": np.int64(3), "loss": float("nan"), "share": np.float32(0.5), "pair": (1, True)},
    )
    assert model.provenance == {"seed": 3, "loss": None, "share": 0.5, "pair": [1, True]}
    for value in (Path("x"), {1: 2}, object(), np.zeros(3)):
        with pytest.raises(DataError, match="cannot be kept in a model; give texts, numbers, lists and tables"):
            dataclasses.replace(iris_model(), provenance={"bad": value})
    with pytest.raises(DataError, match="cannot be kept in a model"):
        TrainedArrays({"bad": Path("x")}, {})
    with pytest.raises(DataError, match="array 'x' of type object cannot be kept in a model; convert it to float32"):
        TrainedArrays({}, {"x": np.array([None])})


def test_half_characters_do_not_get_into_files() -> None:
    model = dataclasses.replace(iris_model(), provenance={"file\udcff": ["caf\udce9.csv"]})
    assert model.provenance == {"file?": ["caf?.csv"]}
    with pytest.raises(DataError, match="it holds half a character"):
        dataclasses.replace(iris_model(), classes=("a", "b", "\ud800"))


def test_a_model_names_its_circuit_after_what_it_reads() -> None:
    circuit = iris_model().head.circuit
    assert circuit.name == "flowers"
    assert circuit.inputs == iris_model().encoder.names


def test_parts_that_do_not_fit_make_no_model() -> None:
    head = layered_head(5, [8, 6], 3)
    with pytest.raises(CaLogicError, match="a model with 4 bits has 5 in its circuit"):
        model_of(random_encoder(4, 3), head)
    good = model_of(random_encoder(5, 3), head)
    with pytest.raises(DataError, match="a model with 2 columns has 3"):
        dataclasses.replace(good, columns=good.columns[:2])
    lows = np.array([np.inf, *good.encoder.lows[1:]], np.float32)
    with pytest.raises(DataError, match="must make a bit at least"):
        model_of(random_encoder(0, 1), group_sum(CircuitBuilder([]).build({"y": 0}), 1))
    with pytest.raises(DataError, match="a bit that no number sets"):
        dataclasses.replace(good, encoder=dataclasses.replace(good.encoder, lows=lows))
