"""What people call things: each state, outcome and kind, as a text of the catalogue."""

from collections.abc import Mapping
from enum import StrEnum

from callcenter.domain.access import Role
from callcenter.domain.audit import Action
from callcenter.domain.calls.call import CallState
from callcenter.domain.dials.numbers_of import NumberWhy
from callcenter.domain.dials.retry import ExhaustedReason
from callcenter.domain.duty import BreakReason, Doing
from callcenter.domain.forecasts.forecast_figures import Basis
from callcenter.domain.outcomes import Disposition, EndReason, Outcome
from callcenter.domain.people import CallbackState, Channel, PlanState, VisitType
from callcenter.domain.plans.life import Element, PlanDeed
from callcenter.domain.queue.returns import MissedWhy, ReturnState
from callcenter.domain.recording import MissingReason, PauseReason, RecordingState, RecordingWarning
from callcenter.domain.times.calendar import DayMark
from callcenter.domain.visits.exhaustion import CloseReason, DecisionKind, Undecidable
from callcenter.domain.visits.paper import PaperResult
from callcenter.domain.visits.visitlog import FieldName, RecordingException
from callcenter.domain.words.pause_words import PAUSE_REASONS
from callcenter.domain.words.sentences import END_REASONS, OUTCOMES, Language
from callcenter.web.language import N_, Translator
from callcenter.web.pages.import_words import IMPORT_WORDS
from callcenter.web.pages.recording_words import RECORDING_WORDS
from callcenter.web.pages.script_words import SCRIPT_WORDS

