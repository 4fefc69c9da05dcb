"""``nn.plots.BoundaryFilm``: what it records, and what it writes."""

from __future__ import annotations

import base64
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nn
from autograd.errors import ArgumentError, InputError, MissingExtraError, ShapeError
from nn.plots import BoundaryFilm
from nn.plots.film_page import film_page

X, Y = nn.data.moons(20, seed=0)


def trained(film: Any = None, *callbacks: Any, n_outputs: int = 1, **settings: Any) -> nn.MLP:
    model = settings.pop("model", None) or nn.MLP(2, [4, n_outputs], "tanh", seed=0)
    loss = "binary_cross_entropy_with_logits" if n_outputs == 1 else "cross_entropy"
    chosen: dict[str, Any] = {
        "loss": loss, "optimizer": nn.SGD(lr=0.5), "epochs": 4, "batch_size": 5, "seed": 0,
    } | settings  # fmt: skip
    films = [] if film is None else [film]
    nn.fit(model, X, Y, verbose=0, callbacks=[*films, *callbacks], **chosen)
    return model


def small(**settings: Any) -> BoundaryFilm:
    return BoundaryFilm(X, Y, resolution=8, **settings)


def epochs(film: BoundaryFilm) -> list[int]:
    return [frame.epoch for frame in film.frames]


# --- recording -----------------------------------------------------------------------------------


@pytest.mark.parametrize("n_outputs", [1, 2])
def test_frames_are_the_outputs_on_the_grid_before_the_training_and_after_each_epoch(
    plt: Any, n_outputs: int
) -> None:
    film, seen = small(), []

    class Watch(nn.Callback):
        def on_start(self, run: Any) -> None:
            self.on_epoch(run)

        def on_epoch(self, run: Any) -> None:
            right = nn.accuracy(run.model.predict(X), Y)
            seen.append((run.epoch, run.loss, right, run.model.predict(film.plane.grid)))

    trained(film, Watch(), n_outputs=n_outputs)
    assert epochs(film) == [0, 1, 2, 3, 4]
    for frame, (epoch, loss, accuracy, outputs) in zip(film.frames, seen, strict=True):
        assert frame.epoch == epoch
        assert frame.loss == pytest.approx(loss, nan_ok=True)
        assert frame.accuracy == accuracy
        assert frame.scores == pytest.approx(outputs, abs=1e-5)


def test_the_training_is_the_same_to_the_bit() -> None:
    class Noisy(nn.MLP):
        """Draws a number at each call, as dropout does."""

        def __call__(self, x: Any) -> Any:
            if not hasattr(self, "rng"):
                self.rng = np.random.default_rng(0)
            return super().__call__(x) * (1.0 + 0.1 * self.rng.normal())

    for kind, compiles in ((nn.MLP, True), (Noisy, False)):
        ends = []
        for film in (None, small()):
            model = trained(film, model=kind(2, [4, 1], "tanh", seed=0), compile=compiles, epochs=2)
            ends.append([p.data for p in model.parameters()])
        assert ends[0] == ends[1]


def test_a_layer_that_is_exchanged_in_the_training_is_filmed_as_it_is() -> None:
    class Exchange(nn.Callback):
        def on_epoch(self, run: Any) -> None:
            run.model.layers[0].activation = "relu"
            for neuron in run.model.layers[0].neurons:
                neuron.activation = "relu"

    film = small()
    model = trained(Exchange(), film, epochs=2)
    assert film.frames[-1].scores == pytest.approx(model.predict(film.plane.grid), abs=1e-5)


def test_every_third_epoch_and_the_last_are_recorded() -> None:
    film = small(every=3)
    trained(film, epochs=8)
    assert epochs(film) == [0, 3, 6, 8]


def test_a_long_training_is_thinned_out_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nn.plots.film._MOST_FRAMES", 5)
    film = small()
    trained(film, epochs=15)
    assert epochs(film) == [0, 4, 8, 12, 15]
    assert film.every == 4


