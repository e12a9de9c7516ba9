"""What the values of a policy are called, and how they and their changes are told to people, in English and Chinese."""

from collections.abc import Mapping
from typing import Any

from callcenter.domain.policy_base import OWN, PRODUCT
from callcenter.domain.policy_diff import Change, PolicyValue
from callcenter.domain.sentences import Language

Both = tuple[str, str]
"""English and Chinese."""

GROUPS: Mapping[str, Both] = {
    "windows": ("Calling hours", "回访时段"),
    "calendar": ("Working days", "工作日历"),
    "attempts": ("Attempts", "拨打次数"),
    "retry": ("What follows a dial", "拨打后的处理"),
    "retention": ("Retention", "保存期限"),
    "evidence": ("Evidence", "留痕"),
    "dialling": ("Numbers that may be called", "可拨号码"),
    "call": ("The call", "通话"),
    "conflict": ("Conflict of interest", "利益冲突"),
}

KEYS: Mapping[str, Both] = {
    "windows.days": ("Days", "日期"),
    "windows.intervals": ("Hours, the customer's own", "时段（客户当地时间）"),
    "windows.season": ("Season", "季节"),
    "windows.also": ("Further hours", "其他时段"),
    "calendar.country": ("Public holidays of", "法定节假日所属地区"),
    "calendar.closing_days": ("Own closing days", "本单位休息日"),
    "calendar.working_days": ("Own working days", "本单位工作日"),
    "attempts.ring_seconds_min": ("Least ring", "最短振铃"),
    "attempts.cancel_needs_reason": ("To hang up earlier needs a reason", "提前挂断须说明原因"),
    "attempts.dials_min": ("Least dials of a round", "每轮最少拨打次数"),
    "attempts.dials_max": ("Most dials of a round", "每轮最多拨打次数"),
    "attempts.change_time": ("Each further dial at another", "再次拨打须更换"),
    "attempts.min_gap_minutes": ("Least gap between dials", "两次拨打最短间隔"),
    "attempts.log_invalid_calls": ("Vain dials are logged", "无效电话也做记录"),
    "retention.years": ("Kept for at least", "至少保存"),
    "evidence.recording": ("Recording", "录音"),
    "dialling.region": ("Numbers without a country code are of", "无国家代码的号码属于"),
    "dialling.allowed_prefixes": ("Allowed prefixes", "允许的号码前缀"),
    "dialling.allowed_regions": ("Allowed regions", "允许的地区"),
    "call.agent_ring_seconds": ("The agent's phone rings for", "回访人员话机振铃"),
    "call.agent_grace_seconds": ("A customer waits for a lost agent for", "回访人员掉线后客户等待"),
    "call.max_minutes": ("Longest talk", "最长通话"),
    "conflict.between": ("May not call a customer", "不得回访客户的人员"),
}

_OUTCOMES: Mapping[str, Both] = {
    "no_answer": ("Not answered", "未接听"),
    "busy": ("Busy", "占线"),
    "rejected": ("Rejected", "拒接"),
    "unreachable": ("Off or out of coverage", "关机或不在服务区"),
    "invalid_number": ("The number does not exist", "空号"),
    "congestion": ("Network congested", "线路拥塞"),
    "failed": ("Call failed", "呼叫失败"),
    "unknown": ("End unknown", "结果不明"),
    "incomplete": ("Talk broke off", "通话中断"),
}
_OF_RETRY: Mapping[str, Both] = {"then": ("then", "之后"), "delay_minutes": ("wait", "等待")}

VALUES: Mapping[str, Both] = {
    "workdays": ("working days", "工作日"),
    "every_day": ("every day", "每天"),
    "mon": ("Monday", "周一"),
    "tue": ("Tuesday", "周二"),
    "wed": ("Wednesday", "周三"),
    "thu": ("Thursday", "周四"),
    "fri": ("Friday", "周五"),
    "sat": ("Saturday", "周六"),
    "sun": ("Sunday", "周日"),
    "slot": ("time slot", "时段"),
    "day": ("day", "日期"),
    "retry": ("try again", "再次拨打"),
    "exhaust": ("end the round", "结束本轮"),
    "manual": ("a supervisor decides", "由主管决定"),
    "off": ("no rule", "不限制"),
    "same_person": ("his own manager", "客户经理本人"),
    "same_department": ("his manager's department", "客户经理所在部门"),
    "mandatory": ("every call", "全程录音"),
    "hard": ("no way round", "强制"),
    "override_with_reason": ("may be overridden with a reason", "说明原因可例外"),
    "advisory": ("advice", "建议"),
}

