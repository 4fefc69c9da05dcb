"""``BoundaryFilm``: a callback that films how the decision boundary moves over the epochs."""

from __future__ import annotations

import base64
import copy
import io
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autograd._util.files import write_atomically
from autograd.errors import ArgumentError, InputError
from nn.callbacks.base import Callback, Run
from nn.checks import at_least
from nn.module import Module
from nn.plots.answers import Answers, classes_of, less_threshold, n_classes_of, named
from nn.plots.axes import axes, missing
from nn.plots.film_page import film_page
from nn.plots.plane import Plane
from nn.programs.fingerprint import Fingerprint, fingerprint

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_FRAMES = 200
_WHO = "BoundaryFilm"
_LAST_SECONDS = 2.0  # for how long the last picture stays before a gif begins again
_DPI = 120


@dataclass(frozen=True)
class Frame:
    """The model after ``epoch`` epochs: its loss, its accuracy, and its scores on the grid.

    ``finished`` is False for the last epoch if it was cut short; ``restored`` is True for the last
    frame if early stopping gave the weights of that epoch back.
    """

    epoch: int
    loss: float
    accuracy: float
    scores: NDArray[np.float32]
    finished: bool = True
    restored: bool = False

    @property
    def caption(self) -> str:
        """What stands above the picture."""
        if not self.epoch:
            head = "before the training"
        else:
            note = " (not finished)" if not self.finished else ", restored" * self.restored
            head = f"epoch {self.epoch}{note}   loss {self.loss:.3g}"
        return f"{head}   accuracy {self.accuracy:.1%}"


