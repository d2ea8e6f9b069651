"""`ClassifyingPanel`: a classifier at work: what it is given, its scores, its gates, and samples to try it on."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pygame

from ca_logic.runtime.classifier import Classifier
from ca_logic.visualizer.classifying.gate_display import GateDisplay
from ca_logic.visualizer.classifying.image_view import ImageView
from ca_logic.visualizer.classifying.input_view import InputView
from ca_logic.visualizer.classifying.judging import Clock, Judging
from ca_logic.visualizer.classifying.lettering import legible, lines_of, write
from ca_logic.visualizer.classifying.live_scores import LiveScores
from ca_logic.visualizer.classifying.panel_header import draw_header
from ca_logic.visualizer.classifying.panel_layout import LINE, arrange
from ca_logic.visualizer.classifying.sample_controls import SampleControls
from ca_logic.visualizer.classifying.sample_stepper import SampleStepper
from ca_logic.visualizer.classifying.sample_strip import SampleStrip
from ca_logic.visualizer.classifying.samples_loading import (
    KnownSamples,
    LoadSamples,
    SamplesLoading,
    load_file_samples,
)
from ca_logic.visualizer.classifying.score_bars import draw_scores
from ca_logic.visualizer.classifying.table_view import TableView
from ca_logic.visualizer.classifying.verdict import Verdict
from ca_logic.visualizer.events import ButtonPress, FileDrop, InputEvent, KeyPress, PointerMove
from ca_logic.visualizer.painter import SMALL_SIZE, Painter

_BUDGET = 0.004
"""Seconds of a frame that predictions may take, about."""

_NOWHERE = (-1, -1)


class ClassifyingPanel:
    """A `Panel` that fills the window. Each `draw` does its share of the work, so it is to be called at each frame.

    Keys: left and right go to the sample before and behind, `r` to any, `w` to the next that is taken for another
    class; space plays all. `tab` goes from drawing to samples and back, `c` clears the drawing. A file that is dropped
    is read as samples.

    Attributes:
        classifier: what runs.
        view: where the user draws, or sets values.
        live: what the classifier says of it.
        stepper: which sample is shown; None until there are any.
        loading: samples that are being read, if any are.
    """

    def __init__(
        self,
        classifier: Classifier,
        *,
        load: LoadSamples | None = None,
        gates: GateDisplay | None = None,
        warnings: Sequence[str] = (),
        clock: Clock = time.perf_counter,
        seed: int = 0,
    ) -> None:
        """Makes it; samples are not read before the first frame is drawn.

        Args:
            classifier: what runs.
            load: reads samples with known classes, in a thread.
            gates: shows the gates, if it is to.
            warnings: what makes the classifier slow, for people; it may grow later.
            clock: seconds, of any beginning.
            seed: decides which samples chance leads to.
        """
        model = classifier.model
        self.classifier = classifier
        self.live = LiveScores(classifier, gates, clock)
        self.stepper: SampleStepper | None = None
        self.loading = SamplesLoading(legible(model.data_set or "samples"), load) if load else None
        is_image = model.image_shape is not None and model.has_only_pixels
        self.view: InputView = (ImageView if is_image else TableView)(model, on_change=self._note_change)
        self._shape = model.image_shape if is_image else None
        self._gates, self._warnings, self._clock, self._seed = gates, warnings, clock, seed
        self._known: KnownSamples | None = None
        self._strip: SampleStrip | None = None
        self._controls = SampleControls()
        self._pointer = _NOWHERE
        self._is_stale = True
        self._last_frame = clock()
        self._drawn_background: tuple[object, ...] = ()

    @property
    def is_at_work(self) -> bool:
        """Whether the next frame may look different without any event."""
        is_stepping = self.stepper is not None and self.stepper.is_at_work
        return is_stepping or self._is_stale or self._background != self._drawn_background

    def close(self) -> None:
        """Stops reading samples; to be called when nobody looks any more."""
        if self.loading:
            self.loading.stop()

    def draw(self, painter: Painter, area: pygame.Rect) -> None:
        """Does what fits into a frame, and draws everything."""
        self._drawn_background = self._background
        self._advance()
        painter.box(area, painter.style.background, radius=0)
        layout = arrange(
            area,
            num_classes=len(self.live.classes),
            is_image=self._shape is not None,
            has_samples=self.stepper is not None,
            has_gates=self._gates is not None,
        )
        draw_header(painter, layout.header, self.classifier, self.live, self._warning())
        self.view.draw(painter, layout.subject, verdict=self._verdict(), pointer=self._pointer)
        if self.live.scores:
            draw_scores(painter, layout.scores, self.live.scores, self.live.scale)
        if self._gates and layout.gates:
            self._gates.draw(painter, layout.gates)
        if self.stepper and self._strip:
            self._strip.draw(painter, layout.strip, self.stepper)
            self._controls.draw(painter, layout.controls, self.stepper, pointer=self._pointer)
        else:
            self._draw_message(painter, layout.strip)
        if self.loading:
            self.loading.start()

    def handle(self, event: InputEvent) -> bool:
        """Takes what is meant for the panel."""
        if isinstance(event, PointerMove):
            self._pointer = event.x, event.y
            # A line that was begun on the pad goes on where gates are.
            return any([self._gates is not None and self._gates.handle(event), self._handle_parts(event)])
        if isinstance(event, KeyPress | ButtonPress) and self.stepper and self.loading and self.loading.has_failed:
            # Who goes on has read why the file that was dropped is not shown.
            self.loading = None
        if isinstance(event, FileDrop):
            self._read(Path(event.path))
            return True
        if isinstance(event, KeyPress):
            return not (event.modifiers.ctrl or event.modifiers.alt) and self._press_key(event)
        return self._handle_parts(event) or (self._gates is not None and self._gates.handle(event))

    def _handle_parts(self, event: InputEvent) -> bool:
        if self.stepper and self._strip:
            if isinstance(event, ButtonPress) and event.button == "left" and self._controls.press(event.x, event.y):
                return True
            if self._strip.handle(event, self.stepper):
                return True
        return self.view.handle(event)

    @property
    def _background(self) -> tuple[object, ...]:
        """What threads change."""
        loading = self.loading
        reading = (loading.message, loading.has_failed, loading.samples) if loading else ()
        return self.classifier.runner.description, len(self._warnings), *reading

    def _press_key(self, event: KeyPress) -> bool:
        action = self._actions().get(event.key)
        if action:
            action()
        return action is not None or self.view.handle(event)

    def _actions(self) -> dict[str, Callable[[], None]]:
        stepper = self.stepper
        if not stepper:
            return {}
        return {
            "left": stepper.previous,
            "right": stepper.next,
            "r": stepper.random,
            "w": stepper.next_wrong,
            "space": stepper.toggle_playing,
        }

    def _advance(self) -> None:
        """Takes samples that have been read, lets time pass, and runs the classifier if something has changed."""
        now = self._clock()
        seconds, self._last_frame = now - self._last_frame, now
        if self.loading and self.loading.samples and self.loading.samples is not self._known:
            self._take(self.loading.samples)
        if self.stepper:
            self.stepper.advance(seconds, _BUDGET)
        row = self.view.row if self._is_stale else None
        if row is not None:
            truth = None
            if self.stepper and not self.view.is_own:
                truth = int(self.stepper.judging.labels[self.stepper.index])
            has_samples = self.stepper is not None
            self.live.update(row, truth=truth, is_blank=self.view.is_blank, has_samples=has_samples)
        self._is_stale = False

    def _take(self, known: KnownSamples) -> None:
        self._known = known
        judging = Judging(self.classifier.predict, known.samples, meter=self.live.meter, clock=self._clock)
        self.stepper = SampleStepper(judging, on_show=self._show_sample, seed=self._seed)
        self._strip = SampleStrip(known.samples.features, self._shape)
        self.live.fit_scale(known.samples.features)
        self.view.welcome(known)
        self._is_stale = True

    def _read(self, path: Path) -> None:
        """Begins to read a file of samples."""
        model = self.classifier.model
        if self.loading:
            self.loading.stop()
        self.loading = SamplesLoading(legible(path.name), lambda _: load_file_samples(model, path))
        self.loading.start()

    def _show_sample(self) -> None:
        if self.stepper and self._known:
            self.view.show(self._known.samples.features[self.stepper.index])
            self._note_change()

    def _note_change(self) -> None:
        self._is_stale = True

    def _verdict(self) -> Verdict | None:
        stepper, scores, known = self.stepper, self.live.scores, self._known
        if not stepper or not known or not scores or scores.truth is None:
            return None
        return Verdict(
            sample=f"{stepper.index + 1:,} of {stepper.num_samples:,}",
            source=f"{legible(known.name)}, {known.part}",
            truth=self.live.classes[scores.truth],
            prediction=self.live.classes[scores.winner],
        )

    def _warning(self) -> str:
        """Returns what is wrong, if there is nowhere else to say it."""
        if self.stepper and self.loading and self.loading.has_failed:
            return self.loading.message
        return self._warnings[-1] if self._warnings else ""

    def _draw_message(self, painter: Painter, area: pygame.Rect) -> None:
        """Says why there are no samples yet."""
        if not self.loading:
            return
        colour = painter.style.bad if self.loading.has_failed else painter.style.faint
        text = self.loading.message
        for place, line in enumerate(lines_of(painter, text, area.width, size=SMALL_SIZE)[: area.height // LINE]):
            at = pygame.Rect(area.left, area.top + place * LINE, area.width, LINE)
            write(painter, line, at, colour=colour, size=SMALL_SIZE)
