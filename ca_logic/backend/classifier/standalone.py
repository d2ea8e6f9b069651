"""A classifier as one C file, for programs without Python: the driver, the network and their tables in a row.

The one idea: it is the same text that the library is compiled from, `native/classifier.c` with what it includes and
the parts of the network, and so it is right where the library is.
"""

import re
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import DTypeLike

from ca_logic.backend.classifier.digits import ScoreDigits, score_digits
from ca_logic.backend.classifier.inputs import InputPlan, plan_inputs, used_inputs
from ca_logic.backend.classifier.network_source import SLOT_MACRO, NetworkSource, render_network
from ca_logic.circuit.group_sum import GroupSum
from ca_logic.errors import DataError
from ca_logic.formats.c_source import NAMES, comment_block
from ca_logic.formats.names import require_name
from ca_logic.synthesis.lookup_mapping import map_to_lookup
from ca_logic.tasks.encoding import Encoder
from ca_logic.toolchain.library import native_text

_EXPORTED = re.compile(r"\bclassifier_\w+(?=\()")
_INCLUDE = re.compile(r'(?m)^#include "(\w+\.h)"\n')

_C_TYPES = {np.dtype(np.uint8): "uint8_t", np.dtype(np.float32): "float", np.dtype(np.float64): "double"}
_KINDS = {np.dtype(np.uint8): "UINT8", np.dtype(np.float32): "FLOAT32", np.dtype(np.float64): "FLOAT64"}

_NUMBERS_OF_LINE = 8


def render_standalone(
    encoder: Encoder, head: GroupSum, name: str, *, dtype: DTypeLike = np.float32, comments: Sequence[str] = ()
) -> tuple[str, str]:
    """Returns the C11 text of a classifier, and its header: sizes, and the prototype of `NAME_classify`.

    The text needs nothing but the standard library. It works on vectors as wide as the processor that a compiler is
    told of has, and on plain words where there are none; threads may call it at the same time.

    Args:
        encoder: makes the bits that the circuit reads.
        head: the circuit and the sums over its outputs.
        name: with what names in C begin; several classifiers with different names may be linked together.
        dtype: of the features, uint8, float32 or float64.
        comments: lines to put on top, such as the names of the classes and of the features.

    Raises:
        CircuitError: if the name is none in C, the circuit does not fit the encoder, or scores may not fit into int32.
        DataError: if features cannot be of that type.
    """
    features = np.dtype(dtype)
    if features not in _C_TYPES:
        raise DataError(f"a classifier in C takes features of uint8, float32 or float64, not {features}.")
    require_name(name, NAMES)
    digits = score_digits(head)
    plan = plan_inputs(encoder, used_inputs(digits.circuit))
    network = render_network(map_to_lookup(digits.circuit), plan)
    prototype = (
        f"int {name}_classify(const {_C_TYPES[features]} *features, uint64_t num_samples, int32_t *classes, "
        "int32_t *scores)"
    )
    text = [
        *_comment(encoder, head, plan, name, _C_TYPES[features], comments),
        "#include <math.h>",
        *_driver(name),
        *_network(network),
        *_arrays(plan, network, features),
        *_model(plan, network, digits),
        *_classify(prototype, encoder, features),
    ]
    sizes = f"{name}_num_features = {encoder.num_features}, {name}_num_classes = {head.num_classes}"
    return "\n".join(text), _header(prototype, sizes)


def _comment(
    encoder: Encoder, head: GroupSum, plan: InputPlan, name: str, c_type: str, comments: Sequence[str]
) -> list[str]:
    used = sorted(set(plan.bits[plan.bits >= 0].tolist()))
    return comment_block(
        [
            *comments,
            f"{name}: {head.circuit.name}, {head.circuit.num_gates} gates, {head.num_classes} classes.",
            f"{name}_classify reads num_samples rows of {encoder.num_features} features, each {c_type}:",
            f"feature f of sample s is features[s * {encoder.num_features} + f]. It writes the class of sample s to",
            f"classes[s] and the score of class c to scores[s * {head.num_classes} + c]; what is NULL is not written.",
            "It returns 0, or -1 if there is no memory for it. Compiled with -O3 -march=native it is fastest.",
            "Bits of a sample, each 1 where a feature lies within two limits:",
            *(f"x{bit} is {encoder.names[bit]}" for bit in used),
        ]
    )


