"""What the audit says of a deed beside who and what: its details, named in the reader's language."""

import re
from collections.abc import Mapping
from enum import StrEnum

from callcenter.domain.access import Permission, Role
from callcenter.domain.audit import Deed
from callcenter.domain.gate.exclusions import ExclusionKind
from callcenter.domain.people import Channel, PlanState
from callcenter.domain.plans.life import Element, PlanDeed
from callcenter.domain.recording import MissingReason, PauseReason
from callcenter.domain.words.detail_words import DETAIL_WORDS
from callcenter.domain.words.sentences import Language
from callcenter.web.language import N_, Translator
from callcenter.web.pages.words import close_word, word
from callcenter.web.rights import NAMES as RIGHTS

NAMES: Mapping[str, str] = {
    "after": N_("After"),
    "bad": N_("Bad rows"),
    "before": N_("Before"),
    "bytes": N_("Bytes"),
    "callback": N_("Callback"),
    "changed": N_("Changed"),
    "channels": N_("Channels"),
    "deed": N_("Step"),
    "effective_from": N_("Holds from"),
    "exclusion": N_("Limit"),
    "failure": N_("Failure"),
    "file": N_("File"),
    "found": N_("Found by the check"),
    "kind": N_("Kind"),
    "known": N_("Known already"),
    "lacking": N_("Lacking"),
    "list": N_("List"),
    "load": N_("Replacement"),
    "name": N_("Name or reason"),
    "needs": N_("Right needed"),
    "new": N_("New"),
    "not_before": N_("Not before"),
    "note": N_("Note"),
    "number": N_("Number"),
    "numbers": N_("Numbers"),
    "own": N_("Own plan"),
    "path": N_("Address"),
    "pause": N_("Why it was paused"),
    "plan": N_("Plan"),
    "policy": N_("Policy"),
    "problem": N_("Problem"),
    "reason": N_("Reason"),
    "roles": N_("Roles"),
    "round": N_("Round"),
    "route": N_("Page or request"),
    "rows": N_("Rows"),
    "rule": N_("Rule"),
    "sha256": N_("Checksum (SHA-256)"),
    "state": N_("State"),
    "taken_out": N_("Callbacks taken out"),
    "trunk": N_("Trunk"),
    "until": N_("Until"),
    "version": N_("Version"),
    "why": N_("Why"),
}
"""By the detail's name; one that is not here is told by it."""

UNCHANGED = "unchanged"
"""What a check found where nothing was wrong."""

_KINDS: Mapping[str, type[StrEnum]] = {
    "after": PlanState,
    "before": PlanState,
    "channels": Channel,
    "deed": PlanDeed,
    "found": MissingReason,
    "lacking": Element,
    "pause": PauseReason,
    "roles": Role,
}


def details_told(deed: Deed, _: Translator) -> list[tuple[str, str]]:
    """Each detail with its name, by that."""
    found = [(_(NAMES[name]) if name in NAMES else name, _told(name, value, _)) for name, value in deed.detail.items()]
    return sorted(found)


def _told(name: str, value: str, _: Translator) -> str:
    if name == "kind" and value in set(ExclusionKind):
        return DETAIL_WORDS["kind"][value][1 if _.language is Language.ZH else 0]
    if name == "reason":
        return close_word(value, _)
    if name == "needs":
        return re.sub(r"[a-z_.]+", lambda one: _right(one[0], _), value)
    if name == "found" and value == UNCHANGED:
        return _("unchanged")
    kind = _KINDS.get(name)
    if kind is None:
        return value
    words = re.split(r"[, ]+", value)
    known = set(kind)
    return _(", ").join(word(kind(each), _) if each in known else each for each in words)


def _right(value: str, _: Translator) -> str:
    """A right by its name; the word between two of them in the reader's language."""
    if value == "or":
        return _("or")
    return _(RIGHTS[Permission(value)]) if value in set(Permission) else value
