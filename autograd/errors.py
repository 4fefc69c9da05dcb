"""Every error glassgrad raises on purpose.

::

    GlassgradError
    |-- InputError         (TypeError)        not the kind of thing the operation takes
    |-- ArgumentError      (ValueError)       the right kind of thing, but not a usable value
    |   |-- ShapeError                        a vector or matrix of the wrong length
    |   `-- DataError                         a file or data set that is not what it should be
    |-- GraphError         (RuntimeError)     the graph cannot answer what was asked of it
    |   `-- TraceError                        a function that ``compile`` cannot trace
    |-- AnomalyError       (ArithmeticError)  a nan or inf, inside ``detect_anomaly()``
    |-- OperationError     (ValueError)       a row that ``primitive`` cannot add to the table
    |-- ClashError         (ImportError)      another package called ``autograd`` stands in the way
    `-- MissingExtraError  (ImportError)      something optional is needed and not installed

A message names the operation, what it expected, what it got, and what to do. Each class also
derives from the built-in error in brackets, so code that catches those keeps working.
"""


class GlassgradError(Exception):
    """The base of every error below."""


class InputError(GlassgradError, TypeError):
    """Not the kind of thing the operation takes, such as text where a number belongs."""


class ArgumentError(GlassgradError, ValueError):
    """The right kind of thing, but not a value that can be used, such as a negative rate."""


class ShapeError(ArgumentError):
    """A vector or matrix of the wrong length."""


class DataError(ArgumentError):
    """A file or data set that is not what it should be."""


class GraphError(GlassgradError, RuntimeError):
    """The graph cannot answer what was asked of it."""


class TraceError(GraphError):
    """A function that ``compile`` cannot trace, since it asks for a number or returns none.

    ``argument`` is the argument of the function whose number was asked for, if it was one's, and
    ``reason`` the message without the advice to make that argument static.
    """

    def __init__(self, reason: str = "", *, argument: str = "") -> None:
        static = f", or pass static=({argument!r},) if it is a setting, the same for all examples"
        super().__init__(reason + (static if argument else ""))
        self.reason, self.argument = reason, argument


class AnomalyError(GlassgradError, ArithmeticError):
    """A nan or an inf appeared inside ``detect_anomaly()``.

    ``origin`` is the line that made the operation, empty if that is not known; ``finding`` is the
    message without the note that nothing was changed, and ``summary`` is without the line as well.
    """

    def __init__(
        self, what: str = "", *, where: str = "", more: str = "", note: str = "", origin: str = ""
    ) -> None:
        super().__init__(what + where + more + note)
        self.origin, self.finding, self.summary = origin, what + where + more, what + more


class OperationError(GlassgradError, ValueError):
    """A row that ``primitive`` cannot add to the table of operations."""


class ClashError(GlassgradError, ImportError):
    """Another package called ``autograd`` stands in the way of this one."""


class MissingExtraError(GlassgradError, ImportError):
    """Something optional is needed and not installed."""


# --- what messages are made of --------------------------------------------------------------------


def brief(thing: object, limit: int = 60) -> str:
    """What a message shows of something that came: its repr, on one line, cut where it is long.

    >>> brief(list(range(1000)), limit=20)
    '[0, 1, 2, 3, 4, 5...'
    """
    text = " ".join(repr(thing).split())
    return text if len(text) <= limit else f"{text[: limit - 3]}..."
