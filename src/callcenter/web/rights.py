"""What are rights called, where somebody lacks one?"""

from collections.abc import Collection, Mapping

from callcenter.domain.access import Permission
from callcenter.web.language import N_, Translator

NAMES: Mapping[Permission, str] = {
    Permission.USE_DESK: N_("work at the desk"),
    Permission.READ_QUEUE: N_("see the whole queue"),
    Permission.READ_VISITS: N_("see everybody's visits"),
    Permission.DECIDE_EXHAUSTED: N_("decide of used-up callbacks"),
    Permission.CHANGE_QUEUE: N_("change the queue and its plans"),
    Permission.APPROVE_PLANS: N_("approve plans"),
    Permission.HEAR_RECORDINGS: N_("hear recordings"),
    Permission.TAKE_RECORDINGS: N_("download recordings"),
    Permission.READ_AUDIT: N_("read the audit"),
    Permission.MANAGE_ACCOUNTS: N_("manage accounts"),
    Permission.READ_STATUS: N_("see the service's state"),
    Permission.SEE_NUMBERS: N_("see whole numbers"),
    Permission.READ_POLICIES: N_("read the policies"),
    Permission.CHANGE_POLICIES: N_("change the policies"),
    Permission.CHANGE_CALENDAR: N_("change the calendar"),
    Permission.SEE_TEAM: N_("see what the agents do"),
}


def lacking(needs: Collection[Permission], _: Translator) -> str:
    """A sentence that names the rights of which one would do; empty for none."""
    names = [_(NAMES.get(each, each.value)) for each in sorted(needs)]
    if len(names) == 1:
        return _("This needs the right: {right}.", right=names[0])
    return _("This needs one of these rights: {rights}.", rights="; ".join(names)) if names else ""
