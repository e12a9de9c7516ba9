"""What is said to a person: each refusal, and how a dial ended, in English and Chinese."""

from collections.abc import Mapping
from datetime import UTC
from enum import StrEnum

from callcenter.domain.dials.hours import never_opens
from callcenter.domain.outcomes import EndReason, Outcome
from callcenter.domain.phone import MalformedNumberError
from callcenter.domain.refusal import Refusal, Rule, Strength
from callcenter.domain.times.windows import zone_of
from callcenter.domain.words.detail_words import worded
from callcenter.domain.words.phone_words import chinese_of


class Language(StrEnum):
    EN = "en"
    ZH = "zh"


REFUSALS: Mapping[Rule, tuple[str, str]] = {
    Rule.CALLBACK_NOT_FOUND: ("There is no such callback.", "没有这个回访任务。"),
    Rule.CALLBACK_NOT_WAITING: (
        "This callback cannot be dialled now: it is {state}.",
        "该回访任务当前状态为“{state}”，不能拨打。",
    ),
    Rule.CALLBACK_WITH_ANOTHER_AGENT: ("Another agent has this callback.", "该回访任务正由其他回访人员处理。"),
    Rule.CALLBACK_NOT_HELD: (
        "Only a callback that is in your hand, and not in a call, can be given back to the queue.",
        "只有正由您处理且未在通话中的回访任务才能放回列表。",
    ),
    Rule.CALLBACK_NOT_YET: (
        "It is too early for the next dial of this callback.",
        "还没到该回访任务下一次拨打的时间。",
    ),
    Rule.CALLBACK_EXHAUSTED: (
        "Round {round} of this callback is used up ({dials} of {most} dials); a supervisor decides what follows.",
        "该回访任务第{round}轮已用完（已拨{dials}次，最多{most}次），由主管决定后续处理。",
    ),
    Rule.POLICY_UNKNOWN: (
        "No policy {policy} is in force, so nothing under it is dialled.",
        "没有生效的规则“{policy}”，不能拨打。",
    ),
    Rule.TRUNK_UNKNOWN: ("The trunk {trunk} is not set up here.", "线路“{trunk}”未配置。"),
    Rule.PLAN_NOT_RUNNING: (
        "The plan {plan} is {state}, so nothing of it is dialled.",
        "回访计划“{plan}”当前状态为“{state}”，不能拨打。",
    ),
    Rule.PLAN_NOT_BEGUN: (
        "The plan {plan} begins on {day}, and nothing of it is dialled before.",
        "回访计划“{plan}”从{day}起执行，此前不能拨打。",
    ),
    Rule.PLAN_OVER: (
        "The last day of the plan {plan} was {day}; nothing of it is dialled any more.",
        "回访计划“{plan}”已于{day}截止，不能再拨打。",
    ),
    Rule.AGENT_NOT_OF_PLAN: (
        "The plan {plan} is carried out by others.",
        "回访计划“{plan}”由其他人员执行。",
    ),
    Rule.AGENT_UNKNOWN: (
        "Only an agent of this call centre may do that. An administrator can make this account one.",
        "只有本中心的回访人员可以这样做。可请管理员将此账号设为回访人员。",
    ),
    Rule.PHONE_UNKNOWN: (
        "{endpoint} is no agent's phone of this call centre, so it is not called into the talk.",
        "话机“{endpoint}”不属于本中心的回访人员，不能接入通话。",
    ),
    Rule.PHONE_NOT_READY: (
        "Your browser phone is not connected: see what it says at the top of the page, or choose your desk phone.",
        "浏览器话机未连接：请查看页面上方的话机状态，或改用桌面话机。",
    ),
    Rule.AGENT_BUSY: ("You have a call already.", "您正在通话中。"),
    Rule.AGENT_ON_BREAK: ("You are on a break: end it first.", "您正在小休，请先结束小休。"),
    Rule.CONFLICT_OF_INTEREST: (
        "Conflict of interest ({between}): somebody else must call this customer.",
        "存在利益冲突（{between}），须由其他人员回访该客户。",
    ),
    Rule.SECOND_VISIT: (
        "This is a second visit that looks into yours: somebody else must make it.",
        "此为对您上次回访的二次回访，须由其他人员进行。",
    ),
    Rule.CASE_WITHDRAWN: (
        "This visit is not to be made ({kind}), by whichever channel.",
        "该回访已撤销（{kind}），不再以任何方式回访。",
    ),
    Rule.OPT_OUT: (
        "This customer wants no calls ({kind}); other channels may be open.",
        "该客户不愿接听回访电话（{kind}），可改用其他方式。",
    ),
    Rule.NUMBER_WRONG: (
        "The number {number} is not this customer's and is not dialled for him again.",
        "号码{number}不属于该客户，不再拨打。",
    ),
    Rule.NUMBER_BLOCKED: (
        "The number {number} is on a blocklist ({lists}) and is not dialled.",
        "号码{number}在禁拨名单（{lists}）中，不得拨打。",
    ),
    Rule.CAP_NUMBER: (
        "This number was dialled {most} times already, the most that is allowed ({span}).",
        "该号码已拨打{most}次，达到上限（{span}）。",
    ),
    Rule.CAP_CUSTOMER: (
        "This customer was dialled {most} times already, the most that is allowed ({span}).",
        "该客户已拨打{most}次，达到上限（{span}）。",
    ),
    Rule.NUMBER_MISSING: ("This customer has no number to dial.", "该客户没有可拨打的号码。"),
    Rule.NUMBER_OF_SOMEBODY_ELSE: (
        "{number} is none of this customer's numbers.",
        "{number}不是该客户的号码。",
    ),
    Rule.NUMBER_MALFORMED: (
        "The number {number} cannot be a subscriber's: {reason}.",
        "号码{number}不是有效的电话号码：{reason}。",
    ),
    Rule.NUMBER_EMERGENCY: (
        "{number} would reach an emergency service and is never dialled.",
        "{number}会接通紧急服务，禁止拨打。",
    ),
    Rule.NUMBER_PREMIUM: (
        "{number} is a premium-rate number and is never dialled.",
        "{number}是高额收费号码，禁止拨打。",
    ),
    Rule.NUMBER_PREFIX: (
        "{number} is outside the numbers that may be called (allowed: {allowed}).",
        "{number}不在允许拨打的范围内（允许：{allowed}）。",
    ),
    Rule.NUMBER_LIVE: ("A call to {number} is going on already.", "号码{number}正在通话或呼叫中。"),
    Rule.ZONE_UNKNOWN: (
        "The time zone {zone} is unknown, so nobody can say whether the customer may be called now.",
        "时区“{zone}”未知，无法判断现在能否拨打。",
    ),
    Rule.CALENDAR_UNKNOWN: (
        "The working days of {year} ({country}) are not known yet, so nothing is dialled.",
        "{year}年（{country}）的工作日安排尚未可知，不能拨打。",
    ),
    Rule.PUBLIC_HOLIDAY: (
        "{day} is a public holiday where the customer lives, and nobody is called then.",
        "{day}是客户所在地的法定节假日，不进行回访。",
    ),
    Rule.CLOSING_DAY: (
        "{day} is a closing day of this house, and nobody is called then.",
        "{day}是本机构的休息日，不进行回访。",
    ),
    Rule.WINDOW_UNSET: (
        "The policy's text names no calling hours ({said}); until the institution fills them in, nothing is dialled.",
        "该规则的原文没有规定具体回访时段（{said}），机构填写时段之前不能拨打。",
    ),
    Rule.APPOINTMENT_LATER: (
        "The customer has an appointment and is not called before it.",
        "已与客户约定时间，约定时间之前不拨打。",
    ),
    Rule.WINDOW_CLOSED: ("It is outside the customer's calling hours.", "现在不在该客户的回访时段内。"),
    Rule.SLOT_USED: (
        "This customer was dialled in {slot} already; the next dial needs another time.",
        "该客户已在时段{slot}拨打过，下一次须更换回访时间。",
    ),
    Rule.PHONE_NOT_YET: (
        "Visit {round} of this callback is not made by telephone; the telephone is allowed after visit {after}.",
        "该回访任务第{round}次回访不得采用电话方式，第{after}次之后方可电话回访。",
    ),
    Rule.PHONE_FORBIDDEN: (
        "What this callback is about ({matter}) is never dealt with by telephone.",
        "该任务所涉事项（{matter}）不得采用电话方式回访。",
    ),
    Rule.PLAN_NOT_BY_PHONE: (
        "The plan {plan} is carried out by {channel}, and not by telephone.",
        "计划“{plan}”的回访方式为{channel}，不采用电话。",
    ),
    Rule.CLASS_NOT_BY_PHONE: (
        "Customers of class {class} are visited by {channel}, and are called by arrangement only.",
        "{class}类客户以{channel}方式回访，仅在安排后方可电话回访。",
    ),
    Rule.RING_TOO_SHORT: (
        "It has rung for {rung} of at least {least} seconds; to hang up now, give a reason.",
        "已振铃{rung}秒，未满{least}秒，现在挂断须说明原因。",
    ),
    Rule.CALL_NOT_RINGING: ("The call is over already ({state}).", "该通话已经结束（{state}）。"),
    Rule.PAUSE_FORBIDDEN: (
        "The policy allows no pause of the recording: everything that is said is recorded.",
        "规则不允许暂停录音：回访过程须全程录音。",
    ),
    Rule.PAUSE_NO_TALK: (
        "Only the recording of a talk can be paused: nobody talks now.",
        "只有通话中才能暂停录音：当前没有通话。",
    ),
    Rule.PAUSE_LASTS: (
        "The recording is paused already; it goes on by itself after {seconds} seconds.",
        "录音已暂停，{seconds}秒后自动恢复。",
    ),
    Rule.PAUSE_NONE: ("The recording is not paused.", "录音未暂停。"),
    Rule.PAUSES_USED: (
        "This talk's recording was paused {most} times already, the most that the policy allows.",
        "本次通话的录音已暂停{most}次，达到规则允许的上限。",
    ),
    Rule.PAUSE_NO_RECORDER: (
        "The recorder is just being replaced and cannot be paused; try again in a moment.",
        "录音正在重新开始，暂时不能暂停，请稍后再试。",
    ),
    Rule.PAUSE_UNREASONED: (
        "A pause of the recording needs its reason.",
        "暂停录音须说明原因。",
    ),
    Rule.RETURN_GONE: (
        "This customer does not ring for you any more: somebody else was asked, or the customer hung up.",
        "该来电已不再等待您接听：已转给其他坐席，或客户已挂断。",
    ),
    Rule.CALLS_FULL: (
        "As many calls as this installation allows ({most}) are going on.",
        "同时通话数已达上限（{most}）。",
    ),
    Rule.HANDS_FULL: (
        "You have {held} callbacks in hand, and nobody has more than {most}: dial one or give one back first.",
        "您手中已有{held}个回访任务（每人最多{most}个），请先拨打或放回其中一个。",
    ),
    Rule.SWITCH_DOWN: ("The telephone switch cannot be reached.", "无法连接电话交换机。"),
    Rule.RECORDER_DOWN: (
        "The recorder does not work, and no call is made without a recording.",
        "录音系统异常，没有录音不得拨打。",
    ),
    Rule.ARCHIVE_DOWN: (
        "Recordings cannot be archived ({why}); nothing is dialled until that works again.",
        "录音无法存档（{why}），恢复前暂停拨打。",
    ),
    Rule.DISK_FULL: (
        "The archive has {free_mb} MB left, less than the {mark_mb} MB it needs; nothing is dialled.",
        "录音存储空间仅剩{free_mb} MB，低于下限{mark_mb} MB，暂停拨打。",
    ),
    Rule.SERVICE_STOPPING: ("The service is stopping and starts no more calls.", "服务正在停止，不再发起呼叫。"),
    Rule.TRIGGER_UNKNOWN: (
        "The policy {policy} has no rule for the trigger “{trigger}” (known: {known}).",
        "规则“{policy}”没有触发事件“{trigger}”的规定（已有：{known}）。",
    ),
    Rule.DUE_UNKNOWN: (
        "The policy {policy} sets no date for “{trigger}” that can be computed; give the due date.",
        "规则“{policy}”无法推算“{trigger}”的截止日期，请填写截止日期。",
    ),
}
"""English and Chinese, with the names of the refusal's details in braces."""