WORDS: Mapping[type[StrEnum], Mapping[StrEnum, str]] = {
    Doing: {
        Doing.ON_CALL: N_("on a call"),
        Doing.ON_BREAK: N_("on a break"),
        Doing.WRAP_UP: N_("writing a log"),
        Doing.AVAILABLE: N_("available"),
        Doing.AWAY: N_("not signed in"),
    },
    ReturnState: {
        ReturnState.WAITING: N_("rings now"),
        ReturnState.TAKEN: N_("with an agent"),
        ReturnState.ANSWERED: N_("talked with"),
        ReturnState.MISSED: N_("missed"),
        ReturnState.UNKNOWN: N_("unknown caller"),
    },
    MissedWhy: {
        MissedWhy.NOBODY_FREE: N_("nobody was free"),
        MissedWhy.GAVE_UP: N_("the customer gave up"),
        MissedWhy.HINDERED: N_("no call could be made"),
    },
    BreakReason: {
        BreakReason.LUNCH: N_("Meal"),
        BreakReason.REST: N_("Rest"),
        BreakReason.TRAINING: N_("Training"),
        BreakReason.MEETING: N_("Meeting"),
        BreakReason.TECHNICAL: N_("Trouble with the workplace"),
        BreakReason.OTHER: N_("Something else"),
    },
    PaperResult: {
        PaperResult.MADE: N_("Visit made"),
        PaperResult.NOT_MET: N_("Nobody met"),
        PaperResult.REFUSED: N_("Customer refuses the visit"),
        PaperResult.SENT: N_("Letter sent"),
        PaperResult.REPLIED: N_("Customer replied"),
    },
    Role: {
        Role.AGENT: N_("Agent"),
        Role.SUPERVISOR: N_("Supervisor"),
        Role.COMPLIANCE: N_("Compliance"),
        Role.RECORDS_HEAD: N_("Head of records"),
        Role.ADMIN: N_("Administrator"),
    },
    CallbackState: {
        CallbackState.WAITING: N_("Waiting"),
        CallbackState.HANDED_OUT: N_("With an agent"),
        CallbackState.CALLING: N_("In a call"),
        CallbackState.WRAP_UP: N_("Visit log open"),
        CallbackState.DONE: N_("Done"),
        CallbackState.EXHAUSTED: N_("Waits for a decision"),
        CallbackState.CLOSED: N_("Closed by a supervisor"),
    },
    CallState: {
        CallState.NEW: N_("Beginning"),
        CallState.AGENT_RINGING: N_("Your phone rings"),
        CallState.PREPARING: N_("The recorder starts"),
        CallState.DIALLING: N_("Dialling the customer"),
        CallState.TALKING: N_("Talking"),
        CallState.ENDING: N_("Ending"),
        CallState.ENDED: N_("Ended"),
    },
    DayMark: {
        DayMark.WORKDAY: N_("Working day"),
        DayMark.SWAPPED_WORKDAY: N_("Working weekend"),
        DayMark.OWN_WORKDAY: N_("Own working day"),
        DayMark.WEEKEND: N_("Weekend"),
        DayMark.PUBLIC_HOLIDAY: N_("Public holiday"),
        DayMark.OWN_CLOSING_DAY: N_("Closing day"),
        DayMark.UNKNOWN: N_("Not known yet"),
    },
    PlanState: {
        PlanState.DRAFT: N_("Draft"),
        PlanState.SUBMITTED: N_("Submitted"),
        PlanState.APPROVED: N_("Approved"),
        PlanState.RUNNING: N_("Running"),
        PlanState.PAUSED: N_("Paused"),
        PlanState.FINISHED: N_("Finished"),
    },
    PlanDeed: {
        PlanDeed.ADD: N_("Written"),
        PlanDeed.CHANGE: N_("Changed"),
        PlanDeed.SUBMIT: N_("Submitted"),
        PlanDeed.APPROVE: N_("Approved"),
        PlanDeed.RETURN: N_("Returned to draft"),
        PlanDeed.START: N_("Started"),
        PlanDeed.PAUSE: N_("Paused"),
        PlanDeed.RESUME: N_("Taken up again"),
        PlanDeed.REVISE: N_("Taken back to be changed"),
        PlanDeed.FINISH: N_("Finished"),
        PlanDeed.REOPEN: N_("Opened again"),
    },
    Element: {
        Element.PURPOSE: N_("Purpose"),
        Element.CONTENT: N_("Content"),
        Element.METHOD: N_("Method"),
        Element.TIME: N_("Time"),
        Element.OBJECT: N_("Customers"),
        Element.EXECUTOR: N_("Carried out by"),
    },
    Basis: {
        Basis.MEASURED: N_("measured"),
        Basis.DERIVED: N_("reckoned from the answer rate and the policy's most dials"),
        Basis.ASSUMED: N_("assumed by this product"),
    },
    VisitType: {
        VisitType.ROUTINE_NEW: N_("Routine, newly signed"),
        VisitType.ROUTINE_CONTINUING: N_("Routine, continuing"),
        VisitType.SPECIAL: N_("Special"),
    },
    Channel: {
        Channel.PHONE: N_("By phone"),
        Channel.SMS: N_("By text message"),
        Channel.EMAIL: N_("By e-mail"),
        Channel.LETTER: N_("By letter"),
        Channel.ONSITE: N_("On site"),
    },
    Disposition: {
        Disposition.SUCCESS: N_("Visit made"),
        Disposition.REFUSED: N_("Customer refuses the visit"),
        Disposition.APPOINTMENT: N_("Call again at an agreed time"),
        Disposition.WRONG_PERSON: N_("Wrong person"),
        Disposition.PROBLEM: N_("Visit made, a problem was raised"),
        Disposition.INCOMPLETE: N_("Broke off before it was complete"),
        Disposition.VISITED: N_("The customer came: nothing more to do"),
    },
    ExhaustedReason: {
        ExhaustedReason.DIALS_USED_UP: N_("All attempts used up"),
        ExhaustedReason.INVALID_NUMBER: N_("The number does not exist"),
        ExhaustedReason.REFUSED: N_("The customer refused"),
        ExhaustedReason.WRONG_PERSON: N_("Wrong person at this number"),
        ExhaustedReason.BY_RULE: N_("By a rule of the policy"),
        ExhaustedReason.MANUAL: N_("Set aside by a supervisor"),
        ExhaustedReason.OPTED_OUT: N_("The customer wants no calls"),
        ExhaustedReason.WITHDRAWN: N_("The visit was withdrawn"),
        ExhaustedReason.NO_NUMBER: N_("No number left that may be dialled"),
        ExhaustedReason.CAPPED: N_("Dialled as often as is allowed"),
        ExhaustedReason.ROUNDS_USED_UP: N_("All rounds by telephone used up"),
        ExhaustedReason.OTHER_CHANNEL: N_("To be reached by another way"),
        ExhaustedReason.APPOINTMENTS_USED_UP: N_("Too many appointments"),
        ExhaustedReason.NO_NEW_NUMBER: N_("No new number was found in time"),
    },
    RecordingState: {
        RecordingState.REQUESTED: N_("Requested"),
        RecordingState.STARTED: N_("Being recorded"),
        RecordingState.STOPPED: N_("Being archived"),
        RecordingState.STORED: N_("Stored"),
        RecordingState.VERIFIED: N_("Stored and verified"),
        RecordingState.MISSING: N_("Missing"),
    },
    RecordingException: {
        RecordingException.RECORDER_FAULT: N_("The recorder failed"),
        RecordingException.SWITCH_FAULT: N_("The switch failed"),
        RecordingException.STORAGE_FAULT: N_("The storage failed"),
        RecordingException.RECORDING_LOST: N_("The recording was lost"),
        RecordingException.OTHER_PHONE: N_("Another phone was used"),
    },
    FieldName: {
        FieldName.VISITED_AT: N_("Time of the visit"),
        FieldName.AGENT: N_("Agent's name"),
        FieldName.STAFF_NUMBER: N_("Staff number"),
        FieldName.CUSTOMER: N_("Customer"),
        FieldName.CHANNEL: N_("Way of the visit"),
        FieldName.CONTENT: N_("What was said"),
        FieldName.PROBLEMS: N_("Problems the customer raised"),
        FieldName.HANDLING_RESULT: N_("How they were handled"),
        FieldName.OUTCOME: N_("Outcome"),
        FieldName.OUTCOME_REASON: N_("Reason of the outcome"),
        FieldName.DISPOSITION: N_("Result of the talk"),
        FieldName.VISIT_TYPE: N_("Kind of visit"),
        FieldName.PURPOSE: N_("Purpose"),
        FieldName.PLAN: N_("Plan"),
        FieldName.ATTEMPT: N_("Attempt"),
        FieldName.SLOT: N_("Time slot"),
        FieldName.ROUND: N_("Round"),
        FieldName.NEXT_VISIT_AT: N_("Next visit"),
        FieldName.IDENTITY: N_("Who was on the phone"),
        FieldName.SCRIPT: N_("Required answers of the script"),
        FieldName.OWN_WORDS: N_("The customer's own words"),
        FieldName.OFFERED: N_("What was offered instead"),
        FieldName.OFFER_TEXT: N_("Words of the offer"),
        FieldName.OFFER_TAKEN: N_("Was it accepted?"),
        FieldName.OFFER_TAKEN_BY: N_("Who accepted or declined it"),
        FieldName.RECORDING: N_("Recording"),
        FieldName.RECORDING_EXCEPTION: N_("Circumstances of the missing recording"),
    },
    CloseReason: {
        CloseReason.UNREACHABLE_FOR_GOOD: N_("Cannot be reached for good"),
        CloseReason.WRONG_NUMBER: N_("Wrong number, no other known"),
        CloseReason.REFUSED: N_("The customer refuses visits"),
        CloseReason.DUPLICATE: N_("There is another callback for it"),
        CloseReason.HANDLED_ELSEWHERE: N_("Done another way"),
        CloseReason.OTHER: N_("Another reason (see the note)"),
    },
    DecisionKind: {
        DecisionKind.GIVEN_BACK: N_("Given back to the queue"),
        DecisionKind.CLOSED: N_("Closed"),
        DecisionKind.REOPENED: N_("The close was undone"),
        DecisionKind.NUMBER_FOUND: N_("New number found"),
        DecisionKind.RETURN_SETTLED: N_("Rang back, needs no call"),
    },
    NumberWhy: {
        NumberWhy.ONLY: N_("the only one"),
        NumberWhy.FIRST: N_("the first"),
        NumberWhy.SAME: N_("the same again"),
        NumberWhy.NEXT: N_("the next one"),
        NumberWhy.SPOILT: N_("the last one does not exist or is somebody else's"),
        NumberWhy.CHOSEN: N_("chosen"),
        NumberWhy.NONE: N_("none is left"),
    },
    Undecidable: {
        Undecidable.NOT_EXHAUSTED: N_("The attempts of this callback are not used up."),
        Undecidable.NOT_CLOSED: N_("This callback is not closed."),
        Undecidable.REASON_LACKING: N_("Please give a reason."),
        Undecidable.TIME_PAST: N_("This lies in the past."),
        Undecidable.TIME_TOO_FAR: N_("This is too far ahead."),
        Undecidable.ROUNDS_USED_UP: N_("The policy allows no further round by telephone."),
        Undecidable.BEYOND_ROUNDS: N_("The policy's rounds are used up: tick the box if it is meant so."),
        Undecidable.NUMBER_AWAITED: N_("A new number is waited for: tick the box if it is meant so."),
        Undecidable.NOT_RUNG: N_("Nobody who rang back waits for an answer here any more."),
        Undecidable.NUMBER_KNOWN: N_("This is one of the customer's numbers already."),
    },
    Action: {
        Action.SIGNED_IN: N_("Signed in"),
        Action.SIGN_IN_REFUSED: N_("Sign-in refused"),
        Action.SIGNED_OUT: N_("Signed out"),
        Action.ACCOUNT_ADDED: N_("Account added"),
        Action.ACCOUNT_CHANGED: N_("Account changed"),
        Action.TOKEN_MADE: N_("Token made"),
        Action.TOKEN_REVOKED: N_("Session or token ended"),
        Action.PLAYED: N_("Recording played"),
        Action.TAKEN: N_("Recording downloaded"),
        Action.CHECKED: N_("Recording checked against its hash"),
        Action.PAUSED: N_("Recording of a talk paused"),
        Action.RESUMED: N_("Recording of a talk resumed"),
        Action.CALL_LOGGED: N_("Call on another phone logged"),
        Action.HANDED_IN: N_("Recording of another phone handed in"),
        Action.ACCESS_REFUSED: N_("Access refused"),
        Action.OVERRIDDEN: N_("Rule overridden with a reason"),
        Action.GIVEN_BACK: N_("Callback given back to the queue"),
        Action.RETURN_SETTLED: N_("Return call needs no answer"),
        Action.NUMBER_FOUND: N_("New number found for a callback"),
        Action.WENT_ON: N_("No new number came in time"),
        Action.CLOSED: N_("Callback closed"),
        Action.REOPENED: N_("Close of a callback undone"),
        Action.IMPORTED: N_("Callbacks imported"),
        Action.EXPORTED: N_("List exported"),
        Action.PLAN_ADDED: N_("Plan added"),
        Action.PLAN_CHANGED: N_("Plan changed"),
        Action.CALLBACK_ADDED: N_("Callback added"),
        Action.EXCLUDED: N_("Customer not to be visited"),
        Action.EXCLUSION_LIFTED: N_("Not-to-be-visited lifted"),
        Action.BLOCKLIST_REPLACED: N_("Blocklist replaced"),
        Action.BLOCKLIST_KEPT: N_("Blocklist file not taken"),
        Action.VISIT_WRITTEN: N_("Visit without a call written down"),
        Action.SCAN_ADDED: N_("Scan attached"),
        Action.BLOCKLIST_EMPTIED: N_("Blocklist emptied"),
        Action.POLICY_ADDED: N_("Policy version added"),
        Action.SCRIPT_ADDED: N_("Script version added"),
        Action.CASE_RAISED: N_("Problem case raised"),
        Action.CASE_MOVED: N_("Step of a problem case"),
        Action.CORRECTION_PROPOSED: N_("Correction proposed"),
        Action.CORRECTION_DECIDED: N_("Correction decided"),
        Action.DAY_CLOSED: N_("Closing day entered"),
        Action.DAY_OPENED: N_("Closing day taken back"),
    },
    **SCRIPT_WORDS,
    **IMPORT_WORDS,
    **RECORDING_WORDS,
}


