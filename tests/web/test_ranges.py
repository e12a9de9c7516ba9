"""Which bytes are asked for: whatever the header, what is sent is a slice of the file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.web.ranges import Span, UnsatisfiableError, span_of

SIZE = 1000
WHOLE = Span(0, SIZE - 1, whole=True)


def part(first: int, last: int) -> Span:
    return Span(first, last, whole=False)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, WHOLE),
        ("bytes=0-", part(0, 999)),
        ("bytes=0-0", part(0, 0)),
        ("bytes=10-19", part(10, 19)),
        ("bytes=999-", part(999, 999)),
        ("bytes=10-100000", part(10, 999)),
        ("bytes=-1", part(999, 999)),
        ("bytes=-1000", part(0, 999)),
        ("bytes=-1001", part(0, 999)),
        ("Bytes = 10 - 19 ", part(10, 19)),
        ("bytes=0-" + "9" * 4000, part(0, 999)),
        ("bytes=" + "0" * 4000 + "5-9", part(5, 9)),
        # What cannot be read is passed over.
        ("bytes=19-10", WHOLE),
        ("bytes=-", WHOLE),
        ("bytes=", WHOLE),
        ("bytes=a-b", WHOLE),
        ("bytes=1-2-3", WHOLE),
        ("bytes=٣-٤", WHOLE),
        ("bytes=+1-2", WHOLE),
        ("lines=0-1", WHOLE),
        ("bytes=0-1,5-6", WHOLE),
        ("bytes=" + "0-," * 1000, WHOLE),
        ("", WHOLE),
        # No such part.
        ("bytes=1000-", None),
        ("bytes=1000-1001", None),
        ("bytes=" + "9" * 4000 + "-", None),
        ("bytes=-0", None),
        ("bytes=-000", None),
    ],
)
def test_each_form_of_a_range(header: str | None, expected: Span | None) -> None:
    if expected is None:
        with pytest.raises(UnsatisfiableError):
            span_of(header, SIZE)
    else:
        assert span_of(header, SIZE) == expected


@pytest.mark.parametrize(
    ("if_range", "expected"),
    [('"a"', part(1, 2)), (' "a" ', part(1, 2)), ('W/"a"', WHOLE), ('"b"', WHOLE), ("", WHOLE), ("a", WHOLE)],
)
def test_a_range_of_another_file_is_not_sent(if_range: str, expected: Span) -> None:
    assert span_of("bytes=1-2", SIZE, if_range=if_range, etag='"a"') == expected


numbers = st.integers(0, 10**30).map(str) | st.text("0123456789", max_size=30)
headers = (
    st.builds(lambda first, last: f"bytes={first}-{last}", numbers, numbers)
    | st.builds(lambda ranges: "bytes=" + ",".join(ranges), st.lists(st.text("0123456789- ", max_size=8)))
    | st.text(max_size=50)
)


@given(headers, st.integers(1, 10**12))
def test_any_header_asks_for_a_slice_or_for_nothing(header: str, size: int) -> None:
    try:
        span = span_of(header, size)
    except UnsatisfiableError:
        return
    assert 0 <= span.first <= span.last < size
    assert not span.whole or span.length == size
