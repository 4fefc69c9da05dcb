"""The stepper as a notebook widget, whose position Python reads and sets."""

from __future__ import annotations

from functools import cache
from typing import Any

from autograd.errors import ArgumentError, MissingExtraError
from autograd.show.page import Content, asset


def widget(shown: Content, position: int) -> Any:
    """An anywidget of the page's own script; needs the extra ``notebook``."""
    try:
        import anywidget  # noqa: F401 -- asked for here, so that the message names the extra
    except ImportError:
        raise MissingExtraError(
            'Stepper.widget needs anywidget; run: pip install "glassgrad[notebook]". Without it, '
            "a Stepper at the end of a cell shows itself as a page"
        ) from None
    return _widget_class()(recording=shown, position=position)


@cache
def _widget_class() -> Any:
    import anywidget
    import traitlets

    class StepperWidget(anywidget.AnyWidget):
        """A stepper in a notebook; ``position`` follows the page, and moves it when set."""

        _esm = asset("stepper.js")
        _css = asset("stepper.css")
        recording = traitlets.Dict().tag(sync=True)
        position = traitlets.Int(0).tag(sync=True)

        @property
        def length(self) -> int:
            """How many steps there are."""
            return len(self.recording["forward"]) + 1 + len(self.recording["backward"])

        def __repr__(self) -> str:
            return f"<glassgrad's stepper, position {self.position} of {self.length}>"

        @traitlets.validate("position")
        def _check(self, proposal: Any) -> int:
            wanted = int(proposal["value"])
            if self.recording and not 0 <= wanted <= self.length:
                raise ArgumentError(
                    f"the stepper's position is from 0 to {self.length}, got {wanted}; "
                    "widget.length is the end"
                )
            return wanted

    return StepperWidget
