"""What is said for the words of a refusal's details, in English and Chinese."""

from collections.abc import Mapping

from callcenter.domain.gate.exclusions import ExclusionKind
from callcenter.domain.people import Channel
from callcenter.domain.policies.attempts import Conflict
from callcenter.domain.policies.caps import Span

DETAIL_WORDS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "kind": {
        ExclusionKind.OPT_OUT: ("he asked not to be called", "客户要求不再致电"),
        ExclusionKind.REFUSED: ("he refused a visit", "客户曾拒绝回访"),
        ExclusionKind.WAIVER: ("waived in writing", "已书面声明免访"),
        ExclusionKind.CANCELLED: ("the contract was cancelled", "合同已撤销"),
        ExclusionKind.DECEASED: ("the customer is deceased", "客户已身故"),
        ExclusionKind.WRONG_NUMBER: ("wrong number", "号码有误"),
    },
    "span": {
        Span.DAY: ("on one day", "当日"),
        Span.HOURS_24: ("in 24 hours", "24小时内"),
        Span.DAYS_7: ("in 7 days", "7天内"),
        Span.DAYS_30: ("in 30 days", "30天内"),
        Span.LIFETIME: ("ever", "累计"),
    },
    "channel": {
        Channel.SMS: ("text message", "短信"),
        Channel.EMAIL: ("e-mail", "电邮"),
        Channel.LETTER: ("letter", "信函"),
        Channel.ONSITE: ("a visit on site", "上门"),
    },
    "between": {
        Conflict.SAME_PERSON: ("the customer's own manager", "客户经理本人"),
        Conflict.SAME_DEPARTMENT: ("the customer's own department", "客户所属部门"),
        Conflict.ALL_SALES: ("the sales departments", "销售部门"),
    },
}
"""By the detail's name, then by its value; what is not here is said as it stands."""


def worded(detail: Mapping[str, str], which: int) -> dict[str, str]:
    """The details as they are said. which: 0 for English, 1 for Chinese."""
    return {name: _word(name, value, which) for name, value in detail.items()}


def _word(name: str, value: str, which: int) -> str:
    words = DETAIL_WORDS.get(name, {}).get(value)
    return value if words is None else words[which]