def _driver(name: str) -> Iterable[str]:
    """Yields the hand-written C, with names of its own and everything that it includes."""
    for exported in dict.fromkeys(_EXPORTED.findall(native_text("classifier.h"))):
        yield f"#define {exported} {name}_{exported.removeprefix('classifier_')}"
    yield _INCLUDE.sub(lambda match: native_text(match[1]), native_text("classifier.c"))


def _network(network: NetworkSource) -> Iterable[str]:
    """Yields the gates."""
    yield "#define PART static NOINLINE"
    yield SLOT_MACRO
    yield ""
    yield network.declarations()
    yield from network.parts
    yield f"static {network.main('network')}"


def _arrays(plan: InputPlan, network: NetworkSource, features: np.dtype) -> Iterable[str]:
    """Yields what the model and samples point to."""
    limit = "uint8_t" if features == np.uint8 else "float"
    lowest, highest = plan.limits(features)
    ranges = (f"{{{', '.join(map(str, numbers))}}}" for numbers in plan.ranges.tolist())
    yield from _array("classifier_range", "ranges", ranges, empty="{0, 0, 0}")
    yield from _array(limit, "lowest", map(_literal, lowest.tolist()))
    yield from _array(limit, "highest", map(_literal, highest.tolist()))
    yield from _array("uint32_t", "digits", map(str, network.outputs.tolist()))


def _model(plan: InputPlan, network: NetworkSource, digits: ScoreDigits) -> Iterable[str]:
    """Yields what the driver has to know of the network."""
    fields = {
        "num_inputs": len(plan.bits),
        "num_slots": network.num_slots,
        "num_ranges": len(plan.ranges),
        "ranges": "ranges",
        "num_classes": digits.num_classes,
        "num_digits": digits.num_digits,
        "is_signed": int(digits.is_signed),
        "digits": "digits",
    }
    yield from _structure("static const classifier_model model", fields, indent="")
    yield ""


def _classify(prototype: str, encoder: Encoder, features: np.dtype) -> Iterable[str]:
    """Yields the one function that others can call."""
    fields = {
        "count": "(size_t)num_samples",
        "type": f"CLASSIFIER_{_KINDS[features]}",
        "values": "features",
        "pitch": encoder.num_features,
        "lowest": "lowest",
        "highest": "highest",
    }
    yield f"{prototype};"
    yield ""
    yield f"{prototype} {{"
    yield from _structure("    const classifier_samples samples", fields, indent="    ")
    yield "    return classifier_apply(&model, network, NULL, &samples, classes, scores);"
    yield "}"
    yield ""


def _header(prototype: str, sizes: str) -> str:
    linkage = ["#ifdef __cplusplus", 'extern "C"', "#endif"]
    return "\n".join(["#pragma once", "#include <stdint.h>", f"enum {{ {sizes} }};", *linkage, f"{prototype};", ""])


def _array(kind: str, name: str, values: Iterable[str], *, empty: str = "0") -> list[str]:
    """Returns the definition of an array; C has none without elements, so that one is `empty`."""
    items = [*values] or [empty]
    lines = [items[k : k + _NUMBERS_OF_LINE] for k in range(0, len(items), _NUMBERS_OF_LINE)]
    return [f"static const {kind} {name}[] = {{", *(f"    {', '.join(line)}," for line in lines), "};", ""]


def _structure(definition: str, fields: dict[str, object], *, indent: str) -> Sequence[str]:
    return [
        f"{definition} = {{",
        *(f"{indent}    .{name} = {value}," for name, value in fields.items()),
        f"{indent}}};",
    ]


def _literal(limit: float) -> str:
    if isinstance(limit, int):
        return str(limit)
    if np.isinf(limit):
        return "INFINITY" if limit > 0 else "-INFINITY"
    return f"{limit.hex()}f"
