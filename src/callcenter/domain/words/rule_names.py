"""What each rule of the gate asks, in a few words: for a list of all of them with their verdicts."""

from collections.abc import Mapping

from callcenter.domain.refusal import Rule
from callcenter.domain.words.sentences import Language

RULE_NAMES: Mapping[Rule, tuple[str, str]] = {
    Rule.SERVICE_STOPPING: ("the service goes on", "服务正常运行"),
    Rule.SWITCH_DOWN: ("the telephone switch is there", "电话交换机已连接"),
    Rule.RECORDER_DOWN: ("the recorder works", "录音正常"),
    Rule.DISK_FULL: ("there is room for recordings", "录音存储空间充足"),
    Rule.AGENT_UNKNOWN: ("there is an agent", "有回访人员"),
    Rule.AGENT_BUSY: ("the agent is in no call", "回访人员未在通话"),
    Rule.AGENT_ON_BREAK: ("the agent is on no break", "回访人员未在小休"),
    Rule.PLAN_NOT_RUNNING: ("the plan runs", "回访计划正在运行"),
    Rule.PLAN_NOT_BEGUN: ("the plan has begun", "回访计划已到开始日期"),
    Rule.PLAN_OVER: ("the plan is not over", "回访计划未过截止日期"),
    Rule.AGENT_NOT_OF_PLAN: ("the agent carries out this plan", "属于计划的执行人员"),
    Rule.CALLBACK_NOT_WAITING: ("the callback waits", "回访任务处于等待状态"),
    Rule.CALLBACK_WITH_ANOTHER_AGENT: ("nobody else has it", "未分派给其他人员"),
    Rule.CALLBACK_EXHAUSTED: ("the round is not used up", "本轮次数未用完"),
    Rule.CONFLICT_OF_INTEREST: ("no conflict of interest", "无利益冲突"),
    Rule.SECOND_VISIT: ("the first visit was made by somebody else", "首次回访由他人进行"),
    Rule.PHONE_NOT_YET: ("this visit may be made by telephone", "本次可以电话回访"),
    Rule.PHONE_FORBIDDEN: ("such matters may be dealt with by telephone", "该类事项可以电话回访"),
    Rule.PLAN_NOT_BY_PHONE: ("the plan is made by telephone", "回访计划包含电话方式"),
    Rule.CLASS_NOT_BY_PHONE: ("customers of this class are called", "该类客户可以电话回访"),
    Rule.NUMBER_MISSING: ("there is a number", "有联系电话"),
    Rule.NUMBER_OF_SOMEBODY_ELSE: ("the number is one of the customer's", "号码为客户所登记"),
    Rule.NUMBER_EMERGENCY: ("no emergency number", "不是紧急号码"),
    Rule.NUMBER_MALFORMED: ("the number is a valid one", "号码有效"),
    Rule.NUMBER_PREMIUM: ("no premium-rate number", "不是高额收费号码"),
    Rule.NUMBER_PREFIX: ("the number is among those allowed", "在允许的号码范围内"),
    Rule.NUMBER_LIVE: ("the number is in no other call", "号码未在其他通话中"),
    Rule.CASE_WITHDRAWN: ("the visit was not withdrawn", "回访未撤销"),
    Rule.OPT_OUT: ("the customer accepts calls", "客户接受电话回访"),
    Rule.NUMBER_WRONG: ("the number is not known as wrong", "号码未被登记为有误"),
    Rule.NUMBER_BLOCKED: ("the number is on no blocklist", "号码不在禁拨名单中"),
    Rule.CAP_NUMBER: ("the number's most dials are not reached", "号码未达拨打上限"),
    Rule.CAP_CUSTOMER: ("the customer's most dials are not reached", "客户未达拨打上限"),
    Rule.ZONE_UNKNOWN: ("the time zone is known", "时区已知"),
    Rule.CALENDAR_UNKNOWN: ("the working days are known", "工作日安排已知"),
    Rule.WINDOW_UNSET: ("calling hours are filled in", "已设定回访时段"),
    Rule.PUBLIC_HOLIDAY: ("no public holiday stands against it", "不受法定节假日限制"),
    Rule.CLOSING_DAY: ("no closing day stands against it", "不受本单位休息日限制"),
    Rule.WINDOW_CLOSED: ("within the customer's calling hours", "在客户的回访时段内"),
    Rule.APPOINTMENT_LATER: ("not before the agreed time", "已到约定时间"),
    Rule.CALLBACK_NOT_YET: ("the gap since the last dial is over", "已满足拨打间隔"),
    Rule.SLOT_USED: ("at a changed time", "已更换时段"),
}
"""English and Chinese, as it is where the rule lets the dial pass."""


def rule_name(rule: Rule, language: Language) -> str:
    return RULE_NAMES[rule][0 if language is Language.EN else 1]