OUTCOMES: Mapping[Outcome, tuple[str, str]] = {
    Outcome.ANSWERED: ("answered", "已接听"),
    Outcome.NO_ANSWER: ("not answered", "未接听"),
    Outcome.BUSY: ("busy", "占线"),
    Outcome.REJECTED: ("rejected", "拒接"),
    Outcome.UNREACHABLE: ("switched off or out of coverage", "关机或不在服务区"),
    Outcome.INVALID_NUMBER: ("the number does not exist", "空号"),
    Outcome.CONGESTION: ("the network is congested", "线路拥塞"),
    Outcome.FAILED: ("the call failed", "呼叫失败"),
    Outcome.CANCELLED: ("hung up by the agent before it was answered", "回访人员在接听前挂断"),
    Outcome.NOT_DIALLED: ("not dialled", "未拨出"),
    Outcome.UNKNOWN: ("it is not known how the dial ended", "拨打结果不明"),
}

END_REASONS: Mapping[EndReason, tuple[str, str]] = {
    EndReason.CUSTOMER: ("the customer hung up", "客户挂断"),
    EndReason.AGENT: ("the agent hung up", "回访人员挂断"),
    EndReason.AGENT_ABSENT: ("the agent's phone was not answered", "回访人员话机未应答"),
    EndReason.AGENT_LOST: ("the agent's phone was lost", "回访人员话机中断"),
    EndReason.NETWORK: ("ended by the network", "网络结束呼叫"),
    EndReason.RING_TIMEOUT: ("it rang long enough", "振铃超时"),
    EndReason.CANCELLED: ("cancelled", "已取消"),
    EndReason.RECORDER_FAILED: ("the recorder failed", "录音异常"),
    EndReason.MAX_DURATION: ("the longest duration was reached", "达到最长通话时间"),
    EndReason.WINDOW_CLOSED: ("the calling hours were over", "回访时段结束"),
    EndReason.SWITCH_REFUSED: ("the switch refused", "交换机拒绝"),
    EndReason.SWITCH_LOST: ("the switch was lost", "交换机中断"),
    EndReason.SERVICE_RESTART: ("the service was restarted", "服务重启"),
    EndReason.UNSEEN: ("its end was not seen", "未观察到结束"),
}

