"""What was just done, told on the page that follows."""

from collections.abc import Mapping

from callcenter.web.language import N_, Translator

SAID: Mapping[str, str] = {
    "signed_out": N_("You are signed out."),
    "password_changed": N_("Your password is changed. Sign in with the new one."),
    "released": N_("The callback is back in the queue."),
    "break_over": N_("Welcome back: your break is over."),
    "log_closed": N_("The visit log is closed."),
    "call_logged": N_("The call is logged; its visit log is open."),
    "recording_handed_in": N_("The recording is kept, and marked as made on another phone."),
    "visit_written": N_("The visit is written down."),
    "visit_done": N_("The visit is written down, and the callback is done."),
    "visit_waiting": N_("The visit is written down, and the callback comes again at its time."),
    "visit_exhausted": N_("The visit is written down; a supervisor decides what follows the refusal."),
    "scan_added": N_("The scan is kept."),
    "nothing_to_dial": N_("No callback can be dialled now."),
    "account_added": N_("The account is added."),
    "account_changed": N_("The account is changed."),
    "plan_added": N_("The plan is added, as a draft."),
    "plan_changed": N_("The plan is changed."),
    "given_back": N_("The callback is back in the queue, in a new round."),
    "number_found": N_("The new number is kept, and the next round begins."),
    "callback_closed": N_("The callback is closed."),
    "import_stops": N_("The import ends after the rows that are under way."),
    "policy_added": N_("The new version is kept. It holds from its effective date."),
    "script_added": N_("The new version is kept. Talks that begin now are held by it."),
    "problem_moved": N_("The step is written down."),
    "second_visit": N_("The second visit is in the queue, for somebody else."),
    "correction_accepted": N_("The record tells the new value now."),
    "correction_declined": N_("The record stays as it is."),
    "policy_renewed": N_("This policy says what its presets say today."),
    "return_settled": N_("It is written down that no call is needed."),
    "undone": N_("The close is undone: the callback waits for a decision again."),
    "excluded": N_("It is written down; callbacks that it is about have left the queue."),
    "lifted": N_("It is lifted, and stays to be read."),
    "lifted_back": N_("It is lifted, and its callbacks stand again where they stood."),
    "list_sent": N_("The file is being read; until it is done the old numbers hold."),
    "list_emptied": N_("The list is empty: none of its numbers is kept from being dialled."),
    "day_closed": N_("The day is closed: nobody is called on it."),
    "day_opened": N_("The closing day is taken back."),
}


def said(code: str, _: Translator) -> str:
    return _(SAID[code]) if code in SAID else ""
