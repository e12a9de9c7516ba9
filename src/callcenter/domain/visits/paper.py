"""A visit that was made without a call, on site or by letter: what is written of it, and which scan proves it?"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from callcenter.domain.access import Account, Permission
from callcenter.domain.people import Channel
from callcenter.domain.policies.policy import Policy

LARGEST_SCAN = 20_000_000
"""Bytes."""

LOOKED_AT = 2048
"""Bytes at a file's end within which it must tell that it is whole."""

PAPER_CHANNELS = (Channel.ONSITE, Channel.LETTER)


class PaperResult(StrEnum):
    """MADE: the visit was made. SENT: the letter is on its way; REPLIED: the customer's answer came (C9-24)."""

    MADE = "made"
    NOT_MET = "not_met"
    REFUSED = "refused"
    SENT = "sent"
    REPLIED = "replied"


RESULTS_OF = {
    Channel.ONSITE: (PaperResult.MADE, PaperResult.NOT_MET, PaperResult.REFUSED),
    Channel.LETTER: (PaperResult.SENT, PaperResult.REPLIED, PaperResult.REFUSED),
}


class ScanKind(StrEnum):
    PDF = "pdf"
    JPEG = "jpeg"
    PNG = "png"


class PaperMistake(StrEnum):
    """Why such a visit is not written down."""

    CHANNEL = "channel"
    RESULT = "result"
    FUTURE = "future"
    CONTENT = "content"
    NEXT_VISIT = "next_visit"
    NEXT_VISIT_PAST = "next_visit_past"


@dataclass(frozen=True, slots=True)
class PaperVisit:
    """agent_id: who made it. visited_at: UTC. content, problems, handling_result, own_words: as in a visit log.
    written_at: UTC; written_by: the login. keep_until: UTC, not deleted before. resolved: None where nobody said.
    next_visit_at: UTC; when the customer is visited again (N11-15).
    """

    id: str
    callback_id: str
    agent_id: str
    channel: Channel
    visited_at: datetime
    result: PaperResult
    content: str
    problems: str
    handling_result: str
    own_words: str
    written_at: datetime
    written_by: str
    keep_until: datetime
    resolved: bool | None = None
    next_visit_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Scan:
    """What a visit's paper looks like. name: as it was sent. path: relative to the archive. sha256: of its bytes.
    added_at: UTC; added_by: the login. keep_until: as the visit's.
    """

    id: str
    visit_id: str
    name: str
    kind: ScanKind
    sha256: str
    size_bytes: int
    path: str
    added_at: datetime
    added_by: str
    keep_until: datetime


@dataclass(frozen=True, slots=True)
class PaperFound:
    """A visit with its scans, the oldest first."""

    visit: PaperVisit
    scans: tuple[Scan, ...]


def mistakes_in(visit: PaperVisit, now: datetime) -> tuple[PaperMistake, ...]:
    """Nothing where it may be written down. A visit that was made, or answered, tells what was said; what is left
    unsolved has its next visit (N11-15).
    """
    found = []
    if visit.channel not in PAPER_CHANNELS:
        return (PaperMistake.CHANNEL,)
    if visit.result not in RESULTS_OF[visit.channel]:
        found.append(PaperMistake.RESULT)
    if visit.visited_at > now:
        found.append(PaperMistake.FUTURE)
    if visit.result in {PaperResult.MADE, PaperResult.REPLIED} and not visit.content.strip():
        found.append(PaperMistake.CONTENT)
    if visit.next_visit_at is not None and visit.next_visit_at <= now:
        found.append(PaperMistake.NEXT_VISIT_PAST)
    if visit.resolved is False and visit.next_visit_at is None and visit.result is not PaperResult.REFUSED:
        found.append(PaperMistake.NEXT_VISIT)
    return tuple(found)


def wants_scan(found: PaperFound, policy: Policy | None) -> bool:
    """Does the signed form lack? A visit face to face has the customer's signature in place of a recording (C3-05);
    of a letter the reply is kept (C9-24).
    """
    if found.scans:
        return False
    visit = found.visit
    if visit.channel is Channel.ONSITE and visit.result is PaperResult.MADE:
        return policy is None or policy.evidence.onsite_signature == "mandatory"
    return visit.result is PaperResult.REPLIED


def kind_of(head: bytes, tail: bytes) -> ScanKind | None:
    """What the file is by its own content, whatever its name says; None for anything else, and for one that is cut off.
    head, tail: its first and last LOOKED_AT bytes, or all of it.
    """
    if head.startswith(b"%PDF-") and b"%%EOF" in tail:
        return ScanKind.PDF
    if head.startswith(b"\xff\xd8\xff") and b"\xff\xd9" in tail:
        return ScanKind.JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n") and b"IEND" in tail:
        return ScanKind.PNG
    return None


def may_write_paper(account: Account, leased_to: str | None) -> bool:
    """Agents write of callbacks that are theirs or nobody's, supervisors of all."""
    if account.may(Permission.CHANGE_QUEUE):
        return True
    return account.may(Permission.USE_DESK) and account.agent_id is not None and leased_to in {None, account.agent_id}


def may_read_paper(account: Account, visit: PaperVisit) -> bool:
    """Who reads visits reads all; an agent his own."""
    own = account.may(Permission.USE_DESK) and account.agent_id == visit.agent_id
    return own or account.may(Permission.READ_VISITS)
