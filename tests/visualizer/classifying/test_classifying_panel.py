"""The panel with small classifiers, by mouse and keys, in memory."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pygame
import pytest

from ca_logic.backend.classifier import NumpyClassifier
from ca_logic.circuit import Circuit
from ca_logic.errors import DataError, UsageError
from ca_logic.runtime.classifier import Classifier, ClassifierModel
from ca_logic.tasks.datasets import Samples
from ca_logic.tasks.datasets.fetching import OnProgress
from ca_logic.visualizer.classifying import ClassifyingPanel, open_classifier
from ca_logic.visualizer.classifying.image_view import ImageView
from ca_logic.visualizer.classifying.samples_loading import KnownSamples, LoadSamples, load_test_samples
from ca_logic.visualizer.classifying.table_view import TableView
from ca_logic.visualizer.events import (
    Button,
    ButtonPress,
    ButtonRelease,
    FileDrop,
    InputEvent,
    KeyPress,
    Modifiers,
    PointerMove,
    WheelTurn,
)
from ca_logic.visualizer.painter import DARK, LIGHT, Painter, Style
from tests.cli.models_on_disk import learn_small_models
from tests.runtime.classifier.models import WEATHER, image_model, iris_model, weather_data, weather_model
from tests.visualizer.drawn import num_other_pixels, painter_of, pixels_of

LEFT: frozenset[Button] = frozenset({"left"})
NONE = Modifiers()


class ShownGates:
    """Remembers which bits it was to show."""

    def __init__(self, circuit: Circuit) -> None:
        self.circuit = circuit
        self.bits: list[np.ndarray] = []
        self.area: pygame.Rect | None = None

    def light(self, inputs: np.ndarray) -> None:
        assert inputs.shape == (len(self.circuit.inputs),)
        self.bits.append(inputs)

    def draw(self, painter: Painter, area: pygame.Rect) -> None:
        self.area = area
        painter.box(area, border=painter.style.border)

    def handle(self, event: InputEvent) -> bool:
        if not isinstance(event, PointerMove | ButtonPress) or not self.area:
            return False
        return self.area.collidepoint(event.x, event.y)


class Stage:
    """A panel in a window in memory, with a clock of its own."""

    def __init__(
        self,
        model: ClassifierModel,
        load: LoadSamples | None = None,
        *,
        gates: ShownGates | None = None,
        size: tuple[int, int] = (900, 600),
        style: Style = DARK,
    ) -> None:
        self.now = 0.0
        classifier = Classifier(model, NumpyClassifier(model.encoder, model.head))
        self.panel = ClassifyingPanel(classifier, load=load, gates=gates, clock=self._tick)
        self.painter = painter_of(*size, style)
        self.frame()

    def frame(self, seconds: float = 1 / 60) -> None:
        self.now += seconds
        self.panel.draw(self.painter, self.painter.surface.get_rect())

    def load(self) -> None:
        """Waits for the samples, and draws."""
        assert self.panel.loading
        self.panel.loading.wait()
        self.frame()

    def key(self, key: str, modifiers: Modifiers = NONE) -> bool:
        taken = self.panel.handle(KeyPress(key, modifiers=modifiers))
        self.frame()
        return taken

    def does(self, *events: InputEvent) -> None:
        for event in events:
            assert self.panel.handle(event)
            self.frame()

    def has(self, colour: tuple[int, int, int]) -> bool:
        pixels = pixels_of(self.painter).reshape(-1, 3)
        return bool((pixels == np.array(colour)).all(axis=1).sum() > 200)

    @property
    def winner(self) -> str:
        scores = self.panel.live.scores
        assert scores
        return scores.classes[scores.winner]

    @property
    def index(self) -> int:
        assert self.panel.stepper
        return self.panel.stepper.index

    def _tick(self) -> float:
        # Nothing takes no time at all.
        self.now += 1e-3
        return self.now


def images(*taken_for: int, shape: tuple[int, int, int] = (1, 4, 4)) -> LoadSamples:
    """Returns what reads images of class 0 that are taken for these classes."""
    features = np.zeros((len(taken_for), int(np.prod(shape))), np.uint8)
    for row, place in zip(features, taken_for, strict=True):
        row[place] = 255
    samples = Samples(features, np.zeros(len(taken_for), np.int32))
    ends = np.zeros(features.shape[1], np.float32)
    known = KnownSamples("pictures", "test", samples, ends, ends + 255, ends == 0)
    return lambda _: known


def iris(on_progress: OnProgress) -> KnownSamples:
    return load_test_samples(iris_model(), None, on_progress)


def test_a_drawing_is_classified_at_each_change() -> None:
    stage = Stage(image_model())
    view = stage.panel.view
    assert isinstance(view, ImageView)
    place = view.pad.place
    cell = place.width // 4
    left, right = ((place.left + cell * column + cell // 2, place.top + cell // 2) for column in (0, 1))
    assert view.is_blank
    stage.does(ButtonPress(*right), ButtonRelease(*right))
    assert stage.winner == "right"
    stage.does(ButtonPress(*left), ButtonRelease(*left))
    assert stage.winner == "left"
    stage.does(ButtonPress(*left, "right"), ButtonRelease(*left, "right"))
    stage.does(ButtonPress(*right), ButtonRelease(*right))
    assert stage.winner == "right"
    assert stage.key("c")
    assert view.is_blank


def test_samples_are_not_read_before_the_first_frame_is_drawn() -> None:
    has_begun = []

    def read(on_progress: OnProgress) -> KnownSamples:
        has_begun.append(True)
        return iris(on_progress)

    model = iris_model()
    panel = ClassifyingPanel(Classifier(model, NumpyClassifier(model.encoder, model.head)), load=read)
    assert panel.loading
    assert not has_begun
    panel.draw(painter_of(640, 400), pygame.Rect(0, 0, 640, 400))
    panel.loading.wait()
    assert has_begun
    assert panel.is_at_work


def test_nothing_is_at_work_when_all_has_been_drawn() -> None:
    stage = Stage(iris_model(), iris)
    stage.load()
    for _ in range(3):
        stage.frame()
    assert not stage.panel.is_at_work
    stage.panel.handle(KeyPress("right"))
    assert stage.panel.is_at_work
    stage.frame()
    assert not stage.panel.is_at_work


def test_keys_step_through_samples() -> None:
    stage = Stage(image_model(), images(0, 0, 1, 0, 1))
    assert not stage.key("right")
    stage.load()
    shown = []
    for key in ("right", "right", "left", "w", "w", "w", "left"):
        assert stage.key(key)
        shown.append(stage.index)
    assert shown == [1, 2, 1, 2, 4, 2, 1]
    assert stage.key("r")


def test_a_right_sample_is_green_and_a_wrong_one_is_red() -> None:
    stage = Stage(image_model(), images(0, 1))
    stage.load()
    stage.key("right")
    assert stage.winner == "right"
    assert stage.has(DARK.bad)
    stage.key("left")
    assert stage.winner == "left"
    assert stage.has(DARK.good)
    assert not stage.has(DARK.bad)


def test_drawing_goes_on_while_samples_come_and_tab_goes_there_and_back() -> None:
    stage = Stage(image_model(), images(0, 1))
    view = stage.panel.view
    assert isinstance(view, ImageView)
    view.pad.stroke((1.5, 0.5), (1.5, 0.5))
    stage.load()
    assert view.is_own
    assert stage.winner == "right"
    stage.key("tab")
    assert not view.is_own
    assert stage.winner == "left"
    stage.key("tab")
    assert stage.winner == "right"


def test_colours_are_shown_and_not_drawn() -> None:
    stage = Stage(image_model((3, 4, 4)), images(0, 1, shape=(3, 4, 4)))
    assert stage.panel.live.scores is None
    assert not stage.key("c")
    stage.load()
    assert stage.winner == "left"
    # The first pixel is red, and nothing else.
    assert stage.has((255, 0, 0))


def test_playing_counts_up_through_all_samples() -> None:
    stage = Stage(image_model(), images(*[0, 0, 0, 1] * 500))
    stage.load()
    assert stage.key("space")
    stepper = stage.panel.stepper
    assert stepper
    counts = []
    for _ in range(300):
        stage.frame()
        counts.append(stepper.playing.num_played)
    assert counts == sorted(counts)
    assert len(set(counts)) > 50
    assert counts[-1] == 2000
    assert stepper.judging.num_right(2000) == 1500
    assert stage.panel.live.meter.rate > 1000
    assert not stage.panel.is_at_work


def test_sliders_start_at_the_first_sample_and_leave_it_when_moved() -> None:
    stage = Stage(iris_model(), iris)
    view = stage.panel.view
    assert isinstance(view, TableView)
    assert view.is_own
    stage.load()
    assert not view.is_own
    assert stage.has(DARK.good)
    row = view.sliders.row_of(2)
    assert row
    x, y = row.track.right - 1, row.track.centery
    stage.does(ButtonPress(x, y), ButtonRelease(x, y))
    assert view.is_own
    assert view.row[2] == pytest.approx(6.9)
    assert stage.winner != "Iris-setosa"
    x = row.track.left
    stage.does(ButtonPress(x, y), PointerMove(x - 50, y, LEFT), ButtonRelease(x, y))
    assert stage.winner == "Iris-setosa"


def test_values_that_the_user_has_set_stay_when_samples_come() -> None:
    stage = Stage(iris_model(), iris)
    view = stage.panel.view
    assert isinstance(view, TableView)
    row = view.sliders.row_of(0)
    assert row
    stage.does(ButtonPress(row.track.left, row.track.centery), ButtonRelease(0, 0))
    before = view.row
    stage.load()
    assert view.is_own
    assert (view.row == before).all()


def test_categories_are_chosen_by_a_click(tmp_path: Path) -> None:
    stage = Stage(weather_model(weather_data(tmp_path)[0]))
    view = stage.panel.view
    assert isinstance(view, TableView)
    hot = view.sliders.row_of(1)
    outlook = view.sliders.row_of(0)
    assert hot
    assert outlook
    x, y = hot.track.right - 1, hot.track.centery
    stage.does(ButtonPress(x, y), ButtonRelease(x, y))
    categories = stage.panel.classifier.columns[0].categories
    answers = {}
    for name, chip in zip(categories, outlook.chips, strict=True):
        stage.does(ButtonPress(*chip.center), ButtonRelease(*chip.center))
        answers[name] = stage.winner
    assert answers == {"overcast": "yes", "rain": "no", "sunny": "no"}


def test_a_number_that_the_model_needs_cannot_be_taken_away(tmp_path: Path) -> None:
    stage = Stage(weather_model(weather_data(tmp_path)[0]))
    view = stage.panel.view
    assert isinstance(view, TableView)
    for feature in range(3):
        row = view.sliders.row_of(feature)
        assert row
        stage.does(ButtonPress(*row.track.center, "right"))
    assert np.isnan(view.row).tolist() == [True, False, True]
    assert stage.winner == "no"


def test_pixels_that_are_no_image_have_sliders() -> None:
    stage = Stage(dataclasses.replace(image_model(), image_shape=None))
    view = stage.panel.view
    assert isinstance(view, TableView)
    view.sliders.show(np.zeros(16, np.float32))
    row = view.sliders.row_of(1)
    assert row
    # The darkest that is not black.
    x, y = row.track.left + 1, row.track.centery
    stage.does(ButtonPress(x, y), ButtonRelease(x, y), ButtonPress(x, y, "right"))
    assert view.row[1] in range(1, 5)
    assert view.row.sum() == view.row[1]


def test_gates_get_the_bits_of_what_is_shown() -> None:
    model = image_model()
    gates = ShownGates(model.head.circuit)
    stage = Stage(model, images(0, 1), gates=gates)
    stage.load()
    stage.key("right")
    assert gates.bits[-1].tolist() == [False, True, *[False] * 14]
    assert gates.area
    assert gates.area.width > 100
    stage.does(PointerMove(*gates.area.center), ButtonPress(*gates.area.center))
    count = len(gates.bits)
    stage.frame()
    assert len(gates.bits) == count


def test_without_data_the_reason_is_said_and_drawing_works() -> None:
    def fail(_: OnProgress) -> KnownSamples:
        raise DataError("the folder holds no pictures; name another.")

    stage = Stage(image_model(), fail)
    stage.load()
    assert stage.panel.stepper is None
    assert stage.has(DARK.bad)
    view = stage.panel.view
    assert isinstance(view, ImageView)
    view.pad.stroke((0.5, 0.5), (0.5, 0.5))
    stage.frame()
    assert stage.winner == "left"
    assert stage.panel.live.meter.rate > 0
    assert not stage.panel.is_at_work


def test_a_file_that_is_dropped_is_read_as_samples(tmp_path: Path) -> None:
    model = weather_model(weather_data(tmp_path)[0])
    stage = Stage(model)
    (tmp_path / "days.csv").write_text(WEATHER)
    stage.does(FileDrop(str(tmp_path / "days.csv")))
    stage.load()
    assert stage.panel.stepper
    assert stage.panel.stepper.num_samples == 8
    (tmp_path / "half.csv").write_text("\n".join(WEATHER.splitlines()[:5]))
    stage.does(FileDrop(str(tmp_path / "half.csv")))
    stage.load()
    assert stage.panel.stepper.num_samples == 4


def test_a_file_that_does_not_fit_leaves_the_samples_and_is_complained_of(tmp_path: Path) -> None:
    stage = Stage(iris_model(), iris)
    stage.load()
    assert not stage.has(DARK.bad)
    stage.does(FileDrop(str(tmp_path / "nothing.csv")))
    stage.load()
    assert stage.panel.stepper
    assert stage.panel.loading
    assert "nothing.csv" in stage.panel.loading.message
    assert stage.has(DARK.bad)
    stage.key("right")
    assert not stage.has(DARK.bad)


def test_keys_of_the_window_are_left_to_it() -> None:
    stage = Stage(image_model(), images(0, 1))
    stage.load()
    for key in ("escape", "f1", "q", "?"):
        assert not stage.key(key)
    assert not stage.key("w", Modifiers(ctrl=True))
    assert not stage.key("r", Modifiers(alt=True))


@pytest.mark.parametrize("style", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("size", [(640, 400), (1280, 720), (1920, 1080), (120, 90)])
@pytest.mark.parametrize(
    ("make", "load"),
    [(image_model, images(*[0, 1] * 40)), (iris_model, iris)],
    ids=["images", "table"],
)
def test_windows_of_all_sizes_are_filled(
    make: Callable[[], ClassifierModel], load: LoadSamples, size: tuple[int, int], style: Style
) -> None:
    model = make()
    stage = Stage(model, load, gates=ShownGates(model.head.circuit), size=size, style=style)
    stage.load()
    stage.key("w")
    assert num_other_pixels(stage.painter) > size[0] * size[1] // 40
    stage.panel.handle(WheelTurn(size[0] // 4, size[1] // 2, -1))
    stage.frame()


def test_classes_and_columns_with_strange_names_are_drawn() -> None:
    model = iris_model()
    columns = tuple(dataclasses.replace(column, name=f"{column.name}\0\n" * 99) for column in model.columns)
    strange = dataclasses.replace(model, columns=columns, classes=("a\0", "b" * 9999, "c\n"), data_set="d\0")
    stage = Stage(strange, images(0))
    assert num_other_pixels(stage.painter) > 1000


def test_closing_stops_what_is_fetched() -> None:
    def read(on_progress: OnProgress) -> KnownSamples:
        on_progress("a", 0, 0)
        return iris(on_progress)

    model = iris_model()
    panel = ClassifyingPanel(Classifier(model, NumpyClassifier(model.encoder, model.head)), load=read)
    panel.close()
    assert panel.loading
    panel.loading.wait()
    assert panel.loading.samples is None


def test_a_classifier_is_opened_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    learn_small_models(tmp_path / "home", monkeypatch)
    gates: list[ShownGates] = []

    def make_gates(circuit: Circuit) -> ShownGates:
        gates.append(ShownGates(circuit))
        return gates[0]

    panel = open_classifier("flowers", make_gates=make_gates)
    painter = painter_of(640, 400)
    panel.draw(painter, pygame.Rect(0, 0, 640, 400))
    assert panel.loading
    panel.loading.wait()
    panel.draw(painter, pygame.Rect(0, 0, 640, 400))
    assert panel.stepper
    assert panel.stepper.num_samples == 30
    assert gates[0].circuit.name == "flowers"
    assert len(gates[0].bits) == 2


def test_what_is_no_classifier_is_said_so() -> None:
    with pytest.raises(UsageError, match="no model 'flower'"):
        open_classifier("flower")
