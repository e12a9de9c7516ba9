"""What follows when a customer refuses, or is somebody else? A group of a policy."""

from enum import StrEnum

from callcenter.domain.people import Channel
from callcenter.domain.policies.base import Group


class WhenRefused(StrEnum):
    """SUPERVISOR: the callback waits for a supervisor's decision. OPT_OUT_PHONE: so it does, and no callback of this
    customer is dialled any more (C6-22).
    """

    SUPERVISOR = "supervisor"
    OPT_OUT_PHONE = "opt_out_phone"


class ConsentGroup(Group):
    """refused: after a visit that the customer refused. offer: by which channels he is visited instead (C6-22).
    wrong_person: whether a number at which somebody else answered is not dialled for this customer again.
    """

    refused: WhenRefused = WhenRefused.SUPERVISOR
    offer: tuple[Channel, ...] = ()
    wrong_person: bool = True
