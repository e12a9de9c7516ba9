"""What does a cell mean? Cells as text, numbers, days and choices; a wrong one raises BadCellError."""

import re
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from callcenter.domain.intake.problems import Problem
from callcenter.domain.intake.row import Cell, Unusable
from callcenter.domain.people import VisitType
from callcenter.domain.phone import MalformedNumberError, PhoneNumber, parse_number
from callcenter.domain.refusal import Refusal
from callcenter.domain.times.own_hours import parse_own_hours, written_own_hours
from callcenter.domain.times.windows import WindowError, zone_of
from callcenter.domain.words.phone_words import in_chinese

LONGEST = 200
"""Characters of a name, an organisation, a manager or a department."""

LONGEST_PURPOSE = 500
YEARS_AHEAD = 10
"""A due day further away is a slip of the pen."""

_TOLD = 40
_EXACT_DIGITS = 15
"""So many digits a spreadsheet keeps of a number."""

_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"})
_NOTHING = frozenset({"无", "暂无", "没有", "空", "-", "--", "—", "/", "\\", "n/a", "na", "none", "null", "nil"})
_QUOTED_FORMULA = re.compile(r'="([^"]*)"')
_WHOLE_FLOAT = re.compile(r"(\+?[0-9]{5,})\.0+")
_SCIENTIFIC = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?E[+-]?[0-9]+", re.IGNORECASE)
_DECIMAL = re.compile(r"\+?[0-9]{5,}\.[0-9]+")
_ROUNDED_ZEROS = re.compile(r"[1-9][0-9]{2,}0{7,}")
_LABEL = re.compile(r"^[^\d+():：]{1,12}[:：]")
_BETWEEN = re.compile(r"[;,、|\n\r/]+|\s和\s?|或")
_ISO = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?(?:[T\s].*)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SLASHED = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?:\s.*)?")
_ENGLISH_MONTHS = ("%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y", "%d-%b-%Y")
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?", re.ASCII)
_EPOCH = date(1899, 12, 30)
_SERIALS = (36526, 73050)
"""Days since 1899-12-30 of the years 2000 to 2099: how spreadsheets count days."""

_PRIORITIES: Mapping[str, int] = {
    **dict.fromkeys(("紧急", "特急", "加急", "最高", "urgent", "highest"), 9),
    **dict.fromkeys(("高", "重要", "high", "important"), 7),
    **dict.fromkeys(("中", "medium", "middle"), 3),
    **dict.fromkeys(("低", "普通", "一般", "正常", "normal", "low", "lowest"), 0),
}
_FLAGS: Mapping[str, bool] = {
    **dict.fromkeys(("是", "反感", "有", "重点", "重点客户", "vip", "yes", "y", "true", "1", "√", "✓"), True),
    **dict.fromkeys(("否", "不", "无", "不反感", "普通", "普通客户", "no", "n", "false", "0", "×"), False),
}
_VISIT_TYPES: Mapping[str, VisitType] = {
    **{kind.value: kind for kind in VisitType},
    **dict.fromkeys(
        ("新签约回访", "新签约", "新签约客户回访", "新签", "新单回访", "新单", "新客户回访", "新契约回访", "new"),
        VisitType.ROUTINE_NEW,
    ),
    **dict.fromkeys(
        ("持续回访", "持续", "续期回访", "续期", "例行回访", "例行", "常规回访", "定期回访", "continuing", "routine"),
        VisitType.ROUTINE_CONTINUING,
    ),
    **dict.fromkeys(("专项回访", "专项", "特殊回访", "特殊", "投诉回访", "special"), VisitType.SPECIAL),
}
_ZONES: Mapping[str, str] = {
    **dict.fromkeys(("北京时间", "北京", "上海", "中国标准时间", "中国", "东八区"), "Asia/Shanghai"),
    "香港": "Asia/Hong_Kong",
    "澳门": "Asia/Macau",
    "台北": "Asia/Taipei",
    "乌鲁木齐": "Asia/Urumqi",
}
_LANGUAGES: Mapping[str, str] = {
    **dict.fromkeys(("中文", "汉语", "普通话", "国语", "华语", "chinese", "mandarin"), "zh"),
    **dict.fromkeys(("英文", "英语", "english"), "en"),
    **dict.fromkeys(("粤语", "广东话", "cantonese"), "yue"),
}
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*", re.ASCII)