def test_a_second_training_goes_on_with_the_film() -> None:
    film = small()
    model = trained(film, epochs=2)
    trained(film, model=model, epochs=1)
    assert epochs(film) == [0, 1, 2, 3]


def test_ctrl_c_leaves_the_film_with_what_the_model_has_come_to(plt: Any) -> None:
    class Impatient(nn.Callback):
        def on_step(self, run: Any) -> None:
            if run.step == 10:  # the second of the third epoch
                raise KeyboardInterrupt

    film = small()
    model = trained(film, Impatient())
    assert epochs(film) == [0, 1, 2, 3]
    assert [frame.finished for frame in film.frames] == [True, True, True, False]
    assert film.frames[-1].scores == pytest.approx(model.predict(film.plane.grid), abs=1e-5)
    assert film.draw().get_title().startswith("epoch 3 (not finished)   loss 0.")


def test_a_training_that_diverges_is_filmed_and_drawn(plt: Any, tmp_path: Path) -> None:
    film = small()

    class Spoil(nn.Callback):
        def on_epoch(self, run: Any) -> None:
            for number, p in zip([1e200, np.inf, np.nan], run.model.parameters(), strict=False):
                p.data = number

    trained(Spoil(), film, epochs=1)
    assert len(film.frames) == 2
    film.draw(1).figure.canvas.draw()
    film.save(tmp_path / "film.gif")


def test_a_transform_and_a_threshold_count_for_grid_and_accuracy() -> None:
    film = BoundaryFilm(10.0 * X, Y, resolution=8, transform=lambda rows: rows / 10.0, threshold=2)
    model = trained(film, epochs=1)
    grid = film.plane.grid / 10.0
    assert film.frames[-1].scores == pytest.approx(model.predict(grid) - 2.0, abs=1e-5)
    assert film.frames[-1].accuracy == nn.accuracy(model.predict(X), Y, threshold=2.0)


class Best(nn.EarlyStopping):
    """Finds that the second epoch was the best, and stops after the fourth."""

    def __init__(self) -> None:
        super().__init__("loss", patience=2)

    def on_epoch(self, run: Any) -> None:
        run.history["loss"][-1] = [3.0, 1.0, 2.0, 2.5][run.epoch - 1]
        super().on_epoch(run)


@pytest.mark.parametrize("film_is_first", [True, False])
@pytest.mark.parametrize("every", [1, 3])
def test_the_last_frame_has_the_weights_that_early_stopping_gives_back(
    plt: Any, film_is_first: bool, every: int
) -> None:
    film = small(every=every)
    model = trained(None, *((film, Best()) if film_is_first else (Best(), film)), epochs=9)
    assert epochs(film) == ([0, 1, 2, 3, 4, 2] if every == 1 else [0, 3, 2])
    last = film.frames[-1]
    assert [frame.restored for frame in film.frames] == [False] * (len(film.frames) - 1) + [True]
    assert (last.loss, last.finished) == (1.0, True)
    assert last.scores == pytest.approx(model.predict(film.plane.grid), abs=1e-5)
    if every == 1:
        assert np.array_equal(last.scores, film.frames[2].scores)
    assert film.draw().get_title().startswith("epoch 2, restored   loss 1   accuracy ")
    trained(film, model=model, epochs=1)
    assert epochs(film)[-2:] == [2, 5] if every == 1 else [2, 5]


def test_nothing_is_restored_where_the_last_epoch_was_the_best() -> None:
    film = small()
    trained(nn.EarlyStopping("loss"), film, epochs=2)
    assert epochs(film) == [0, 1, 2]
    assert not film.frames[-1].restored


def test_ctrl_c_within_an_epoch_shows_the_weights_that_were_given_back() -> None:
    class Impatient(nn.Callback):
        def on_step(self, run: Any) -> None:
            if run.step == 10:  # the second of the third epoch
                raise KeyboardInterrupt

    film = small()
    model = trained(film, Impatient(), nn.EarlyStopping("loss"))
    assert epochs(film) == [0, 1, 2, 2]
    assert (film.frames[-1].restored, film.frames[-1].finished) == (True, True)
    assert film.frames[-1].scores == pytest.approx(model.predict(film.plane.grid), abs=1e-5)


