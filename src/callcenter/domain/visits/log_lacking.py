"""What keeps a visit log open: fields that every log needs, and those that its plan's policy asks for?"""

from callcenter.domain.outcomes import Disposition
from callcenter.domain.people import Channel
from callcenter.domain.plans.cadence import ends_when_he_comes
from callcenter.domain.policies.policy import Policy
from callcenter.domain.recording import RecordingState
from callcenter.domain.visits.visitlog import FieldName, VisitLog, may_close


def fixes_next_time(policy: Policy | None) -> bool:
    """Whether a talk that broke off must fix the time of the next one (N9-06)."""
    return policy is not None and policy.rounds.each_with_appointed_time


def dispositions_of(policy: Policy | None, trigger: str = "") -> tuple[Disposition, ...]:
    """What may be said of a talk: VISITED only where the customer is called until he comes (N6-03). trigger: the
    callback's.
    """
    allowed = (policy.evidence.dispositions if policy else ()) or tuple(Disposition)
    until_visited = policy is not None and ends_when_he_comes(policy, trigger)
    return tuple(each for each in allowed if until_visited or each is not Disposition.VISITED)


def offers_of(policy: Policy | None) -> tuple[Channel, ...]:
    """By which channels a customer who refuses calls may be visited instead (C6-22)."""
    return policy.consent.offer if policy else ()


def lacking(log: VisitLog, recording: RecordingState | None, policy: Policy | None) -> tuple[FieldName, ...]:
    """Empty when it may be closed. recording: None when there never was one."""
    missing = {*may_close(log, recording)}
    if log.answered:
        missing |= _asked_by_policy(log, policy)
    return tuple(name for name in FieldName if name in missing)


def _asked_by_policy(log: VisitLog, policy: Policy | None) -> set[FieldName]:
    missing = set()
    broken_off = log.disposition is Disposition.INCOMPLETE and log.next_visit_at is None
    if broken_off and fixes_next_time(policy):
        missing.add(FieldName.NEXT_VISIT_AT)
    if log.disposition is not None and log.disposition not in _said(policy):
        missing.add(FieldName.DISPOSITION)
    wordless = log.disposition is Disposition.PROBLEM and not log.own_words.strip()
    if wordless and policy is not None and policy.evidence.own_words:
        missing.add(FieldName.OWN_WORDS)
    return missing | _of_an_offer(log, policy)


def _said(policy: Policy | None) -> tuple[Disposition, ...]:
    return (policy.evidence.dispositions if policy else ()) or tuple(Disposition)


def _of_an_offer(log: VisitLog, policy: Policy | None) -> set[FieldName]:
    """Who was offered another channel: which, in what words, and what he said to it. Nothing need be offered."""
    if log.disposition is not Disposition.REFUSED or log.offered is None:
        return set()
    wanted = {
        FieldName.OFFERED: log.offered in offers_of(policy),
        FieldName.OFFER_TEXT: bool(log.offer_text.strip()),
        FieldName.OFFER_TAKEN: log.offer_taken is not None,
        FieldName.OFFER_TAKEN_BY: log.offer_taken is not True or bool(log.offer_taken_by.strip()),
    }
    return {name for name, fine in wanted.items() if not fine}