class BadCellError(Exception):
    """The cell cannot mean what its column holds."""

    def __init__(self, problem: Problem, **detail: str) -> None:
        super().__init__(problem.value)
        self.problem = problem
        self.detail = detail


def text_of(cell: Cell) -> str:
    """The cell as a person reads it, on one line, without invisible characters; `12` for 12.0, `2026-11-30` for a
    date at midnight.
    """
    match cell:
        case None:
            return ""
        case Unusable(text=text):
            return text
        case bool():
            return "TRUE" if cell else "FALSE"
        case float() if cell.is_integer():
            return str(int(cell))
        case datetime() if not (cell.hour or cell.minute or cell.second):
            return cell.date().isoformat()
        case str():
            return _tidy(cell)
        case _:
            return str(cell)


def raw_text(cell: Cell) -> str:
    """The cell as it stands in the file, for the list of bad rows."""
    return cell if isinstance(cell, str) else text_of(cell)


def plain_text(cell: Cell, longest: int = LONGEST) -> str:
    """Text for people; empty where the cell says nothing. Raises BadCellError."""
    text = usable(cell)
    if "\ufffd" in text:
        raise BadCellError(Problem.TEXT_GARBLED)
    if not text.isprintable():
        raise BadCellError(Problem.TEXT_CONTROL)
    if len(text) > longest:
        raise BadCellError(Problem.TEXT_LONG, length=str(len(text)), most=str(longest))
    return "" if text.casefold() in _NOTHING else text


def key_text(cell: Cell) -> str:
    """A number of the institution's own. Raises BadCellError, also where a spreadsheet has rounded it: two customers
    must not become one.
    """
    text = plain_text(cell)
    exact = isinstance(cell, str) or len(text) <= _EXACT_DIGITS
    if not exact or (isinstance(cell, str) and _SCIENTIFIC.fullmatch(text) and "+" in text):
        raise BadCellError(Problem.NUMBER_ROUNDED, value=text[:_TOLD])
    return text


def usable(cell: Cell) -> str:
    """Its text. Raises BadCellError FORMULA or EXCEL_ERROR."""
    text = text_of(cell)
    if isinstance(cell, Unusable) and not cell.text:
        raise BadCellError(Problem.FORMULA)
    if isinstance(cell, Unusable) or text.upper() in _ERRORS:
        raise BadCellError(Problem.EXCEL_ERROR, value=text[:_TOLD])
    return text


def phone_numbers(cell: Cell, region: str) -> list[PhoneNumber]:
    """Every number in the cell: several are parted by ; , 、 / | or a line break. Raises BadCellError."""
    text = usable(cell)
    if isinstance(cell, str):
        # As it was written: a line break may part two numbers.
        text = "\n".join(filter(None, (_tidy(part) for part in unicodedata.normalize("NFKC", cell).splitlines())))
    elif isinstance(cell, int | float) and _ROUNDED_ZEROS.fullmatch(text):
        raise BadCellError(Problem.NUMBER_ROUNDED, value=text)
    text = unicodedata.normalize("NFKC", text)
    if text.casefold() in _NOTHING:
        return []
    found: list[PhoneNumber] = []
    for part in filter(str.strip, _BETWEEN.split(text)):
        found += [number for number in _numbers(part.strip(), region) if number not in found]
    return found