class BoundaryFilm(Callback):
    """Records how a model of two inputs divides the plane, before the training and after epochs.

    Give it to ``fit(..., callbacks=[film])`` and save it then as a gif or a page. ``X`` of shape
    (n, 2) and ``y`` are the examples to draw, and ``threshold``, ``transform`` and ``names`` are as
    ``decision_boundary`` has them. Recorded is every ``every``-th epoch, and the last, and at the
    end the weights that ``nn.EarlyStopping`` has given back, if any; where there would be more than
    200 frames, every second one is dropped, and ``every`` doubled. ``frames`` has them: ``epoch``,
    ``loss`` as the history has it, ``accuracy`` on X and y by the weights after the epoch, and
    ``scores`` on a grid of ``resolution`` points a side. Ctrl-C in the training leaves what was
    recorded. The film looks at a copy of the model that shares its parameters, so the training is
    the same to the bit.

    >>> import nn
    >>> X, y = nn.data.moons(40, seed=0)
    >>> film = nn.plots.BoundaryFilm(X, y, resolution=20)
    >>> history = nn.fit(nn.MLP(2, [8, 1], "tanh", seed=0), X, y, epochs=3, verbose=0, seed=0,
    ...                  loss="binary_cross_entropy_with_logits", optimizer=nn.SGD(lr=0.5),
    ...                  callbacks=[film])
    >>> [frame.epoch for frame in film.frames], film.draw(0).get_xlabel()
    ([0, 1, 2, 3], 'first input')
    """

    _only_looks = True

    def __init__(
        self,
        X: ArrayLike,
        y: ArrayLike,
        *,
        every: int = 1,
        resolution: int = 60,
        threshold: float | None = None,
        transform: Callable[[Any], Any] | None = None,
        names: Sequence[str] | None = None,
    ) -> None:
        self.plane = Plane(X, y, resolution, transform, _WHO)
        self.y = np.array(y)
        self.every = at_least(1, every, f"{_WHO} expects every")
        self.threshold = threshold
        self.names = names
        self.frames: list[Frame] = []
        self._epoch = self._step = 0
        self._model: Module | None = None
        self._seen = Fingerprint()

    # --- recording ------------------------------------------------------------------------------

    def on_start(self, run: Run) -> None:
        """Record the model as it is before the first step."""
        self._step = run.step
        last = self.frames[-1] if self.frames else None
        if last is None or not (last.restored or last.epoch == self._epoch):
            self._record(run)

    def on_epoch(self, run: Run) -> None:
        """Record the model, if this is one of the epochs to record."""
        self._epoch += 1
        self._step = run.step
        if self._epoch % self.every == 0:
            self._record(run)

    def on_end(self, run: Run) -> None:
        """Record what the training has come to, if it was not recorded yet."""
        best, unfinished = run.history.best_epoch, run.step > self._step
        if best is not None and (unfinished or best < len(run.history)):
            self._record(run, restored=best)
        elif unfinished:  # Ctrl-C, or run.stop(), within an epoch
            self._epoch += 1
            self._record(run, finished=False)
        elif self.frames and self.frames[-1].epoch != self._epoch:
            self._record(run)
        self._model = None

    def _record(self, run: Run, finished: bool = True, restored: int | None = None) -> None:
        grid = self.plane.grid
        rows = np.concatenate([self.plane.transform(grid), self.plane.transform(self.plane.points)])
        with np.errstate(all="ignore"):  # a training that diverges is filmed as well
            outputs = self._copy(run.model).predict(rows)
            scores = less_threshold(run.model, outputs, self.threshold, _WHO)
            truth, known = classes_of(self.y, n_classes_of(scores), _WHO)
            named(self.names, known, _WHO)
            if self.frames and self.frames[0].scores.shape[1:] != scores.shape[1:]:
                raise ArgumentError(
                    f"{_WHO} has filmed a model of other outputs; use a new film for this one"
                )
            found = Answers(scores[len(grid) :], truth, known)
            on_grid = np.clip(scores[: len(grid)], -1e30, 1e30).astype(np.float32)
        epoch, loss = self._epoch, run.loss
        if restored is not None:  # the history may have begun before the film
            epoch = max(0, epoch - len(run.history) + restored)
            loss = run.history["loss"][restored - 1]
        frame = Frame(epoch, loss, found.accuracy, on_grid, finished, restored is not None)
        self.frames = [*self.frames, frame]
        if len(self.frames) > _MOST_FRAMES:
            self.every *= 2
            self.frames = self.frames[::2]

    def _copy(self, model: Module) -> Module:
        """A copy that shares the parameters, made anew when the model is another one."""
        now = fingerprint(model)
        if self._model is None or not now.agrees(self._seen):
            shared: dict[int, Any] = {id(parameter): parameter for parameter in model.parameters()}
            try:
                self._model = copy.deepcopy(model, shared)
            except Exception as error:
                raise InputError(
                    f"{_WHO} expects a model that copy.deepcopy can copy, got {model!r}, where it "
                    f"says: {error}; mend that, or draw nn.plots.decision_boundary afterwards"
                ) from error
            self._seen = now
        return self._model

    # --- showing --------------------------------------------------------------------------------

    def draw(self, frame: int = -1, *, ax: Axes | None = None) -> Axes:
        """One frame, by its place in ``frames``; the last one if nothing is said."""
        self._check_frames("draw")
        try:
            chosen = self.frames[frame]
        except (IndexError, TypeError):
            raise ArgumentError(
                f"{_WHO}.draw expects the number of a frame, 0 to {len(self.frames) - 1}, "
                f"got {frame!r}"
            ) from None
        ax = axes(ax)
        self._draw_scores(ax, chosen)
        self._draw_examples(ax)
        return ax

    def save(self, path: str | os.PathLike[str], *, fps: float = 10.0) -> Path:
        """Write the film, by its suffix an animated ``.gif`` or an ``.html`` page; give its path.

        The page needs no network, and has buttons, a slider and keys. ``fps`` is frames a second.
        A reader of the path sees the old file or the new one, whole.
        """
        if not isinstance(path, (str, os.PathLike)):
            raise InputError(f"{_WHO}.save expects a path, got {path!r}; write save('film.html')")
        target = Path(path)
        writers = {".gif": self._gif, ".html": self._page}
        writer = writers.get(target.suffix.lower())
        if writer is None:
            raise ArgumentError(
                f"{_WHO}.save expects a path that ends in .gif or .html, got {str(path)!r}"
            )
        self._check_frames("save")
        if isinstance(fps, bool) or not isinstance(fps, Real) or not 0.1 <= fps <= 100.0:
            raise ArgumentError(f"{_WHO}.save expects fps from 0.1 to 100, got {fps!r}; try 10")
        content = writer(float(fps))
        write_atomically(target, lambda stream: stream.write(content))
        return target

    def __repr__(self) -> str:
        return f"{_WHO}({len(self.frames)} frames, {self._epoch} epochs)"

    def _check_frames(self, method: str) -> None:
        if not self.frames:
            raise ArgumentError(
                f"{_WHO}.{method} expects a film with frames, got none yet; give it to "
                "fit(..., callbacks=[film]) first"
            )

    def _draw_scores(self, ax: Axes, frame: Frame) -> list[Any]:
        ax.set_title(frame.caption, fontsize=11)
        return self.plane.draw_scores(ax, frame.scores, self._reach)

    def _draw_examples(self, ax: Axes) -> None:
        truth, known = classes_of(self.y, n_classes_of(self.frames[0].scores), _WHO)
        self.plane.draw_examples(ax, truth, named(self.names, known, _WHO))

    @property
    def _reach(self) -> float:
        """The score with the full colour: one for all frames, or shades would jump."""
        largest = np.array([np.abs(frame.scores).max() for frame in self.frames])
        usual = largest[np.isfinite(largest) & (largest > 0.0)]
        return float(np.median(usual)) if len(usual) else 1.0

    def _images(self) -> Iterator[Any]:
        """The frames as Pillow's images, in few colours."""
        try:
            from matplotlib.backends.backend_agg import FigureCanvasAgg
            from matplotlib.figure import Figure
        except ImportError:
            raise missing() from None
        from PIL import Image  # comes with matplotlib

        wide, high = np.ptp(self.plane.across), np.ptp(self.plane.up)
        figure = Figure((6.0, float(np.clip(5.3 * high / wide + 1.0, 3.0, 7.0))), dpi=_DPI)
        canvas: Any = FigureCanvasAgg(figure)
        ax = figure.add_subplot()
        self._draw_examples(ax)
        ax.set_title(" ")
        figure.set_layout_engine("constrained")
        canvas.draw()
        figure.set_layout_engine("none")  # one place for all frames
        for frame in self.frames:
            drawn = self._draw_scores(ax, frame)
            canvas.draw()
            picture = Image.fromarray(np.asarray(canvas.buffer_rgba())[:, :, :3].copy())
            yield picture.quantize(96, dither=Image.Dither.NONE)
            for artist in drawn:
                artist.remove()

    def _gif(self, fps: float) -> bytes:
        first, *others = self._images()
        shown = [1000.0 / fps] * len(others) + [1000.0 * max(_LAST_SECONDS, 1.0 / fps)]
        # a gif counts in hundredths of a second, and browsers slow down what is below two
        times = [max(20, round(time / 10.0) * 10) for time in shown]
        stream = io.BytesIO()
        first.save(stream, "GIF", save_all=True, append_images=others, duration=times, loop=0)
        return stream.getvalue()

    def _page(self, fps: float) -> bytes:
        pictures = []
        for image in self._images():
            stream = io.BytesIO()
            image.save(stream, "PNG", optimize=True)
            pictures.append(base64.b64encode(stream.getvalue()).decode("ascii"))
        captions = [frame.caption for frame in self.frames]
        return film_page(pictures, captions, fps).encode("utf-8")
