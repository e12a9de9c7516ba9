"""Is each colour of words read on each ground that it stands on, in light and in dark?"""

import re
from collections.abc import Mapping

import pytest

from callcenter.web.pages.assets import asset

PAIRS: Mapping[str, str] = {
    "ink": "paper card sunk accent-soft good-soft warn-soft bad-soft",
    "soft": "paper card sunk good-soft warn-soft bad-soft",
    "accent": "paper card sunk good-soft warn-soft bad-soft",
    "accent-ink": "accent",
    "good": "paper card sunk good-soft",
    "warn": "paper card sunk warn-soft",
    "bad": "paper card sunk bad-soft",
}
"""Each colour of words, and the grounds they stand on."""

TEXT, EDGE = 4.5, 3.0
"""The least contrast of words, and of the edges of fields."""


@pytest.mark.parametrize("dark", [False, True])
def test_every_colour_is_read_on_every_ground(dark: bool) -> None:
    colours = _colours(dark=dark)
    weak = [
        (word, ground)
        for word, grounds in PAIRS.items()
        for ground in grounds.split()
        if _contrast(colours[word], colours[ground]) < TEXT
    ]
    assert weak == []
    assert [ground for ground in ("paper", "card") if _contrast(colours["field"], colours[ground]) < EDGE] == []


def _colours(*, dark: bool) -> dict[str, str]:
    found = asset("style.css")
    assert found is not None
    blocks = re.findall(r":root {(.*?)}", found.content.decode(), re.DOTALL)
    assert len(blocks) == 2
    return dict(re.findall(r"--([a-z-]+): #([0-9a-f]{6})", "".join(blocks[: 2 if dark else 1])))


def _contrast(one: str, other: str) -> float:
    """Of WCAG 2."""
    light, dim = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dim + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