def due_day(cell: Cell, today: date) -> date | None:
    """The day, or None where the cell says nothing. Times of day are left out. Raises BadCellError."""
    day = _day(cell)
    if day is None:
        return None
    last = today + timedelta(days=365 * YEARS_AHEAD)
    first = date(2000, 1, 1)
    if not first <= day <= last:
        raise BadCellError(Problem.DATE_FAR, value=day.isoformat(), first=first.isoformat(), last=last.isoformat())
    return day


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The last second of that local day, in UTC."""
    following = day + timedelta(days=1)
    midnight = datetime(following.year, following.month, following.day, tzinfo=zone)
    return midnight.astimezone(UTC) - timedelta(seconds=1)


def priority(cell: Cell) -> int | None:
    text = plain_text(cell)
    if not text:
        return None
    plain = unicodedata.normalize("NFKC", text).casefold()
    if len(plain) == 1 and plain in "0123456789":
        return int(plain)
    if plain not in _PRIORITIES:
        raise BadCellError(Problem.PRIORITY_WRONG, value=text[:_TOLD])
    return _PRIORITIES[plain]


def visit_type(cell: Cell) -> VisitType | None:
    text = plain_text(cell)
    if not text:
        return None
    plain = unicodedata.normalize("NFKC", text).casefold().replace(" ", "_")
    if plain not in _VISIT_TYPES:
        raise BadCellError(Problem.VISIT_TYPE_WRONG, value=text[:_TOLD])
    return _VISIT_TYPES[plain]


def time_zone(cell: Cell) -> str:
    """IANA name, or empty where the cell says nothing."""
    text = plain_text(cell)
    name = _ZONES.get(text, text)
    if name and isinstance(zone_of(name), Refusal):
        raise BadCellError(Problem.ZONE_WRONG, value=text[:_TOLD])
    return name


def language(cell: Cell) -> str:
    """A language tag, or empty where the cell says nothing."""
    text = plain_text(cell)
    tag = _LANGUAGES.get(text.casefold(), text)
    if tag and not _LANGUAGE.fullmatch(tag):
        raise BadCellError(Problem.LANGUAGE_WRONG, value=text[:_TOLD])
    return tag.replace("_", "-")


def own_hours(cell: Cell) -> str:
    """In the one form in which they are kept, or empty where the cell says nothing."""
    text = plain_text(cell)
    try:
        return written_own_hours(parse_own_hours(text))
    except WindowError:
        raise BadCellError(Problem.OWN_HOURS_WRONG, value=text[:_TOLD]) from None


def yes_or_no(cell: Cell) -> bool | None:
    """None where the cell says nothing."""
    text = plain_text(cell)
    if not text:
        return None
    plain = unicodedata.normalize("NFKC", text).casefold()
    if plain not in _FLAGS:
        raise BadCellError(Problem.FLAG_WRONG, value=text[:_TOLD])
    return _FLAGS[plain]


def _tidy(text: str) -> str:
    if (quoted := _QUOTED_FORMULA.fullmatch(text.strip())) is not None:
        text = quoted[1]
    seen = "".join(character for character in text if unicodedata.category(character) != "Cf")
    line = " ".join(seen.split())
    return line[1:].lstrip() if line[:1] in {"'", "’"} else line


def _numbers(written: str, region: str) -> list[PhoneNumber]:
    """One number, or several parted by blanks alone."""
    label = _LABEL.match(written)
    text = written[label.end() :].strip() if label else written
    if _SCIENTIFIC.fullmatch(text):
        raise BadCellError(Problem.NUMBER_ROUNDED, value=text[:_TOLD])
    if (whole := _WHOLE_FLOAT.fullmatch(text)) is not None:
        text = whole[1]
    elif _DECIMAL.fullmatch(text):
        # Dots may part groups of digits, and so this would be read as another number.
        raise _wrong(written, "a phone number has no decimals", "电话号码不应有小数")
    try:
        return [parse_number(text, region)]
    except MalformedNumberError as error:
        parts = text.split()
        if len(parts) > 1:
            with suppress(MalformedNumberError):
                return [parse_number(part, region) for part in parts]
        reason = str(error)
        raise _wrong(written, reason, in_chinese(reason)) from None


def _wrong(written: str, reason: str, reason_zh: str) -> BadCellError:
    return BadCellError(Problem.NUMBER_WRONG, value=written[:_TOLD], reason=reason, reason_zh=reason_zh)


def _day(cell: Cell) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = unicodedata.normalize("NFKC", plain_text(cell))
    if not text:
        return None
    wrong = BadCellError(Problem.DATE_WRONG, value=text[:_TOLD])
    if (match := _ISO.fullmatch(text) or _COMPACT.fullmatch(text)) is not None:
        try:
            return date(int(match[1]), int(match[2]), int(match[3]))
        except ValueError:
            raise wrong from None
    if isinstance(cell, str | int | float) and _SERIAL.fullmatch(text):
        serial = int(float(text))
        if _SERIALS[0] <= serial <= _SERIALS[1]:
            return _EPOCH + timedelta(days=serial)
    if _SLASHED.fullmatch(text):
        raise BadCellError(Problem.DATE_AMBIGUOUS, value=text[:_TOLD])
    words = text.replace(",", " ").split()
    for form in _ENGLISH_MONTHS:
        with suppress(ValueError):
            return datetime.strptime(" ".join(words), form).replace(tzinfo=UTC).date()
    raise wrong
