"""What was just done, told on the page that follows."""

from collections.abc import Mapping

from callcenter.web.language import N_, Translator

SAID: Mapping[str, str] = {
    "signed_out": N_("You are signed out."),
    "password_changed": N_("Your password is changed. Sign in with the new one."),
    "released": N_("The callback is back in the queue."),
    "log_closed": N_("The visit log is closed."),
    "nothing_to_dial": N_("No callback can be dialled now."),
    "account_added": N_("The account is added."),
    "account_changed": N_("The account is changed."),
    "plan_changed": N_("The plan is changed."),
    "given_back": N_("The callback is back in the queue, in a new round."),
    "callback_closed": N_("The callback is closed."),
    "import_stops": N_("The import ends after the rows that are under way."),
    "day_closed": N_("The day is closed: nobody is called on it."),
    "day_opened": N_("The closing day is taken back."),
    "undone": N_("The callback is in the queue again, as a new round."),
}


def said(code: str, _: Translator) -> str:
    return _(SAID[code]) if code in SAID else ""
