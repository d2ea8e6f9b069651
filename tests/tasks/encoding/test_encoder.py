"""`Encoder`: each bit compares one feature with two numbers, and JSON keeps it as it is."""

import copy
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ca_logic.errors import DataError
from ca_logic.tasks.encoding import Encoder, encoder_from_plain, pack_bits
from ca_logic.tasks.encoding import encoder as encoder_module
from tests.tasks.datasets.float_arrays import float32s

FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)
NUMBERS_OF_SAMPLES = [0, 1, 63, 64, 65, 300]


@st.composite
def encoders(draw: st.DrawFn, *, values: st.SearchStrategy[float] = FLOATS, num_features: int = 3) -> Encoder:
    num_bits = draw(st.integers(1, 8))
    pairs = [sorted([draw(values), draw(values)]) for _ in range(num_bits)]
    lows = [-np.inf if draw(st.booleans()) else low for low, _ in pairs]
    highs = [np.inf if draw(st.booleans()) else high for _, high in pairs]
    return Encoder(
        num_features=num_features,
        features=np.array([draw(st.integers(0, num_features - 1)) for _ in range(num_bits)], dtype=np.int32),
        lows=np.array(lows, dtype=np.float32),
        highs=np.array(highs, dtype=np.float32),
        names=tuple(f"b{bit}" for bit in range(num_bits)),
    )


def bits_by_hand(encoder: Encoder, features: np.ndarray) -> list[list[bool]]:
    comparisons = list(zip(encoder.features.tolist(), encoder.lows.tolist(), encoder.highs.tolist(), strict=True))
    return [[low <= row[feature] <= high for feature, low, high in comparisons] for row in features.tolist()]


@given(encoders(), st.data(), st.sampled_from(NUMBERS_OF_SAMPLES))
def test_bits_are_comparisons(encoder: Encoder, data: st.DataObject, num_samples: int) -> None:
    edges = [*encoder.lows.tolist(), *encoder.highs.tolist(), np.nan, 0.0]
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    features = rng.choice(np.array(edges, dtype=np.float32), (num_samples, 3))
    bits = encoder.encode(features)
    assert (bits.dtype, bits.shape) == (np.dtype(bool), (num_samples, encoder.num_bits))
    assert bits.tolist() == bits_by_hand(encoder, features)
    np.testing.assert_array_equal(encoder.encode_packed(features), pack_bits(bits))


@given(encoders(values=st.floats(-20, 300, width=32)), st.integers(0, 2**32), st.sampled_from(NUMBERS_OF_SAMPLES))
def test_bytes_are_compared_as_the_numbers_that_they_are(encoder: Encoder, seed: int, num_samples: int) -> None:
    features = np.random.default_rng(seed).integers(0, 256, (num_samples, 3), dtype=np.uint8)
    bits = encoder.encode(features)
    assert bits.tolist() == bits_by_hand(encoder, features)
    np.testing.assert_array_equal(encoder.encode(features.astype(np.float32)), bits)
    np.testing.assert_array_equal(encoder.encode_packed(features), pack_bits(bits))


def one_bit(low: float, high: float) -> Encoder:
    return Encoder(1, np.zeros(1, np.int32), float32s([low]), float32s([high]), ("bit",))


def test_other_numbers_are_rounded_as_those_of_training_were() -> None:
    # 4.65 in 64 bits is less than in 32.
    assert float(np.float32(4.65)) > 4.65
    encoder = one_bit(4.65, np.inf)
    for dtype in (np.float32, np.float64):
        assert encoder.encode(np.array([[4.65], [4.6]], dtype=dtype)).tolist() == [[True], [False]]
    assert one_bit(7, 7).encode(np.array([[7], [8]])).tolist() == [[True], [False]]
    assert one_bit(1, np.inf).encode(np.array([[True], [False]])).tolist() == [[True], [False]]
    assert one_bit(1, np.inf).encode(np.array([[1e300], [-1e300]])).tolist() == [[True], [False]]


def test_what_is_no_number_sets_no_bit() -> None:
    missing = np.array([[np.nan], [1.0]], dtype=np.float32)
    assert one_bit(-np.inf, np.inf).encode(missing).tolist() == [[False], [True]]


