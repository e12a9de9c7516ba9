"""What is said of a script: its mistakes, what is advised, and why something is no answer, in the reader's language."""

import re
from collections.abc import Mapping

from callcenter.domain.scripts.advice import Advice, Advised
from callcenter.domain.scripts.answers import Unfit
from callcenter.domain.scripts.script import Place
from callcenter.domain.times.spans import Span, Unit
from callcenter.domain.words.policy_mistakes import mistake_words
from callcenter.domain.words.policy_vocabulary import SPANS
from callcenter.domain.words.sentences import Language

_CHINESE: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"this id stands there twice"), "该标识重复出现"),
    (re.compile(r"only_if must name an earlier question, not (.*)"), r"only_if 只能引用前面的问题，而不是 \1"),
    (re.compile(r"only_if can never hold: (.*)"), r"only_if 永远不会成立：\1"),
    (re.compile(r"red flag (\w+): (.*)"), r"警示 \1：\2"),
    (re.compile(r"unknown placeholders: (.*); known are (.*)"), r"未知的占位符：\1；可用的有 \2"),
    (re.compile(r"an identity question must not read out the answer: (.*)"), r"核实身份的问题不得读出答案：\1"),
    (re.compile(r"a brace is left open in (.*)"), r"花括号没有闭合：\1"),
    (re.compile(r"a placeholder is written like \{agent\}, in (.*)"), r"占位符应写作 {agent}，位于 \1"),
    (re.compile(r"a choice needs 2 to (\d+) options"), r"选择题需要 2 到 \1 个选项"),
    (re.compile(r"the same option stands there twice"), "选项重复"),
    (re.compile(r"only a choice has options, not (.*)"), r"只有选择题可以有选项，\1 不可以"),
    (re.compile(r"only a rating has a scale, not (.*)"), r"只有评分题可以有 scale，\1 不可以"),
    (re.compile(r"only a number has least and most, not (.*)"), r"只有数字题可以有 least 和 most，\1 不可以"),
    (re.compile(r"most is less than least"), "most 小于 least"),
    (
        re.compile(r"must_match is (\d+), more than there are checks, (\d+)"),
        r"must_match 为 \1，多于核实问题的数量（\2）",
    ),
    (
        re.compile(r"exactly one of equals, differs, contains, at_least and at_most is needed"),
        "equals、differs、contains、at_least、at_most 须且只能有一个",
    ),
    (
        re.compile(r"contains is for choices and text, and (\w+) is (.*)"),
        r"contains 只用于多选题和文字题，而 \1 是 \2",
    ),
    (
        re.compile(r"at_least and at_most are for numbers, and (\w+) is (.*)"),
        r"at_least 和 at_most 只用于数字和评分，而 \1 是 \2",
    ),
    (re.compile(r"(\w+) is answered true or false"), r"\1 的答案为 true 或 false"),
    (re.compile(r"(\w+) is answered by a number"), r"\1 的答案为数字"),
    (re.compile(r"(\w+) is answered by a text"), r"\1 的答案为文字"),
    (re.compile(r"use contains: (\w+) may have several answers"), r"请用 contains：\1 可以有多个答案"),
    (re.compile(r"(\w+) has no option (.*)"), r"\1 没有选项 \2"),
    (
        re.compile(r"a span of time is written like 5 working days, 1 month, 24 hours or same day, not (.*)"),
        r"时限应写作 5 working days、1 month、24 hours 或 same day，而不是 \1",
    ),
    (re.compile(r"stands already; the next is (\d+)"), r"该版本已存在；下一版本为 \1"),
    (re.compile(r"(?:tuple|list) should have at least (\d+) items? after validation, not (\d+)"), r"至少 \1 项"),
    (re.compile(r"(?:tuple|list) should have at most (\d+) items? after validation, not (.*)"), r"最多 \1 项"),
    (re.compile(r"string should have at most (\d+) characters?"), r"最多 \1 个字符"),
)
_KEY = re.compile(r"([A-Za-z0-9_.-]+): (.*)", re.DOTALL)

