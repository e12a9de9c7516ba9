"""Why a text is no phone number, in Chinese: the sentences of `phone.py` for those who do not read English."""

import re

_SENTENCES: tuple[tuple[str, str], ...] = (
    (r"the phone number is empty", "电话号码为空"),
    (r"a phone number with an extension cannot be dialled.*", "带分机的号码无法拨打，请提供直拨号码"),
    (r"a phone number is written with digits.*", "电话号码只能由数字、空格、短横线和开头的+组成"),
    (r"the phone number's country code is unknown.*", "国家代码未知"),
    (r"the phone number is too long: (\d+) digits", r"号码过长：\1位"),
    (r"the phone number is too short: (\d+) digits", r"号码过短：\1位"),
    (r"the phone number is too long", "号码过长"),
    (r"the phone number is too short", "号码过短"),
    (r"a Chinese number has 11 digits.*", "国内号码应为13至19开头的11位手机号，或区号加7至8位固定电话"),
    (r"a number is kept as \+.*", "号码应为+加4至15位数字"),
    (r"the number has a trunk 0.*", "国家代码后多了一个0"),
    (r"the number's calling code belongs to no country", "国家代码不存在"),
)
_PATTERNS = tuple((re.compile(pattern), chinese) for pattern, chinese in _SENTENCES)
UNTRANSLATED = "不是有效的电话号码"


def chinese_of(reason: str) -> str | None:
    """The Chinese of a MalformedNumberError's sentence; None for what is no sentence of ours."""
    return next((match.expand(told) for pattern, told in _PATTERNS if (match := pattern.fullmatch(reason))), None)


def in_chinese(reason: str) -> str:
    """The same; what is no sentence of ours says at least that it is no number."""
    return chinese_of(reason) or UNTRANSLATED
