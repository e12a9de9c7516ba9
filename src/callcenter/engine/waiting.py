"""How long until the next try? Waits that grow, and then stay as they are."""

from collections.abc import Iterator, Sequence


def endless(seconds: Sequence[float]) -> Iterator[float]:
    """These, and then the last of them for ever."""
    yield from seconds
    while True:
        yield seconds[-1]
