"""Which bytes of a file does a request ask for? Single ranges (RFC 9110, section 14)."""

import re
from dataclasses import dataclass

UNIT = "bytes"
_RANGE = re.compile(r"bytes[ \t]*=[ \t]*([0-9]*)[ \t]*-[ \t]*([0-9]*)[ \t]*", re.ASCII | re.IGNORECASE)
_MOST_DIGITS = 18
_BEYOND = 10**_MOST_DIGITS


class UnsatisfiableError(Exception):
    """The file has no such part."""


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes from first to last, both included. whole: nothing was asked for in particular."""

    first: int
    last: int
    whole: bool

    @property
    def length(self) -> int:
        return self.last + 1 - self.first


def span_of(header: str | None, size: int, *, if_range: str | None = None, etag: str = "") -> Span:
    """What to send of a file of `size` bytes, at least 1. A header that cannot be read, several ranges, and a range of
    another file (`If-Range`) are passed over, as the RFC allows: the whole file is sent.

    Raises UnsatisfiableError for a part that begins behind the end.
    """
    whole = Span(0, size - 1, whole=True)
    if header is None or (if_range is not None and if_range.strip() != etag):
        return whole
    found = _RANGE.fullmatch(header.strip())
    if found is None or not (found[1] or found[2]):
        return whole
    if not found[1]:
        return _tail(_number(found[2]), size)
    first, last = _number(found[1]), _number(found[2]) if found[2] else size - 1
    if found[2] and last < first:
        return whole
    if first >= size:
        raise UnsatisfiableError
    return Span(first, min(last, size - 1), whole=False)


def _tail(length: int, size: int) -> Span:
    if length == 0:
        raise UnsatisfiableError
    return Span(max(0, size - length), size - 1, whole=False)


def _number(digits: str) -> int:
    """A number longer than any file is only that: it is not computed with."""
    significant = digits.lstrip("0")
    return int(significant or "0") if len(significant) <= _MOST_DIGITS else _BEYOND