def test_blocks_fit_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder_module, "_BLOCK_BYTES", 256)
    features = np.random.default_rng(0).integers(0, 256, (100, 7), dtype=np.uint8)
    places = np.arange(7).repeat(3)
    encoder = Encoder(7, places, np.tile(float32s([60, 120, 180]), 7), np.full(21, np.float32(np.inf)), ("",) * 21)
    bits = encoder.encode(features)
    assert bits.tolist() == bits_by_hand(encoder, features)
    np.testing.assert_array_equal(encoder.encode_packed(features), pack_bits(bits))


def test_rows_may_lie_in_any_way() -> None:
    features = np.random.default_rng(0).integers(0, 256, (70, 4), dtype=np.uint8)
    encoder = Encoder(4, np.arange(4), np.full(4, np.float32(128)), np.full(4, np.float32(np.inf)), tuple("abcd"))
    expected = encoder.encode(features)
    for variant in (np.asfortranarray(features), np.repeat(features, 2, axis=0)[::2], np.pad(features, 1)[1:-1, 1:-1]):
        np.testing.assert_array_equal(encoder.encode(variant), expected)


@pytest.mark.parametrize("shape", [(3,), (3, 2), (1, 3, 1), (0, 2)])
def test_rows_of_the_wrong_width_are_refused(shape: tuple[int, ...]) -> None:
    encoder = Encoder(3, np.zeros(1, np.int32), float32s([0]), float32s([1]), ("bit",))
    with pytest.raises(DataError, match="are no samples of 3 features; give one row a sample"):
        encoder.encode(np.zeros(shape))


# JSON.


@given(encoders())
def test_json_keeps_an_encoder_as_it_is(encoder: Encoder) -> None:
    again = encoder_from_plain(json.loads(json.dumps(encoder.to_plain(), allow_nan=False)))
    assert (again.num_features, again.names) == (encoder.num_features, encoder.names)
    for name in ("features", "lows", "highs"):
        first, second = getattr(encoder, name), getattr(again, name)
        assert first.dtype == second.dtype
        np.testing.assert_array_equal(first, second)


PLAIN = {
    "num_features": 2,
    "features": [0, 1],
    "lows": [0.5, None],
    "highs": [None, 3],
    "names": ["a", "b"],
}


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("num_features", 0, "num_features must be from 1"),
        ("num_features", True, "num_features must be from 1"),
        ("num_features", 1 << 40, "num_features must be from 1 to"),
        ("num_features", "2", "num_features must be from 1"),
        ("features", [0], "features must be a list with one entry a bit"),
        ("features", None, "features must be a list"),
        ("features", [0, 2], "each of features must be from 0 to 1"),
        ("features", [0, -1], "each of features must be from 0 to 1"),
        ("features", [0, 1.0], "each of features must be from 0 to 1"),
        ("lows", [0, "1"], "each of lows must be a number or null"),
        ("lows", [0, True], "each of lows must be a number or null"),
        ("lows", [0, float("nan")], "each of lows must fit into 32 bits"),
        ("highs", [0.5, float("inf")], "each of highs must fit into 32 bits"),
        ("highs", [1e39, 1], "each of highs must fit into 32 bits"),
        ("highs", [10**400, 1], "each of highs must fit into 32 bits"),
        ("highs", [0.25, 1], "a bit has a low above its high"),
        ("names", ["a", "a"], "names must be different texts"),
        ("names", ["a", ""], "names must be different texts"),
        ("names", ["a", 1], "names must be different texts"),
        ("names", [["a"], "b"], "names must be different texts"),
        ("names", {"a": 1}, "must be a list with one entry a bit"),
        ("more", 1, "it must have exactly num_features, features, lows, highs, names"),
    ],
)
def test_what_is_no_encoder_is_told(key: str, value: object, message: str) -> None:
    plain = {**copy.deepcopy(PLAIN), key: value}
    with pytest.raises(DataError, match=f"^no encoder: .*{message}"):
        encoder_from_plain(plain)


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3), st.lists, max_leaves=6)
)
def test_whatever_json_holds_is_an_encoder_or_an_error_for_people(value: object) -> None:
    for key in PLAIN:
        with pytest.raises(DataError, match="no encoder"):
            encoder_from_plain({**PLAIN, key: value, "more": 1})
    with pytest.raises(DataError, match="no encoder"):
        encoder_from_plain(value)
    assert encoder_from_plain(PLAIN).num_bits == 2