_EXHAUSTED = (
    "This callback waits for a supervisor's decision: {why}.",
    "该回访任务待主管决定：{why}。",
)
"""Where something else than its dials ended the round."""

_NEVER_OPEN = (
    "For {days} days no hour allows a call to this customer ({zone}): correct his time zone or number, or the hours.",
    "未来{days}天内没有可以拨打该客户的时段（{zone}）：请更正客户时区或号码，或调整回访时段。",
)

_OPENS = ("Possible from {time} ({zone}).", "可拨打时间：{time}（{zone}）起。")
_TELLS_WHEN = frozenset({Rule.RING_TOO_SHORT, Rule.PAUSE_LASTS})
"""Refusals whose own words tell how long it lasts."""

_REASON = ("With a reason it may be done all the same.", "如确有必要，说明原因后可以继续。")


class _Details(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "?"


def sentence(refusal: Refusal, language: Language = Language.EN, zone: str = "UTC") -> str:
    """The refusal for a person, with the local time of its next opening in that IANA zone (UTC if it is unknown)."""
    which = _index(language)
    parts = [_template(refusal)[which].format_map(_Details(worded(refusal.detail, which)))]
    if refusal.opens_at is not None and refusal.rule not in _TELLS_WHEN:
        known = zone_of(zone)
        there, name = (UTC, "UTC") if isinstance(known, Refusal) else (known, zone)
        local = refusal.opens_at.astimezone(there)
        parts.append(_OPENS[which].format(time=f"{local:%Y-%m-%d %H:%M}", zone=name))
    if refusal.strength is not Strength.HARD:
        parts.append(_REASON[which])
    return " ".join(parts) if language is Language.EN else "".join(parts)


def _template(refusal: Refusal) -> tuple[str, str]:
    if refusal.rule is Rule.CALLBACK_EXHAUSTED and "why" in refusal.detail:
        return _EXHAUSTED
    return _NEVER_OPEN if never_opens(refusal) else REFUSALS[refusal.rule]


def number_sentence(wrong: MalformedNumberError, language: Language) -> str:
    """Why what somebody wrote is no number; what was told in his language already stays."""
    return (chinese_of(str(wrong)) if language is Language.ZH else None) or str(wrong)


def outcome_sentence(outcome: Outcome, end: EndReason | None, language: Language = Language.EN) -> str:
    """How a dial ended, in a few words; also the reason in the log of a vain one (C6-56)."""
    which = _index(language)
    words = OUTCOMES[outcome][which]
    if end is None:
        return words
    return f"{words}; {END_REASONS[end][which]}" if language is Language.EN else f"{words}，{END_REASONS[end][which]}"


def _index(language: Language) -> int:
    return 0 if language is Language.EN else 1
