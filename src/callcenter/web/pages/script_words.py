"""What people call what belongs to scripts, problem cases and corrections: texts of the catalogue."""

from collections.abc import Mapping
from enum import StrEnum

from callcenter.domain.scripts.answers import Identified
from callcenter.domain.scripts.question import Kind
from callcenter.domain.scripts.script import Mode
from callcenter.domain.scripts.versions import ChangeKind
from callcenter.domain.visits.corrections import CorrectedField, CorrectionState, Uncorrectable
from callcenter.domain.visits.problem_cases import CaseDeed, CaseState, Uncloseable
from callcenter.web.language import N_

SCRIPT_WORDS: Mapping[type[StrEnum], Mapping[StrEnum, str]] = {
    Mode: {
        Mode.STRICT: N_("Strict: read out as it is"),
        Mode.ADAPTABLE: N_("Adaptable, with a note"),
    },
    Kind: {
        Kind.CHOICE: N_("Choose one"),
        Kind.CHOICES: N_("Choose several"),
        Kind.RATING: N_("Rating"),
        Kind.TEXT: N_("Words"),
        Kind.YES_NO: N_("Yes or no"),
        Kind.NUMBER: N_("Number (a value)"),
        Kind.DATE: N_("Date"),
    },
    Identified: {
        Identified.NOT_ASKED: N_("not asked yet"),
        Identified.OPEN: N_("not confirmed yet"),
        Identified.CONFIRMED: N_("confirmed"),
        Identified.FAILED: N_("not the right person"),
    },
    ChangeKind: {
        ChangeKind.ADDED: N_("Added"),
        ChangeKind.REMOVED: N_("Removed"),
        ChangeKind.CHANGED: N_("Changed"),
        ChangeKind.MOVED: N_("In another order"),
    },
    CaseState: {
        CaseState.OPEN: N_("Open"),
        CaseState.HANDLED: N_("Handled"),
        CaseState.CLOSED: N_("Closed"),
        CaseState.WITHDRAWN: N_("Withdrawn"),
    },
    CaseDeed: {
        CaseDeed.RAISE: N_("Raised"),
        CaseDeed.HANDLE: N_("Handled"),
        CaseDeed.CLOSE: N_("Closed"),
        CaseDeed.REOPEN: N_("Opened again"),
        CaseDeed.WITHDRAW: N_("Withdrawn: the answer was corrected"),
    },
    Uncloseable: {
        Uncloseable.NOT_FROM_HERE: N_("This does not follow the state in which the case is."),
        Uncloseable.WORDS_LACKING: N_("Please say what was done."),
    },
    CorrectedField: {
        CorrectedField.NAME: N_("Customer's name"),
        CorrectedField.ORGANISATION: N_("Organisation"),
        CorrectedField.NUMBER: N_("Number"),
        CorrectedField.LANGUAGE: N_("Language spoken"),
    },
    CorrectionState: {
        CorrectionState.PROPOSED: N_("Proposed"),
        CorrectionState.ACCEPTED: N_("Taken over"),
        CorrectionState.DECLINED: N_("Not taken over"),
    },
    Uncorrectable: {
        Uncorrectable.NOTHING_NEW: N_("The record tells this already."),
        Uncorrectable.EMPTY: N_("Please fill this in."),
        Uncorrectable.OLD_CHANGED: N_("The record tells something else by now."),
        Uncorrectable.DECIDED: N_("This is decided already."),
    },
}
