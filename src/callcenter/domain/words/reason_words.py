"""A plan's callbacks counted by what stands against them, in a few words each."""

from collections.abc import Mapping

from callcenter.domain.dials.hours import never_opens
from callcenter.domain.refusal import Refusal, Rule
from callcenter.domain.words.sentences import Language, sentence

SHORT: Mapping[Rule, tuple[str, str]] = {
    Rule.WINDOW_CLOSED: ("outside the calling hours", "不在回访时段内"),
    Rule.CALENDAR_UNKNOWN: ("working days not known yet", "工作日安排未知"),
    Rule.ZONE_UNKNOWN: ("time zone unknown", "时区未知"),
    Rule.CALLBACK_NOT_YET: ("too early for the next dial", "未到下次拨打时间"),
    Rule.SLOT_USED: ("at no changed time", "须更换时段"),
    Rule.CALLBACK_EXHAUSTED: ("attempts used up, wait for a decision", "次数用完，待决定"),
    Rule.CALLBACK_WITH_ANOTHER_AGENT: ("with an agent", "已分配给回访人员"),
    Rule.CALLBACK_NOT_WAITING: ("not waiting", "不在等待状态"),
    Rule.PLAN_NOT_RUNNING: ("the plan does not run", "回访计划未在运行"),
    Rule.POLICY_UNKNOWN: ("no policy in force", "没有生效的规则"),
    Rule.TRUNK_UNKNOWN: ("the trunk is not set up", "线路未配置"),
    Rule.CONFLICT_OF_INTEREST: ("conflict of interest with every agent", "所有回访人员均有利益冲突"),
    Rule.SECOND_VISIT: ("second visit, by somebody else", "二次回访，须由他人进行"),
    Rule.NUMBER_MISSING: ("no number", "没有号码"),
    Rule.NUMBER_MALFORMED: ("number not valid", "号码无效"),
    Rule.NUMBER_EMERGENCY: ("emergency number", "紧急号码"),
    Rule.NUMBER_PREMIUM: ("premium-rate number", "高额收费号码"),
    Rule.NUMBER_PREFIX: ("outside the allowed numbers", "不在允许的号码范围"),
    Rule.NUMBER_LIVE: ("number in a call", "号码正在通话"),
    Rule.PHONE_NOT_YET: ("not by telephone yet", "尚不可电话回访"),
    Rule.PHONE_FORBIDDEN: ("never by telephone", "不得电话回访的事项"),
    Rule.PLAN_NOT_BY_PHONE: ("the plan is not by telephone", "计划不采用电话方式"),
    Rule.CLASS_NOT_BY_PHONE: ("customer's class not by telephone", "该类客户不采用电话方式"),
    Rule.AGENT_UNKNOWN: ("no agent", "没有回访人员"),
    Rule.OPT_OUT: ("opted out", "客户已拒绝该方式回访"),
    Rule.CASE_WITHDRAWN: ("withdrawn", "已撤销回访"),
    Rule.CAP_NUMBER: ("number dialled as often as is allowed", "号码拨打次数已达上限"),
    Rule.CAP_CUSTOMER: ("customer dialled as often as is allowed", "客户拨打次数已达上限"),
    Rule.NUMBER_BLOCKED: ("number on a blocklist", "号码在禁拨名单中"),
    Rule.NUMBER_WRONG: ("number not the customer's", "号码非客户本人"),
    Rule.NUMBER_OF_SOMEBODY_ELSE: ("number of somebody else", "号码属于他人"),
    Rule.PUBLIC_HOLIDAY: ("public holiday", "法定节假日"),
    Rule.CLOSING_DAY: ("closing day", "本单位休息日"),
    Rule.WINDOW_UNSET: ("calling hours not filled in", "未设定回访时段"),
    Rule.APPOINTMENT_LATER: ("before the agreed time", "未到约定时间"),
    Rule.PLAN_NOT_BEGUN: ("the plan has not begun", "回访计划尚未开始"),
    Rule.PLAN_OVER: ("the plan is over", "回访计划已到期"),
    Rule.AGENT_NOT_OF_PLAN: ("nobody of the plan's people", "没有计划指定的回访人员"),
}
"""English and Chinese."""

_NEVER = ("without any hour at which they may be called", "没有可拨打的时段")


def reason_words(refusal: Refusal, language: Language) -> str:
    """A rule without short words says its whole sentence."""
    if never_opens(refusal):
        return _NEVER[0 if language is Language.EN else 1]
    if refusal.rule in SHORT:
        return SHORT[refusal.rule][0 if language is Language.EN else 1]
    return sentence(refusal, language).rstrip(".。")


def rule_words(rule: Rule, language: Language) -> str:
    """The rule alone, where no refusal tells more."""
    return SHORT[rule][0 if language is Language.EN else 1] if rule in SHORT else rule.value
