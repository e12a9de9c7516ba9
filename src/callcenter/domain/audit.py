"""What did people do, and can it be proven that no entry was changed or taken out? A chain of hashes.

Each entry's hash covers the hash before it: an entry that is changed, removed or put between others breaks the chain
from there on.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

FIRST = "0" * 64
"""What the first entry's hash builds on."""


class Action(StrEnum):
    """What an entry tells of."""

    SIGNED_IN = "signed_in"
    SIGN_IN_REFUSED = "sign_in_refused"
    SIGNED_OUT = "signed_out"
    ACCOUNT_ADDED = "account_added"
    ACCOUNT_CHANGED = "account_changed"
    TOKEN_MADE = "token_made"  # noqa: S105 (an action, no secret)
    TOKEN_REVOKED = "token_revoked"  # noqa: S105 (an action, no secret)
    PLAYED = "recording_played"
    TAKEN = "recording_downloaded"
    CHECKED = "recording_checked"
    PAUSED = "recording_paused"
    RESUMED = "recording_resumed"
    CALL_LOGGED = "outside_call_logged"
    HANDED_IN = "recording_handed_in"
    ACCESS_REFUSED = "access_refused"
    OVERRIDDEN = "rule_overridden"
    GIVEN_BACK = "callback_given_back"
    CLOSED = "callback_closed"
    REOPENED = "callback_reopened"
    RETURN_SETTLED = "return_settled"
    NUMBER_FOUND = "number_found"
    WENT_ON = "callback_went_on"
    PLAN_ADDED = "plan_added"
    PLAN_CHANGED = "plan_changed"
    CALLBACK_ADDED = "callback_added"
    IMPORTED = "callbacks_imported"
    EXPORTED = "list_exported"
    EXCLUDED = "customer_excluded"
    EXCLUSION_LIFTED = "exclusion_lifted"
    BLOCKLIST_REPLACED = "blocklist_replaced"
    BLOCKLIST_KEPT = "blocklist_kept"
    BLOCKLIST_EMPTIED = "blocklist_emptied"
    POLICY_ADDED = "policy_added"
    SCRIPT_ADDED = "script_added"
    CASE_RAISED = "problem_raised"
    CASE_MOVED = "problem_moved"
    CORRECTION_PROPOSED = "correction_proposed"
    CORRECTION_DECIDED = "correction_decided"
    VISIT_WRITTEN = "visit_written"
    SCAN_ADDED = "scan_added"
    DAY_CLOSED = "day_closed"
    DAY_OPENED = "day_opened"


@dataclass(frozen=True, slots=True)
class Deed:
    """What happened, before it has its place in the chain. at: UTC. who: the account's id, empty for nobody known.
    login: as it was then. on: kind and id of what it was done to, for example `recording`, `19a…`. detail: further
    values, for example the bytes that were sent. address: where the request came from.
    """

    at: datetime
    action: Action
    who: str = ""
    login: str = ""
    on_kind: str = ""
    on_id: str = ""
    detail: Mapping[str, str] = field(default_factory=dict)
    address: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A deed with its place in the chain. number: 1-based, without gaps."""

    number: int
    deed: Deed
    previous: str
    hash: str


def chained(deed: Deed, last: Entry | None) -> Entry:
    """The entry that follows the last one."""
    number, previous = (last.number + 1, last.hash) if last else (1, FIRST)
    return Entry(number, deed, previous, digest(number, deed, previous))


def digest(number: int, deed: Deed, previous: str) -> str:
    """SHA-256, in hex, of the canonical text of the entry."""
    text = json.dumps(
        [
            number,
            deed.at.isoformat(timespec="microseconds"),
            deed.action.value,
            deed.who,
            deed.login,
            deed.on_kind,
            deed.on_id,
            dict(deed.detail),
            deed.address,
            previous,
        ],
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )
    return hashlib.sha256(text.encode()).hexdigest()


def first_break(entries: Iterable[Entry], before: Entry | None = None) -> int | None:
    """The number of the first entry that does not follow; None for an unbroken chain. before: the entry that the first
    of these must follow; None where they begin the chain.
    """
    last = before
    for entry in entries:
        if entry != chained(entry.deed, last):
            return entry.number
        last = entry
    return None
