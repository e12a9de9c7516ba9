"""What is said for the words of a refusal's details, in English and Chinese."""

from collections.abc import Mapping

from callcenter.domain.dials.retry import ExhaustedReason
from callcenter.domain.gate.exclusions import ExclusionKind
from callcenter.domain.people import CallbackState, Channel, PlanState
from callcenter.domain.policies.attempts import Conflict
from callcenter.domain.policies.caps import Span
from callcenter.domain.words.phone_words import chinese_of

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
    "why": {
        ExhaustedReason.DIALS_USED_UP: ("all dials are used up", "拨打次数已用完"),
        ExhaustedReason.INVALID_NUMBER: ("the number does not exist", "号码为空号"),
        ExhaustedReason.REFUSED: ("the customer refused", "客户拒绝回访"),
        ExhaustedReason.WRONG_PERSON: ("somebody else has this number", "接听人非本人"),
        ExhaustedReason.BY_RULE: ("a rule of the policy ended the round", "按规则结束本轮"),
        ExhaustedReason.MANUAL: ("the policy leaves it to a supervisor", "按规则由主管处理"),
        ExhaustedReason.ROUNDS_USED_UP: ("all rounds by telephone are used up", "电话回访轮次已用完"),
        ExhaustedReason.OTHER_CHANNEL: ("he is to be reached by another way", "应改用其他方式回访"),
        ExhaustedReason.APPOINTMENTS_USED_UP: ("there were too many appointments", "预约次数已用完"),
        ExhaustedReason.NO_NEW_NUMBER: ("no new number was found in time", "未按时找到新号码"),
        ExhaustedReason.OPTED_OUT: ("the customer wants no calls", "客户不希望接听电话"),
        ExhaustedReason.WITHDRAWN: ("the visit was withdrawn", "回访已撤销"),
        ExhaustedReason.NO_NUMBER: ("no number is left that may be dialled", "没有可拨打的号码"),
        ExhaustedReason.CAPPED: ("he was dialled as often as is allowed", "已达拨打上限"),
    },
    "state": {
        PlanState.DRAFT: ("a draft", "草稿"),
        PlanState.SUBMITTED: ("submitted, and not approved yet", "待审批"),
        PlanState.APPROVED: ("approved, and not started yet", "已批准，未开始"),
        PlanState.RUNNING: ("running", "运行中"),
        PlanState.PAUSED: ("paused", "已暂停"),
        PlanState.FINISHED: ("finished", "已结束"),
        CallbackState.WAITING: ("waiting", "等待中"),
        CallbackState.HANDED_OUT: ("in an agent's hand", "已分派"),
        CallbackState.CALLING: ("in a call", "通话中"),
        CallbackState.WRAP_UP: ("having its log written", "整理记录中"),
        CallbackState.DONE: ("done", "已完成"),
        CallbackState.EXHAUSTED: ("waiting for a decision", "待主管处理"),
        CallbackState.CLOSED: ("closed", "已关闭"),
    },
}
"""By the detail's name, then by its value; what is not here is said as it stands."""


def worded(detail: Mapping[str, str], which: int) -> dict[str, str]:
    """The details as they are said. which: 0 for English, 1 for Chinese."""
    return {name: _word(name, value, which) for name, value in detail.items()}


def _word(name: str, value: str, which: int) -> str:
    words = DETAIL_WORDS.get(name, {}).get(value)
    if words is not None:
        return words[which]
    return (chinese_of(value) if name == "reason" and which else None) or value