def word(value: StrEnum | None, _: Translator) -> str:
    """What a value of one of our enumerations is called; empty for none. An unknown one is told as it is."""
    if value is None:
        return ""
    which = 1 if _.language is Language.ZH else 0
    match value:
        case Outcome():
            return capital(OUTCOMES[value][which])
        case EndReason():
            return capital(END_REASONS[value][which])
        case PauseReason():
            return PAUSE_REASONS[value][which]
        case _:
            text = WORDS.get(type(value), {}).get(value)
            return _(text) if text else str(value)


def exhausted_word(reason: str | None, _: Translator) -> str:
    return word(ExhaustedReason(reason), _) if reason in set(ExhaustedReason) else reason or ""


_KEEPER = "command line"
KEEPER = N_("at the command line")


def who_word(login: str, _: Translator) -> str:
    """An account's login; the keeper of the machine is named as such, with his name there where it is known."""
    if login.strip("()") == _KEEPER:
        return _(KEEPER)
    name = login.removesuffix(f"({_KEEPER})").strip()
    return login if name == login else f"{name} · {_(KEEPER)}"


def close_word(reason: str, _: Translator) -> str:
    """A decision's reason: one of ours where it closed, else the supervisor's own words."""
    return word(CloseReason(reason), _) if reason in set(CloseReason) else reason


def recording_word(state: RecordingState | None, reason: str | None, _: Translator) -> str:
    """A file that is there, and is not what was kept, is not called missing."""
    altered = state is RecordingState.MISSING and reason == MissingReason.ARCHIVE_FILE_CHANGED
    return _("Changed since it was kept") if altered else word(state, _)


def undecidable_word(why: Undecidable, _: Translator) -> str:
    return word(why, _)


def warning_word(warning: str, _: Translator) -> str:
    return word(RecordingWarning(warning), _) if warning in set(RecordingWarning) else warning


def capital(text: str) -> str:
    """As a line begins."""
    return text[:1].upper() + text[1:]
