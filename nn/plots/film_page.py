"""A film as one page that needs no network: its pictures, and buttons, slider and keys."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence


def film_page(pictures: Sequence[str], captions: Sequence[str], fps: float) -> str:
    """The page as text. ``pictures`` are PNG files in base64, each with a caption.

    >>> page = film_page(["AAAA", "BBBB"], ["epoch 0", "epoch 1"], fps=10.0)
    >>> page.startswith("<!doctype html>"), "http" in page.replace("http-equiv", "")
    (True, False)
    """
    film = json.dumps({"pictures": pictures, "captions": captions, "wait": 1000.0 / fps})
    parts = {
        "LAST": str(len(pictures) - 1),
        "POSTER": pictures[-1],
        # within a script, HTML would read </script> or <!-- in a text as the end of it
        "FILM": film.replace("<", "\\u003c"),
    }
    # in one go, since a picture in base64 may hold these words itself
    return re.sub("LAST|POSTER|FILM", lambda found: parts[found[0]], _PAGE)


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; img-src data:;
  style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>The decision boundary over the epochs</title>
<style>
  :root { color-scheme: light dark; font: 16px system-ui, sans-serif; }
  body { margin: 0 auto; max-width: 45rem; padding: 1rem; }
  img { background: white; border-radius: 4px; display: block; margin: 0 auto; max-width: 100%;
    max-height: calc(100vh - 11rem); }
  .controls { align-items: center; display: flex; gap: .6rem; margin-top: .8rem; }
  .controls input { flex: 1; min-width: 6rem; }
  button { font: inherit; min-width: 4.5rem; padding: .3rem .6rem; }
  .step { min-width: 2.4rem; }
  p { margin: .6rem 0 0; opacity: .8; }
</style>
</head>
<body>
<main>
<img id="picture" src="data:image/png;base64,POSTER" alt="the decision boundary">
<div class="controls">
  <button id="play" type="button">Play</button>
  <button id="back" class="step" type="button" aria-label="one frame back">&#8249;</button>
  <input id="place" type="range" min="0" max="LAST" value="LAST" aria-label="frame">
  <button id="next" class="step" type="button" aria-label="one frame on">&#8250;</button>
</div>
<p id="caption" aria-live="off"></p>
<p>Space plays and pauses, the arrow keys go one frame back or on, Home and End to either end.</p>
<noscript><p>This is the last frame. To play the film, allow scripts for this page.</p></noscript>
</main>
<script id="film" type="application/json">FILM</script>
<script>
"use strict";
const film = JSON.parse(document.getElementById("film").textContent);
const [picture, play, back, next, place, caption] =
  ["picture", "play", "back", "next", "place", "caption"].map(id => document.getElementById(id));
const last = film.pictures.length - 1;
let frame = last, timer = 0;

function show(number) {
  frame = Math.max(0, Math.min(last, number));
  picture.src = "data:image/png;base64," + film.pictures[frame];
  picture.alt = "the decision boundary, " + film.captions[frame];
  caption.textContent = film.captions[frame];
  place.value = frame;
  place.setAttribute("aria-valuetext", film.captions[frame]);
}
function pause() {
  clearInterval(timer);
  timer = 0;
  play.textContent = "Play";
}
function start() {
  if (frame === last) show(0);
  play.textContent = "Pause";
  timer = setInterval(() => { if (frame < last) show(frame + 1); else pause(); }, film.wait);
}
function toggle() { if (timer) pause(); else start(); }
function go(number) { pause(); show(number); }

play.addEventListener("click", toggle);
back.addEventListener("click", () => go(frame - 1));
next.addEventListener("click", () => go(frame + 1));
place.addEventListener("input", () => go(Number(place.value)));
const keys = {
  " ": toggle,
  ArrowLeft: () => go(frame - 1), ArrowRight: () => go(frame + 1),
  Home: () => go(0), End: () => go(last),
};
document.addEventListener("keydown", event => {
  // a button that has the focus answers to the space bar itself
  const own = event.key === " " && event.target.tagName === "BUTTON";
  if (own || event.altKey || event.ctrlKey || event.metaKey || !(event.key in keys)) return;
  event.preventDefault();
  keys[event.key]();
});
show(last);
if (!matchMedia("(prefers-reduced-motion: reduce)").matches) start();
</script>
</body>
</html>
"""