PLACES: Mapping[Place, tuple[str, str]] = {
    Place.INSTITUTION: ("the institution", "机构名称"),
    Place.AGENT: ("the agent's name", "回访人员姓名"),
    Place.STAFF_NUMBER: ("the staff number", "工号"),
    Place.CUSTOMER: ("the customer", "客户姓名"),
    Place.ORGANISATION: ("the organisation", "客户单位"),
    Place.PURPOSE: ("the purpose", "回访目的"),
    Place.PLAN: ("the plan", "计划名称"),
    Place.MANAGER: ("the manager", "客户经理"),
}

ADVICE: Mapping[Advice, tuple[str, str]] = {
    Advice.TOO_MANY: (
        "{many} questions are always asked; in principle there should not be more than {most} (C7-06).",
        "固定提问 {many} 个问题；原则上不要超过 {most} 个（C7-06）。",
    ),
    Advice.MAYBE_TOO_MANY: (
        "There are up to {many} questions after some answers; in principle not more than {most} (C7-06).",
        "某些回答之后最多会提问 {many} 个问题；原则上不要超过 {most} 个（C7-06）。",
    ),
    Advice.OPENING_LACKS: (
        "The opening does not tell: {lacking} (C5-01).",
        "开场白没有说明：{lacking}（C5-01）。",
    ),
    Advice.OPENING_ORDER: (
        "The opening goes better in this order: the institution, oneself, then the purpose (V14-03).",
        "开场白的顺序宜为：机构、本人、来电目的（V14-03）。",
    ),
    Advice.NOT_ASKED_CONVENIENT: (
        "Nobody asks whether the customer may talk now (C5-02).",
        "没有询问客户现在是否方便（C5-02）。",
    ),
    Advice.NO_IDENTITY: (
        "Nothing confirms who is on the phone (C9-03).",
        "没有核实接听人的身份（C9-03）。",
    ),
}

UNFIT: Mapping[Unfit, tuple[str, str]] = {
    Unfit.UNKNOWN_QUESTION: ("The script has no such question.", "话术中没有这个问题。"),
    Unfit.WRONG_KIND: ("This question is answered in another way.", "答案的类型不对。"),
    Unfit.NO_OPTION: ("This is none of the options.", "没有这个选项。"),
    Unfit.OUT_OF_RANGE: ("This is out of range.", "超出允许的范围。"),
    Unfit.TOO_LONG: ("This is too long.", "内容太长。"),
    Unfit.NO_DATE: ("This is no date.", "不是有效的日期。"),
    Unfit.STRICT: ("This script is strict: it is read out as it is.", "本话术须严格执行，不能变通。"),
}


def script_mistake(mistake: str, language: Language) -> str:
    """The mistake in this language; what has no Chinese words yet stays as it is."""
    if language is Language.EN:
        return mistake
    key, message = "", mistake
    if (found := _KEY.fullmatch(mistake)) is not None and not mistake.startswith(
        ("this is not TOML", "unknown ", "an ")
    ):
        key, message = found[1], found[2]
    said = _chinese(message)
    if said is None:
        return mistake_words(mistake, language)
    return f"{key}：{said}" if key else said


def _chinese(message: str) -> str | None:
    """What is told within another sentence is told in Chinese too."""
    for pattern, told in _CHINESE:
        if (said := pattern.fullmatch(message)) is not None:
            inner = [_chinese(part) or part for part in (part or "" for part in said.groups())]
            return re.sub(r"\\(\d)", lambda place: inner[int(place[1]) - 1], told)  # noqa: B023 (used at once)
    return None


def advice_words(advised: Advised, language: Language) -> str:
    which = 1 if language is Language.ZH else 0
    values = dict(advised.values)
    if "lacking" in values:
        named = [PLACES[Place(each)][which] for each in values["lacking"].split(", ")]
        values["lacking"] = ("、" if language is Language.ZH else ", ").join(named)
    return ADVICE[advised.advice][which].format(**values)


def span_words(span: Span, language: Language) -> str:
    """How soon something is due, such as `2 working days`."""
    if language is Language.EN:
        return str(span)
    return SPANS[span.unit] if span.unit is Unit.SAME_DAY else f"{span.count}{SPANS[span.unit]}"


def unfit_words(why: Unfit, language: Language) -> str:
    return UNFIT[why][1 if language is Language.ZH else 0]
