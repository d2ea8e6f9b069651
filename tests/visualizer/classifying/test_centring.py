import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from ca_logic.visualizer.classifying.centring import centred, shrunk

sides = st.integers(1, 40)
images = arrays.arrays(np.uint8, st.tuples(sides, sides))


@given(images, sides, sides)
def test_shrinking_keeps_the_mean(image: np.ndarray, height: int, width: int) -> None:
    shrunken = shrunk(image, height, width)
    assert shrunken.shape == (height, width)
    # Each pixel is rounded.
    assert abs(shrunken.mean() - image.mean()) <= 0.5 + 1e-9


@given(images)
def test_an_image_of_the_same_size_stays_what_it_is(image: np.ndarray) -> None:
    assert (shrunk(image, *image.shape) == image).all()


def test_each_pixel_is_the_mean_of_what_it_covers() -> None:
    assert shrunk(np.array([[0, 100, 200, 200, 40, 60]], np.uint8), 1, 3).tolist() == [[50, 200, 50]]
    assert shrunk(np.array([[0, 90, 180]], np.uint8), 1, 2).tolist() == [[30, 150]]


@given(st.integers(0, 150), st.integers(0, 150), st.integers(8, 70), st.integers(8, 70))
def test_a_drawing_is_scaled_into_the_box_wherever_it_was(top: int, left: int, height: int, width: int) -> None:
    ink = np.zeros((224, 224), np.uint8)
    ink[top : top + height, left : left + width] = 255
    rows, columns = np.nonzero(centred(ink, 28, 28, box=20))
    for lines, side in ((rows, height), (columns, width)):
        assert abs(np.ptp(lines) + 1 - 20 * side / max(height, width)) <= 0.5


@given(st.integers(0, 200), st.integers(0, 200))
def test_where_it_was_drawn_does_not_matter(x: int, y: int) -> None:
    digit = np.zeros((224, 224), np.uint8)
    digit[:24, :6], digit[18:24, :24] = 255, 200
    moved = np.roll(digit, (y, x), axis=(0, 1))
    assert (centred(moved, 28, 28, box=20) == centred(digit, 28, 28, box=20)).all()


def test_the_centre_of_mass_is_in_the_middle() -> None:
    ink = np.zeros((224, 224), np.uint8)
    ink[100:140, 30:34], ink[130:140, 30:60] = 255, 255
    image = centred(ink, 28, 28, box=14).astype(float)
    for axis in (0, 1):
        lines = image.sum(axis=axis)
        assert abs((np.arange(28) + 0.5) @ lines / lines.sum() - 14) <= 0.5


def test_a_heavy_end_is_not_pushed_out_of_the_image() -> None:
    ink = np.zeros((200, 200), np.uint8)
    ink[0:160, 80] = 40
    ink[150:160, 40:120] = 255
    image = centred(ink, 20, 20, box=20)
    assert image.any(axis=1).all()


def test_an_empty_drawing_is_an_empty_image() -> None:
    assert not centred(np.zeros((224, 224), np.uint8), 28, 28, box=20).any()