_UNITS: Mapping[str, Both] = {
    "seconds": ("{} s", "{} 秒"),
    "minutes": ("{} min", "{} 分钟"),
    "hours": ("{} h", "{} 小时"),
    "days": ("{} days", "{} 天"),
    "years": ("{} years", "{} 年"),
}
_NONE, _YES, _NO = ("none", "无"), ("yes", "是"), ("no", "否")
_ITEMS = (", ", "、")
_IN_LINE = (" ", "")
_SOURCES: Mapping[str, Both] = {
    PRODUCT: ("the product's own default", "产品默认值"),
    OWN: ("set by this policy", "本规则自定"),
}
_CHANGE = ("{group}, {key}: {before} → {after}", "{group}·{key}：{before} → {after}")
_STRENGTH = ("; binding: {before} → {after}", "；约束力：{before} → {after}")
_SOURCE = ("; source: {before} → {after}", "；来源：{before} → {after}")


def group_words(group: str, language: Language) -> str:
    return _in(GROUPS[group], language) if group in GROUPS else group.replace("_", " ")


def key_words(value: PolicyValue, language: Language) -> str:
    """What this value is; a value without words of its own by its key."""
    if value.name in KEYS:
        return _in(KEYS[value.name], language)
    outer, _, inner = value.key.partition(".")
    if outer in _OUTCOMES and inner in _OF_RETRY:
        mark = ", " if language is Language.EN else "："
        return f"{_in(_OUTCOMES[outer], language)}{mark}{_in(_OF_RETRY[inner], language)}"
    return value.key.replace("_", " ").replace(".", ", ")


def value_words(value: PolicyValue | None, language: Language) -> str:
    """The value with its unit; `none` for one that is not there."""
    if value is None:
        return _in(_NONE, language)
    return _told(value.value, value.key, language)


def strength_words(value: PolicyValue, language: Language) -> str:
    """How binding it is; empty where its group does not say."""
    return _in(VALUES[value.strength], language) if value.strength in VALUES else value.strength


def source_words(source: str, language: Language) -> str:
    """A rule's ID as it is; what is no document's is named as such."""
    return _in(_SOURCES[source], language) if source in _SOURCES else source


def change_sentence(change: Change, language: Language) -> str:
    """What it was, what it becomes, and where that comes from."""
    told, before, after = change.either, change.before, change.after
    parts = _in(_CHANGE, language).format(
        group=group_words(told.group, language),
        key=key_words(told, language),
        before=value_words(before, language),
        after=value_words(after, language),
    )
    if before and after and before.strength != after.strength:
        strengths = {"before": strength_words(before, language), "after": strength_words(after, language)}
        parts += _in(_STRENGTH, language).format(**strengths)
    if before and after and before.source != after.source:
        sources = {"before": source_words(before.source, language), "after": source_words(after.source, language)}
        parts += _in(_SOURCE, language).format(**sources)
    return parts


def _told(value: Any, key: str, language: Language) -> str:
    match value:
        case None | "":
            return _in(_NONE, language)
        case bool():
            return _in(_YES if value else _NO, language)
        case int() | float():
            return _in(_unit(key), language).format(value)
        case dict():
            inner = (_told(item, name, language) for name, item in value.items() if item not in (None, [], {}))
            return _in(_IN_LINE, language).join(inner)
        case list():
            return _in(_ITEMS, language).join(_told(item, key, language) for item in value) or _in(_NONE, language)
        case _:
            return _in(VALUES[str(value)], language) if str(value) in VALUES else str(value)


def _unit(key: str) -> Both:
    words = key.replace(".", "_").split("_")
    return next((_UNITS[word] for word in reversed(words) if word in _UNITS), ("{}", "{}"))


def _in(both: Both, language: Language) -> str:
    return both[0 if language is Language.EN else 1]
