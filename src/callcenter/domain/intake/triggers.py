"""What caused a row's callback, and what follows from it for its due date; and which class a customer is of."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from callcenter.domain.plans.due import due_of
from callcenter.domain.policies.policy import Policy
from callcenter.domain.refusal import Refusal, Rule

LONGEST_WORD = 40

TRIGGERS: Mapping[str, str] = {
    **dict.fromkeys(("签约", "新签约", "签单", "签订协议", "协议签订"), "signing"),
    **dict.fromkeys(("续期", "持续", "持续回访"), "continuing"),
    **dict.fromkeys(("投保", "保单", "新契约", "签收保单"), "policy"),
    **dict.fromkeys(("安装", "上线", "产品安装", "安装完成"), "installation"),
    **dict.fromkeys(("有偿修理", "有偿维修"), "paid_repair"),
    **dict.fromkeys(("三包", "保修", "三包服务"), "warranty"),
    **dict.fromkeys(("登记", "建档"), "registration"),
    **dict.fromkeys(("投诉", "投诉处理", "投诉处理完毕"), "complaint_handled"),
    **dict.fromkeys(("维修", "维修完成", "维修工程"), "repair_done"),
    **dict.fromkeys(("特约服务", "特约服务结束"), "special_service"),
    **dict.fromkeys(("其他", "其他服务"), "other"),
    **dict.fromkeys(("来电", "咨询", "来电咨询"), "inbound"),
    **dict.fromkeys(("优质来电",), "inbound_good"),
    **dict.fromkeys(("留言",), "inbound_message"),
    **dict.fromkeys(("成交", "购买"), "buyer"),
}
"""What institutions write, and the word of the presets for it."""

CLASSES: Mapping[str, str] = {
    **dict.fromkeys(("重点", "重点客户"), "key"),
    **dict.fromkeys(("一般", "一般客户", "普通", "普通客户"), "ordinary"),
    **dict.fromkeys(("潜在", "潜在客户", "潜力", "潜力客户"), "potential"),
    **dict.fromkeys(("核心", "核心客户"), "core"),
    **dict.fromkeys(("大客户",), "big"),
    **dict.fromkeys(("特大客户", "重要客户"), "very_big"),
}


@dataclass(frozen=True, slots=True)
class Caused:
    """triggered_at: UTC, the beginning of the local day; None where no day was given. not_before, due_at: UTC; None
    where the trigger does not say, or the row itself has a due date. refusal: why it cannot be computed.
    """

    trigger: str = ""
    triggered_at: datetime | None = None
    not_before: datetime | None = None
    due_at: datetime | None = None
    refusal: Refusal | None = None


def caused(policy: Policy | None, name: str, word: str, day: date | None, zone: ZoneInfo, *, compute: bool) -> Caused:
    """What this trigger on this local day causes. policy: None where none of this name is in force. compute: False
    where the row has a due date of its own.
    """
    trigger = _trigger(policy, word)
    if not trigger or day is None:
        return Caused(trigger)
    at = datetime.combine(day, time.min, zone).astimezone(UTC)
    if not compute:
        return Caused(trigger, at)
    if policy is None:
        return Caused(trigger, at, refusal=Refusal(Rule.POLICY_UNKNOWN, detail={"policy": name}))
    due = due_of(policy, trigger, at, zone.key)
    if isinstance(due, Refusal):
        return Caused(trigger, at, refusal=due)
    return Caused(trigger, at, due.not_before, due.due_by)


def class_of(policy: Policy | None, text: str) -> str:
    """The class as the plan's policy knows it; what nobody knows stays as it is written."""
    plain = _plain(text)
    classes = policy.cadence.classes if policy else {}
    for wanted in (plain, CLASSES.get(plain, plain)):
        for known in classes:
            if known.casefold() == wanted.casefold():
                return known
    return plain


def _trigger(policy: Policy | None, word: str) -> str:
    plain = _plain(word)
    meant = TRIGGERS.get(plain, plain)
    if policy is None:
        return meant
    return policy.due.known_as(plain) or policy.due.known_as(meant) or meant


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().replace(" ", "_").replace("-", "_")
