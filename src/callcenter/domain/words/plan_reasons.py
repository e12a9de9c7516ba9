"""A plan in one sentence: `0 callable now: 120 outside the calling hours until 14:00, 31 capped`."""

from collections.abc import Sequence
from datetime import datetime

from callcenter.domain.times.windows import in_zone
from callcenter.domain.words.sentences import Language

Told = tuple[int, str, datetime | None, bool]
"""How many, by what, until when (UTC), and whether the number is an estimate."""


def said_of_plan(
    callable_now: int, reasons: Sequence[Told], now: datetime, zone: str, language: Language, *, about: bool
) -> str:
    """zone: IANA, in which times are told; another day's with its date."""
    english = language is Language.EN
    count = _count(callable_now, about=about, language=language)
    first = f"{count} callable now" if english else f"现在可拨打{count}个"
    parts = []
    for many, words, opens_at, estimated in reasons:
        number = _count(many, about=estimated, language=language)
        until = _clock(opens_at, now, zone) if opens_at else ""
        if english:
            parts.append(f"{number} {words}" + (f" until {until}" if until else ""))
        else:
            parts.append(f"{number}个{words}" + (f"（{until}起可拨）" if until else ""))
    if not parts:
        return f"{first}." if english else f"{first}。"
    return f"{first}: {', '.join(parts)}." if english else f"{first}：{'，'.join(parts)}。"


def said_of_never(reasons: Sequence[Told], language: Language) -> str:
    """`24 can never be called: 20 without a number, 4 …`; empty where all can."""
    if not reasons:
        return ""
    english, about = language is Language.EN, any(estimated for *_, estimated in reasons)
    all_of_them = _count(sum(many for many, *_ in reasons), about=about, language=language)
    parts = [(_count(many, about=estimated, language=language), words) for many, words, _, estimated in reasons]
    if english:
        told = ", ".join(f"{number} {words}" for number, words in parts)
        return f"{all_of_them} can never be called: {told}."
    told = "，".join(f"{number}个{words}" for number, words in parts)
    return f"{all_of_them}个永远无法拨打：{told}。"


def _count(many: int, *, about: bool, language: Language) -> str:
    if not about:
        return str(many)
    return f"about {many}" if language is Language.EN else f"约{many}"


def _clock(opens_at: datetime, now: datetime, zone: str) -> str:
    there, today = in_zone(zone, opens_at), in_zone(zone, now).date()
    return f"{there:%H:%M}" if there.date() == today else f"{there:%m-%d %H:%M}"
