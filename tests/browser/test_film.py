"""The page of a ``BoundaryFilm`` in a browser: its buttons, its slider and its keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import nn


@pytest.fixture(scope="module")
def film_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("matplotlib")
    X, y = nn.data.moons(20, seed=0)
    film = nn.plots.BoundaryFilm(X, y, resolution=8)
    nn.fit(
        nn.MLP(2, [4, 1], seed=0), X, 2 * y - 1, loss="hinge_loss", optimizer=nn.SGD(lr=0.1),
        epochs=3, verbose=0, callbacks=[film],
    )  # fmt: skip
    path = tmp_path_factory.mktemp("film") / "film.html"
    film.save(path, fps=20)
    return path


@pytest.fixture
def page(browser: Any, film_page: Path, request: pytest.FixtureRequest) -> Iterator[Any]:
    motion = getattr(request, "param", "reduce")
    context = browser.new_context(offline=True, reduced_motion=motion)
    page, said, requests = context.new_page(), [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.add_init_script(
        "window.plays = 0; const every = setInterval;"
        "setInterval = (...given) => { plays += 1; return every(...given); };"
    )
    page.goto(film_page.as_uri())
    yield page
    context.close()
    assert said == []
    assert [url for url in requests if not url.startswith((film_page.as_uri(), "data:"))] == []


def caption(page: Any) -> str:
    return str(page.text_content("#caption")).split("   ")[0]


def test_the_last_frame_is_there_at_first_and_keys_go_through_the_film(page: Any) -> None:
    assert caption(page) == "epoch 3"
    assert page.evaluate("plays") == 0
    assert page.evaluate("picture.naturalWidth") == 720
    for key, expected in (
        ("Home", "before the training"), ("ArrowLeft", "before the training"),
        ("ArrowRight", "epoch 1"), ("ArrowRight", "epoch 2"), ("End", "epoch 3"),
        ("ArrowRight", "epoch 3"), ("ArrowLeft", "epoch 2"),
    ):  # fmt: skip
        page.keyboard.press(key)
        assert caption(page) == expected
    assert page.input_value("#place") == "2"
    assert page.get_attribute("#picture", "alt").startswith("the decision boundary, epoch 2")


def test_buttons_and_slider_go_through_the_film(page: Any) -> None:
    page.get_by_label("one frame back").click()
    assert caption(page) == "epoch 2"
    page.fill("#place", "0")
    assert caption(page) == "before the training"
    page.get_by_label("one frame on").click()
    assert caption(page) == "epoch 1"


@pytest.mark.parametrize("way", ["button", "space", "space on the button"])
def test_the_film_plays_once_to_its_end_and_again_when_asked(page: Any, way: str) -> None:
    page.evaluate(
        "window.seen = []; new MutationObserver(() => seen.push(picture.alt)).observe("
        "picture, {attributeFilter: ['alt']})"
    )
    # what the button says is noted as it changes: the film may be over before it could be asked
    page.evaluate(
        "window.said = []; const button = document.querySelector('#play');"
        "new MutationObserver(() => said.push(button.textContent)).observe("
        "button, {childList: true, characterData: true, subtree: true})"
    )
    if way == "space on the button":
        page.focus("#play")
    for times in (1, 2):
        if way == "button":
            page.click("#play")
        else:
            page.keyboard.press("Space")
        page.wait_for_function("n => said.length === n", arg=2 * times)
        assert caption(page) == "epoch 3"
    assert page.evaluate("said") == ["Pause", "Play", "Pause", "Play"]
    assert len(page.evaluate("seen")) == 8


@pytest.mark.parametrize("page", ["no-preference"], indirect=True)
def test_the_film_starts_by_itself_for_those_who_do_not_mind_motion(page: Any) -> None:
    page.locator("#play", has_text="Play").wait_for()
    assert caption(page) == "epoch 3"
    assert page.evaluate("plays") == 1