# --- drawing and writing -------------------------------------------------------------------------


def test_a_frame_says_its_epoch_loss_and_accuracy_and_draws_all_examples(plt: Any) -> None:
    film = small()
    trained(film)
    first, last = film.draw(0), film.draw()
    assert re.fullmatch(r"before the training   accuracy \d+\.\d%", first.get_title())
    assert re.fullmatch(r"epoch 4   loss 0\.\d+   accuracy \d+\.\d%", last.get_title())
    drawn = [c.get_offsets() for c in last.collections if c.get_zorder() == 3]
    assert np.array_equal(np.concatenate(drawn), np.concatenate([X[Y == 0], X[Y == 1]]))


def test_the_colours_mean_the_same_in_all_frames(plt: Any) -> None:
    film = small()
    trained(film)
    first, last = (film.draw(i).collections[0].get_clim() for i in (0, -1))
    assert first == last


def test_a_gif_has_all_frames_and_stays_at_the_last(plt: Any, tmp_path: Path) -> None:
    from PIL import Image

    film = small()
    trained(film, n_outputs=2)
    assert film.save(tmp_path / "film.GIF", fps=20) == tmp_path / "film.GIF"
    with Image.open(tmp_path / "film.GIF") as picture:
        assert (picture.format, picture.n_frames, picture.info["loop"]) == ("GIF", 5, 0)
        times, seen = [], set()
        for i in range(5):
            picture.seek(i)
            times.append(picture.info["duration"])
            seen.add(picture.convert("RGB").tobytes())
    assert times == [50, 50, 50, 50, 2000]
    assert len(seen) == 5
    assert plt.get_fignums() == []
    assert [path.name for path in tmp_path.iterdir()] == ["film.GIF"]


def test_a_page_has_all_frames_and_names_no_address(plt: Any, tmp_path: Path) -> None:
    from PIL import Image

    film = small()
    trained(film, epochs=2)
    assert film.save(str(tmp_path / "film.html")) == tmp_path / "film.html"
    page = (tmp_path / "film.html").read_text(encoding="utf-8")
    assert not re.search(r"https?:|//[a-z]+\.|@import|<link|src=\"(?!data:)", page)
    (text,) = re.findall(r'<script id="film" type="application/json">(.*?)</script>', page)
    data = json.loads(text)
    assert data["captions"] == [frame.caption for frame in film.frames]
    assert data["wait"] == 100.0
    pictures = [base64.b64decode(picture) for picture in data["pictures"]]
    assert len(set(pictures)) == 3
    with Image.open(io.BytesIO(pictures[-1])) as picture:
        assert picture.size[0] == 720
    assert 'max="2"' in page
    assert max(map(len, pictures)) < 37_000  # 60 frames are no more than 3 MB


def test_nothing_of_a_frame_is_left_in_the_next(plt: Any) -> None:
    film = small()
    trained(film, n_outputs=2)
    whole = [image.convert("RGB").tobytes() for image in film._images()]
    film.frames = film.frames[-1:]
    (alone,) = (image.convert("RGB").tobytes() for image in film._images())
    assert alone == whole[-1]


def test_no_text_can_end_the_pages_script() -> None:
    text = "</script><!--"
    page = film_page(["AAAA"], [text], fps=10.0)
    assert text not in page
    (data,) = re.findall(r'<script id="film" type="application/json">(.*?)</script>', page)
    assert json.loads(data)["captions"] == [text]


def test_a_picture_may_hold_any_letters_of_base64() -> None:
    pictures = ["LASTPOSTERFILMlastposterfilm", "FILMPOSTERLASTfilmposterlast"]
    page = film_page(pictures, ["FILM", "POSTER"], fps=10.0)
    assert re.findall(r'src="data:image/png;base64,(.*?)"', page) == [pictures[1]]
    (data,) = re.findall(r'<script id="film" type="application/json">(.*?)</script>', page)
    assert json.loads(data)["pictures"] == pictures
    assert page.count('max="1" value="1"') == 1


