"""The one C file: any compiler takes it, it is right in a program of its own, and it stays within its memory."""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ca_logic.backend.classifier import render_standalone
from ca_logic.circuit import CircuitBuilder
from ca_logic.circuit.group_sum import GroupSum
from ca_logic.errors import CircuitError, DataError
from ca_logic.tasks.encoding import Encoder
from tests.backend.classifier.classifiers import (
    BATCHES,
    expected_scores,
    layered_classifiers,
    layered_head,
    pixel_encoder,
    random_encoder,
    random_features,
)
from tests.oracles import STRICT_C

TYPES = {"uint8_t": np.uint8, "float": np.float32, "double": np.float64}

MAIN = """
#include "net.h"
#include "net.h"
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    uint64_t count;
    while (fread(&count, sizeof count, 1, stdin) == 1) {
        FEATURE *features = malloc((size_t)count * net_num_features * sizeof *features);
        int32_t *classes = malloc((size_t)count * sizeof *classes);
        int32_t *scores = malloc((size_t)count * net_num_classes * sizeof *scores);
        if (fread(features, sizeof *features * net_num_features, (size_t)count, stdin) != count) return 1;
        if (net_classify(features, count, classes, NULL) || net_classify(features, count, NULL, scores)) return 2;
        fwrite(classes, sizeof *classes, (size_t)count, stdout);
        fwrite(scores, sizeof *scores * net_num_classes, (size_t)count, stdout);
        free(features);
        free(classes);
        free(scores);
    }
    return 0;
}
"""


def constant_head(num_inputs: int) -> GroupSum:
    """Returns scores that nothing is read for."""
    circuit = CircuitBuilder([f"x{k}" for k in range(num_inputs)]).build({"y": 0})
    none = np.empty(0, np.int64)
    return GroupSum(circuit, np.array([-5, 3, 3]), none, none, none)


PIXELS = pixel_encoder(100), layered_head(100, (150, 90), 9)
ANYTHING = random_encoder(70, 30, seed=1), layered_head(70, (50, 21), 7, seed=1)
CONSTANTS = random_encoder(9, 3), constant_head(9)


def require_compiler(name: str) -> None:
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")


def build(compiler: str, classifier: tuple[Encoder, GroupSum], c_type: str, folder: Path, *flags: str) -> Path:
    """Returns a program of one classifier."""
    text, header = render_standalone(*classifier, "net", dtype=TYPES[c_type])
    for name, content in (("net.c", text), ("net.h", header), ("main.c", MAIN)):
        (folder / name).write_text(content, encoding="utf-8")
    sources = [str(folder / "net.c"), str(folder / "main.c")]
    command = [compiler, *STRICT_C, "-Wpedantic", *flags, f"-DFEATURE={c_type}", *sources, "-o", str(folder / "main")]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr[:1500]
    return folder / "main"


def assert_right(program: Path, classifier: tuple[Encoder, GroupSum], c_type: str) -> None:
    encoder, head = classifier
    requests, answers = b"", b""
    for num_samples in BATCHES:
        features = random_features(num_samples, encoder.num_features, TYPES[c_type], seed=num_samples)
        requests += np.uint64(num_samples).tobytes() + features.tobytes()
        scores = expected_scores(encoder, head, features).astype(np.int32)
        answers += scores.argmax(axis=1).astype(np.int32).tobytes() + scores.tobytes()
    result = subprocess.run([str(program)], input=requests, capture_output=True, check=False)
    assert result.returncode == 0, result.stderr[:1500]
    assert result.stderr == b""
    assert result.stdout == answers


@pytest.mark.parametrize("flags", [("-O2",), ("-O1", "-march=native"), ("-O0", "-DPLAIN_WORDS")])
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_a_program_classifies_without_python(compiler: str, flags: tuple[str, ...], tmp_path: Path) -> None:
    require_compiler(compiler)
    for classifier, c_type in ((PIXELS, "uint8_t"), (ANYTHING, "float"), (ANYTHING, "double"), (CONSTANTS, "float")):
        assert_right(build(compiler, classifier, c_type, tmp_path, *flags), classifier, c_type)


