"""When would this customer like to be called? Hours as people write them into the customer's record (N6-18, N6-19)."""

import re
import unicodedata
from functools import lru_cache

from callcenter.domain.times.windows import DayRule, Days, Weekday, WindowError, WindowRule, Windows, parse_interval

_LINES = re.compile(r"[;\n]+")
_TIMES = re.compile(r"(?<![0-9:])([0-9]{1,2}:[0-9]{2})-([0-9]{1,2}:[0-9]{2})(?![0-9:])")
_APART = re.compile(r"[\s,、]+")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−~〜至到", "-"))
_HOW = "own hours are written like 10:00-11:30, 19:00-20:00 or workdays 18:00-20:00; sat 10:00-12:00"

_DAY_RULES = {
    "workdays": DayRule.WORKDAYS,
    "工作日": DayRule.WORKDAYS,
    "every_day": DayRule.EVERY_DAY,
    "everyday": DayRule.EVERY_DAY,
    "daily": DayRule.EVERY_DAY,
    "每天": DayRule.EVERY_DAY,
}
_WEEKEND = frozenset({Weekday.SAT, Weekday.SUN})
_DAYS: dict[str, frozenset[Weekday]] = {
    **{day.name.lower(): frozenset({day}) for day in Weekday},
    **{
        f"{week}{name}": frozenset({Weekday(at)}) for week in ("周", "星期") for at, name in enumerate("一二三四五六日")
    },
    "周天": frozenset({Weekday.SUN}),
    "星期天": frozenset({Weekday.SUN}),
    "周末": _WEEKEND,
    "weekend": _WEEKEND,
    "weekends": _WEEKEND,
}


def parse_own_hours(text: str) -> Windows:
    """`10:00-11:30, 19:00-20:00` on every day; `workdays 18:00-20:00; sat,sun 10:00-12:00`, also in Chinese
    (`工作日18:00-20:00；周六10:00-12:00`). Nothing for an empty text. Raises WindowError.
    """
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_DASHES)
    plain = re.sub(r"\s*-\s*", "-", plain)
    return Windows(tuple(_line(line, text) for line in _LINES.split(plain) if line.strip()))


@lru_cache(maxsize=4096)
def kept_own_hours(text: str) -> Windows | None:
    """The same of a text that was checked when it was kept; None where it cannot be read all the same."""
    try:
        return parse_own_hours(text)
    except WindowError:
        return None


def written_own_hours(hours: Windows) -> str:
    """In the one form in which they are kept; read back, it gives the same hours."""
    return "; ".join(
        f"{_days_written(rule.days)} {', '.join(str(interval) for interval in rule.intervals)}" for rule in hours.rules
    )


def _line(line: str, whole: str) -> WindowRule:
    times = _TIMES.findall(line)
    intervals = tuple(parse_interval("-".join(time.zfill(5) for time in pair)) for pair in times)
    words = [word for word in _APART.split(_TIMES.sub(" ", line)) if word]
    if not intervals:
        raise WindowError(f"no hours are found in {whole!r}; {_HOW}")
    return WindowRule(_days(words, whole), intervals)


def _days(words: list[str], whole: str) -> Days:
    if not words:
        return DayRule.EVERY_DAY
    if len(words) == 1 and words[0] in _DAY_RULES:
        return _DAY_RULES[words[0]]
    found: set[Weekday] = set()
    for word in words:
        first, dash, last = word.partition("-")
        if first not in _DAYS or (dash and last not in _DAYS):
            raise WindowError(f"the days {word!r} in {whole!r} are not understood; {_HOW}")
        begin, end = min(_DAYS[first]), max(_DAYS[last] if dash else _DAYS[first])
        found |= {Weekday((begin + ahead) % 7) for ahead in range((end - begin) % 7 + 1)}
    return frozenset(found)


def _days_written(days: Days) -> str:
    return days.value if isinstance(days, DayRule) else ",".join(day.name.lower() for day in sorted(days))
