"""The dials of the coming hours before and after a change, as a small picture: two bars an hour."""

from datetime import timedelta
from html import escape

from callcenter.domain.forecasts.simulation_found import Simulation
from callcenter.domain.forecasts.simulation_load import dials_shown
from callcenter.domain.times.windows import in_zone
from callcenter.domain.words.sentences import Language

WIDTH, HEIGHT = 760, 200
_LEFT, _TOP, _BOTTOM = 36, 26, 24
_BEFORE, _AFTER, _INK, _LINE = "#7d8b98", "#0b7c8c", "#55636b", "#c3ccd2"
_WORDS = {
    Language.EN: ("Dials an hour", "now", "changed"),
    Language.ZH: ("每小时拨打次数", "现行", "变更后"),
}
_READY = {Language.EN: "Callbacks that become callable, an hour", Language.ZH: "每小时变为可拨的任务数"}
"""What the bars are while nothing was dialled from which a pace could be told."""


def picture(found: Simulation, zone: str, language: Language) -> str:
    """SVG, without styles or scripts of its own. zone: IANA, in which days and hours are told."""
    title, before, after = _WORDS[language]
    title = title if found.pace else _READY[language]
    pairs = list(zip(found.load_before.hours, found.load_after.hours, strict=True))
    highest = max((max(one.dials, two.dials) for one, two in pairs), default=0.0)
    room, step = HEIGHT - _TOP - _BOTTOM, (WIDTH - _LEFT - 4) / max(1, len(pairs))
    scale = room / highest if highest else 0.0
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
            f'aria-label="{escape(title)}" font-family="sans-serif" font-size="11">'
        ),
        f"<title>{escape(title)}</title>",
        f'<text x="{_LEFT}" y="14" fill="{_INK}">{escape(title)}</text>',
        _key(WIDTH - 190, _BEFORE, before),
        _key(WIDTH - 90, _AFTER, after),
        f'<text x="{_LEFT - 6}" y="{_TOP + 8}" fill="{_INK}" text-anchor="end">{highest:.0f}</text>',
        f'<text x="{_LEFT - 6}" y="{HEIGHT - _BOTTOM}" fill="{_INK}" text-anchor="end">0</text>',
        _line(_LEFT, HEIGHT - _BOTTOM, WIDTH - 4, HEIGHT - _BOTTOM),
    ]
    for place, (one, two) in enumerate(pairs):
        left, local = _LEFT + place * step, in_zone(zone, one.at)
        if local.hour == 0 or place == 0:
            parts.append(_line(left, _TOP, left, HEIGHT - _BOTTOM + 4))
        if local.hour == 0 or (place == 0 and local.hour < 18):  # noqa: PLR2004 (later, the next day's stands there)
            parts.append(f'<text x="{left + 3:.1f}" y="{HEIGHT - 8}" fill="{_INK}">{local:%m-%d}</text>')
        told = f"{local:%m-%d %H:00}–{local + timedelta(hours=1):%H:00}"
        told += f" · {before} {dials_shown(one)} · {after} {dials_shown(two)}"
        bars = [
            f'<rect x="{x:.1f}" y="{HEIGHT - _BOTTOM - dials * scale:.1f}" width="{step * 0.42:.1f}" '
            f'height="{dials * scale:.1f}" fill="{colour}"/>'
            for x, dials, colour in (
                (left + step * 0.08, one.dials, _BEFORE),
                (left + step * 0.5, two.dials, _AFTER),
            )
            if dials
        ]
        if bars:
            parts.append(f"<g><title>{escape(told)}</title>{''.join(bars)}</g>")
    return "".join([*parts, "</svg>"])


def _key(x: int, colour: str, word: str) -> str:
    return (
        f'<rect x="{x}" y="5" width="10" height="10" fill="{colour}"/>'
        f'<text x="{x + 15}" y="14" fill="{_INK}">{escape(word)}</text>'
    )


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{_LINE}" stroke-width="1"/>'