@settings(max_examples=4, deadline=None)
@given(layered_classifiers(), st.sampled_from(list(TYPES)))
def test_networks_of_any_shape_are_right(classifier: tuple[Encoder, GroupSum], c_type: str) -> None:
    require_compiler("cc")
    with tempfile.TemporaryDirectory() as folder:
        assert_right(build("cc", classifier, c_type, Path(folder), "-O0"), classifier, c_type)


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_it_stays_within_its_memory(compiler: str, tmp_path: Path) -> None:
    require_compiler(compiler)
    sanitize = ("-O0", "-march=native", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
    (tmp_path / "trivial.c").write_text("int main(void) { return 0; }\n", encoding="utf-8")
    trivial = [compiler, *sanitize, str(tmp_path / "trivial.c"), "-o", str(tmp_path / "trivial")]
    if subprocess.run(trivial, capture_output=True, check=False).returncode != 0:
        pytest.skip(f"{compiler} has no address and undefined-behaviour sanitizer (libasan, libubsan) here")
    assert_right(build(compiler, ANYTHING, "float", tmp_path, *sanitize), ANYTHING, "float")


def test_several_classifiers_may_be_linked_together(tmp_path: Path) -> None:
    require_compiler("cc")
    names = ("first", "second")
    encoder, head = ANYTHING
    for name in names:
        text, header = render_standalone(encoder, head, name)
        (tmp_path / f"{name}.c").write_text(text, encoding="utf-8")
        (tmp_path / f"{name}.h").write_text(header, encoding="utf-8")
    calls = " || ".join(f"{name}_classify(NULL, 0, NULL, NULL)" for name in names)
    main = f'#include "first.h"\n#include "second.h"\n#include <stddef.h>\nint main(void) {{ return {calls}; }}\n'
    (tmp_path / "main.c").write_text(main, encoding="utf-8")
    sources = [str(tmp_path / f"{name}.c") for name in (*names, "main")]
    subprocess.run(["cc", *STRICT_C, *sources, "-o", str(tmp_path / "main")], check=True)
    subprocess.run([str(tmp_path / "main")], check=True)


def test_the_header_says_sizes_and_prototype() -> None:
    _, header = render_standalone(*PIXELS, "net", dtype="uint8")
    assert header.splitlines() == [
        "#pragma once",
        "#include <stdint.h>",
        "enum { net_num_features = 100, net_num_classes = 9 };",
        *("#ifdef __cplusplus", 'extern "C"', "#endif"),
        "int net_classify(const uint8_t *features, uint64_t num_samples, int32_t *classes, int32_t *scores);",
    ]


def test_the_header_is_for_cpp_too(tmp_path: Path) -> None:
    require_compiler("cc")
    require_compiler("c++")
    text, header = render_standalone(*CONSTANTS, "net")
    main = '#include "net.h"\nint main() { return net_classify(nullptr, 0, nullptr, nullptr); }\n'
    for name, content in (("net.c", text), ("net.h", header), ("main.cpp", main)):
        (tmp_path / name).write_text(content, encoding="utf-8")
    subprocess.run(["cc", "-c", "net.c"], cwd=tmp_path, check=True)
    subprocess.run(["c++", "main.cpp", "net.o", "-o", "main", "-lm"], cwd=tmp_path, check=True)
    subprocess.run([str(tmp_path / "main")], check=True)


def test_the_text_says_where_what_stands() -> None:
    text, _ = render_standalone(*PIXELS, "net", dtype="uint8")
    assert "100 features, each uint8_t:\n * feature f of sample s is features[s * 100 + f]." in text
    assert "the score of class c to scores[s * 9 + c];" in text


def test_the_text_includes_nothing_but_the_standard_library() -> None:
    text, _ = render_standalone(*PIXELS, "net")
    includes = re.findall(r"#include\s*(.*)", text)
    assert set(includes) <= {"<math.h>", "<stddef.h>", "<stdint.h>", "<stdlib.h>", "<string.h>"}


def test_bits_are_named_in_the_text() -> None:
    text, _ = render_standalone(*PIXELS, "net", comments=["by */ nobody"])
    assert text.startswith("/* by * / nobody\n")
    assert " * x7 is p7\n" in text


@pytest.mark.parametrize("name", ["1st", "int", "a b", "x;y", "", "größe"])
def test_a_name_that_c_does_not_allow_is_told(name: str) -> None:
    with pytest.raises(CircuitError, match="cannot be a name in C"):
        render_standalone(*PIXELS, name)


def test_a_type_that_c_does_not_compare_is_told() -> None:
    with pytest.raises(DataError, match="takes features of uint8, float32 or float64, not int16"):
        render_standalone(*PIXELS, "net", dtype=np.int16)
