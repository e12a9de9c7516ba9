"""What is wrong with a policy, told in the reader's language. Each mistake names its key first."""

import re
from collections.abc import Callable

from callcenter.domain.words.sentences import Language

_KEY = re.compile(r"([A-Za-z0-9_.-]+): (.*)", re.DOTALL)
_TOML = {
    "Cannot overwrite a value": "同一项写了两次",
    "Cannot declare": "同一组写了两次",
    "Invalid value": "值的写法不对；文字须加引号",
    "Invalid statement": "这一行不是“键 = 值”",
    "Expected '=' after a key": "键后缺少等号",
    "Expected newline or end of document": "一行只写一项",
    "Unclosed array": "列表缺少右方括号",
    "Unterminated string": "文字缺少右引号",
    "Illegal character": "有不能使用的字符",
    "Expected ']' at the end of a table declaration": "组名缺少右方括号",
}
"""How the parser's commonest messages begin, and what they come to."""


def _of_toml(message: str) -> str:
    return next((told for begins, told in _TOML.items() if message.startswith(begins)), message)


_CHINESE: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"is missing|field required"), "缺少此项"),
    (re.compile(r"is not a known key"), "不是已知的键"),
    (
        re.compile(r"this is not TOML: (.*?) \(at line (\d+), column (\d+)\)", re.DOTALL),
        lambda found: f"第 {found[2]} 行第 {found[3]} 个字符处不是有效的 TOML：{_of_toml(found[1])}",
    ),
    (
        re.compile(r"this is not TOML: (.*?) \(at end of document\)", re.DOTALL),
        lambda found: f"末尾处不是有效的 TOML：{_of_toml(found[1])}",
    ),
    (re.compile(r"this is not TOML: (.*)", re.DOTALL), r"不是有效的 TOML：\1"),
    (re.compile(r"there is no preset (.*)"), r"没有预设 \1"),
    (
        re.compile(r"needs a table of values or the name of a preset (.*), not (.*)"),
        r"须为一组值或预设名 \1，而不是 \2",
    ),
    (re.compile(r"input should be greater than or equal to (.*)"), r"须大于或等于 \1"),
    (re.compile(r"input should be less than or equal to (.*)"), r"须小于或等于 \1"),
    (re.compile(r"input should be a valid integer.*"), "须为整数"),
    (re.compile(r"input should be a valid number.*"), "须为数字"),
    (re.compile(r"input should be a valid string"), "须为文字"),
    (re.compile(r"input should be a valid boolean.*"), "须为 true 或 false"),
    (re.compile(r"input should be a valid (?:list|tuple|array)"), "须为列表"),
    (re.compile(r"input should be a valid (?:date|datetime).*"), "须为日期，如 2027-01-01"),
    (re.compile(r"input should be (?:a valid dictionary|an object).*"), "须为一组值"),
    (re.compile(r"input should be (True|False)"), lambda found: f"只能为 {found[1].lower()}"),
    (re.compile(r"input should be (.*)"), lambda found: f"须为 {found[1].replace(' or ', ' 或 ')}"),
    (re.compile(r"string should have at least (\d+) characters?"), r"至少 \1 个字符"),
    (re.compile(r"string should match pattern (.*)"), r"须符合格式 \1"),
    (re.compile(r"the windows (.*) and (.*) overlap"), r"时段 \1 与 \2 重叠"),
    (re.compile(r"a window is written like 10:00-11:00, not (.*)"), r"时段应写作 10:00-11:00，而不是 \1"),
    (re.compile(r"the window (.*) is empty; the whole day is 00:00-24:00"), r"时段 \1 为空；全天写作 00:00-24:00"),
    (
        re.compile(r"the time (.*) in the window (.*) must be written HH:MM, for example 09:00"),
        r"时段 \2 中的时间 \1 须写作 HH:MM，如 09:00",
    ),
    (re.compile(r"at least one window is needed, like 10:00-11:00"), "至少需要一个时段，如 10:00-11:00"),
    (
        re.compile(r"days are workdays, every_day, or a list of .*"),
        "日期为 workdays、every_day，或 mon 至 sun 的不重复列表",
    ),
    (re.compile(r"dials_max is (\d+), less than dials_min, (\d+)"), r"dials_max 为 \1，小于 dials_min（\2）"),
    (re.compile(r"a source is given for what is not set: (.*)"), r"为未设置的值给出了来源：\1"),
    (re.compile(r"no holidays are known for the country (.*)"), r"没有 \1 的节假日数据"),
    (re.compile(r"closing day and working day at once: (.*)"), r"同时为休息日和工作日：\1"),
    (re.compile(r"stands already; the next is (\d+)"), r"该版本已存在；下一版本为 \1"),
    (re.compile(r"lies in the past; the earliest is (.*)"), r"已是过去；最早为 \1"),
)


def mistake_words(mistake: str, language: Language) -> str:
    """The mistake in this language; what has no Chinese words yet stays as it is."""
    if language is Language.EN:
        return mistake
    key, message = "", mistake
    if (found := _KEY.fullmatch(mistake)) is not None and not mistake.startswith("this is not TOML"):
        key, message = found[1], found[2]
    for pattern, told in _CHINESE:
        if (said := pattern.fullmatch(message)) is not None:
            message = told(said) if callable(told) else said.expand(told)
            break
    return f"{key}：{message}" if key else message