def test_an_old_file_stays_where_writing_fails(
    plt: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film, target = small(), tmp_path / "film.html"
    trained(film, epochs=1)
    target.write_text("old")

    def interrupted(*args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        film.save(target)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_without_matplotlib_saving_names_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    film = small()
    trained(film, epochs=1)  # recording does without
    for name in ("matplotlib", "matplotlib.figure", "matplotlib.backends.backend_agg"):
        monkeypatch.setitem(__import__("sys").modules, name, None)
    with pytest.raises(MissingExtraError, match=r'pip install "glassgrad\[plot\]"$'):
        film.save(tmp_path / "film.gif")


# --- what it refuses -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda film: film.save("film.mp4"),
         r"\.save expects a path that ends in \.gif or \.html, got 'film\.mp4'$"),
        (lambda film: film.save("film"), r"\.save expects a path that ends in .*, got 'film'$"),
        (lambda film: film.save("film.gif"),
         r"\.save expects a film with frames, got none yet; give it to fit\(\.\.\., callbacks="),
        (lambda film: film.draw(), r"\.draw expects a film with frames, got none yet"),
        (lambda film: trained(film) and film.save("film.gif", fps=0),
         r"\.save expects fps from 0\.1 to 100, got 0; try 10$"),
        (lambda film: trained(film) and film.save("film.gif", fps="fast"),
         r"\.save expects fps from 0\.1 to 100, got 'fast'"),
        (lambda film: trained(film) and film.save("film.gif", fps=None),
         r"\.save expects fps from 0\.1 to 100, got None"),
        (lambda film: trained(film) and film.draw(9),
         r"\.draw expects the number of a frame, 0 to 4, got 9$"),
        (lambda film: trained(film) and trained(film, n_outputs=2),
         " has filmed a model of other outputs; use a new film for this one$"),
        (lambda film: small(every=0), " expects every to be a whole number of at least 1, got 0$"),
        (lambda film: trained(BoundaryFilm(X, Y + 1, resolution=8)),
         r" expects labels 0 and 1, or -1 and \+1, for .*, got 2 in row"),
        (lambda film: trained(small(threshold=0.5), n_outputs=2),
         " expects a threshold for a model of one output only"),
    ],
)  # fmt: skip
def test_the_film_refuses(plt: Any, tmp_path: Path, use: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=rf"^BoundaryFilm{message}"):
        use(small())
    assert not Path("film.gif").exists()


def test_examples_that_do_not_fit_are_refused_before_any_training() -> None:
    with pytest.raises(ShapeError, match=r"^BoundaryFilm expects X of shape \(n, 2\) and y of sh"):
        BoundaryFilm(np.zeros((4, 3)), [0, 1, 0, 1])
    model = nn.MLP(2, [1], seed=0)
    before = [p.data for p in model.parameters()]
    with pytest.raises(InputError, match=r"^BoundaryFilm expects class numbers in y, got 'a'"):
        trained(BoundaryFilm(X, ["a", "b"] * 10, resolution=8), model=model)
    assert [p.data for p in model.parameters()] == before


def test_a_model_that_cannot_be_copied_is_refused_with_the_reason() -> None:
    class Stubborn(nn.MLP):
        def __deepcopy__(self, memo: Any) -> Any:
            raise RuntimeError("no copies")

    with pytest.raises(InputError, match=r"that copy\.deepcopy can copy, .* says: no copies; mend"):
        trained(small(), model=Stubborn(2, [1], seed=0))


def test_what_is_no_path_is_refused() -> None:
    with pytest.raises(InputError, match=r"^BoundaryFilm\.save expects a path, got 3; write save"):
        small().save(3)  # type: ignore[arg-type]
