"""A real browser for the tests of the page; without one they are skipped, and say so."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# no sandbox: the tests may run as root; the rest keeps Chromium from talking to its makers
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-quic",
]  # fmt: skip


def find_browser(own: str) -> str | None:
    """GLASSGRAD_BROWSER, else one on the PATH, else the one that playwright has installed."""
    found = os.environ.get("GLASSGRAD_BROWSER") or next(filter(None, map(shutil.which, NAMES)), "")
    return found or (own if Path(own).exists() else None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as p:
        path = find_browser(p.chromium.executable_path)
        if path is None:
            pytest.skip("no browser found: install chromium, or run: playwright install chromium")
        browser = p.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


class Watched:
    """A page, and all that it said to the console and asked of a network."""

    def __init__(self, page: Any, url: str) -> None:
        self.page, self.url = page, url
        self.said: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))

    def check(self) -> None:
        assert self.said == []
        outside = [url for url in self.requests if not url.startswith((self.url, "blob:", "data:"))]
        assert outside == []


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[..., Any]]:
    """Open a file in a window of its own; afterwards it must have been silent and alone."""
    contexts, watched = [], []

    def open_(path: Path, *, width: int = 1280, height: int = 720, dark: bool = False) -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            offline=True,
        )
        contexts.append(context)
        watched.append(Watched(context.new_page(), path.as_uri()))
        page = watched[-1].page
        page.goto(path.as_uri())
        page.wait_for_selector("svg, iframe", state="attached")
        return page

    yield open_
    for one in watched:
        one.check()
    for context in contexts:
        context.close()
