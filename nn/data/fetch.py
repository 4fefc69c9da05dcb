"""Fetching a file whose length and hash are known, in as many tries as it takes."""

from __future__ import annotations

import hashlib
import http.client
import os
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograd.errors import DataError

from .cache import VARIABLE

_CHUNK = 1 << 16
_TRIES = 5  # with one mirror
_TIMEOUT = 20.0  # seconds that a mirror may be silent


class _MirrorError(Exception):
    """A mirror that will not do; the message says why."""


class _BrokenError(Exception):
    """The connection ended before the file did; what has come is good to go on from."""


class _WrongError(Exception):
    """What has come is neither the file nor its beginning."""


@dataclass(frozen=True)
class Fetch:
    """One file to be fetched, and whom to tell of it.

    What has arrived is kept in ``<target>.part`` until it is whole and its hash is right, and only
    then gets its name. Whatever ends it before that, the next call goes on from there.
    """

    target: Path
    n_bytes: int
    sha256: str
    progress: Callable[[int], object]  # called with the number of bytes that are here
    note: Callable[[str], object]  # called with what was wrong with a mirror
    timeout: float = _TIMEOUT

    def try_all(self, mirrors: Sequence[str]) -> list[str]:
        """Fetch from the first mirror that has it; say what was wrong with those before.

        As many problems as mirrors mean that the file is not there.

        Raises:
            DataError: the file cannot be written.
        """
        problems: list[str] = []
        for mirror in mirrors:
            url = mirror + self.target.name
            try:
                self._fetch(url)
                break
            except _MirrorError as error:
                problems.append(f"{error} from {url}")
                self.note(problems[-1])
        return problems

    @property
    def _part(self) -> Path:
        return self.target.with_name(f"{self.target.name}.part")

    def _arrived(self) -> int:
        return self._part.stat().st_size if self._part.exists() else 0

    def _fetch(self, url: str) -> None:
        for _ in range(_TRIES):
            before = self._arrived()
            try:
                if before != self.n_bytes:
                    self._receive(url, before)
                self._check_hash()
                self._part.replace(self.target)
                return
            except _BrokenError as error:
                if self._arrived() <= before:
                    raise _MirrorError(str(error)) from error
            except _WrongError as error:
                self._part.unlink(missing_ok=True)
                if not before:  # else what was here already may be to blame
                    raise _MirrorError(str(error)) from error
        raise _MirrorError(f"{_TRIES} connections that broke off")

    def _receive(self, url: str, before: int) -> None:
        """Add to what is here all that the mirror sends."""
        if before > self.n_bytes:
            raise _WrongError("more bytes than the file has")
        headers = {"User-Agent": "glassgrad"} | ({"Range": f"bytes={before}-"} if before else {})
        try:
            # the addresses are those of MIRRORS, all of them https
            request = urllib.request.Request(url, headers=headers)
            response = urllib.request.urlopen(request, timeout=self.timeout)
        except urllib.error.HTTPError as error:
            error.close()
            if before and error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                raise _WrongError("no more bytes, though some are missing") from error
            raise _BrokenError(f"HTTP {error.code} {error.reason}") from error
        except (OSError, http.client.HTTPException) as error:
            raise _BrokenError(_said(error)) from error
        with response:
            goes_on = response.status == http.HTTPStatus.PARTIAL_CONTENT
            span = response.headers.get("Content-Range", "")
            if goes_on and not span.startswith(f"bytes {before}-"):
                raise _WrongError(f"the range {span!r} instead of the one from byte {before} on")
            # a server that knows nothing of ranges sends all of it again
            self._write(response, before if goes_on else 0)

    def _write(self, response: http.client.HTTPResponse, arrived: int) -> None:
        try:
            with self._part.open("ab" if arrived else "wb") as stream:
                # one byte too many is enough to know, whatever else the mirror would send
                while chunk := _read(response, min(_CHUNK, self.n_bytes + 1 - arrived)):
                    stream.write(chunk)
                    stream.flush()  # what has arrived is not asked for again, whoever is killed
                    arrived += len(chunk)
                    self.progress(min(arrived, self.n_bytes))
                os.fsync(stream.fileno())
        except OSError as error:
            raise DataError(
                f"nn.data expects to write {str(self._part)!r}, got {_said(error)!r}; make room or "
                f"give the right to write, or set {VARIABLE} to another folder."
            ) from error
        if arrived > self.n_bytes:
            raise _WrongError(f"more than the {self.n_bytes} bytes of the file")
        if arrived < self.n_bytes:
            raise _BrokenError(f"only {arrived} of {self.n_bytes} bytes")

    def _check_hash(self) -> None:
        with self._part.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
        if found != self.sha256:
            raise _WrongError(f"another file, of SHA-256 {found},")


def _read(response: http.client.HTTPResponse, n_bytes: int) -> bytes:
    try:
        return response.read(n_bytes)
    except (OSError, http.client.HTTPException) as error:
        raise _BrokenError(_said(error)) from error


def _said(error: BaseException) -> str:
    """What the system says, in one line, without the brackets and numbers around it."""
    inner = getattr(error, "reason", error)
    text = getattr(inner, "strerror", None) or str(inner) or type(inner).__name__
    if isinstance(error, http.client.HTTPException):
        text = f"an answer that is not HTTP, {text!r},"
    return " ".join(text.split())
