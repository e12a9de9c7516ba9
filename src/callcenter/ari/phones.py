"""Browsers' phones on Asterisk: made and removed while it runs, through the dynamic configuration of ARI."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from callcenter.ari.client import AriClient, found, gone
from callcenter.ari.errors import RefusedError

PJSIP = "res_pjsip"
KINDS = ("aor", "auth", "endpoint")
"""In the order in which they are made: each is named by the next."""

ATTEMPT_HEADER = "X-Callcenter-Attempt"
"""Names the attempt for which an agent's phone rings. A page answers by itself what bears it, and nothing else."""


@dataclass(frozen=True, slots=True)
class PhoneTerms:
    """context: where a call by hand ends up. rtp_timeout_seconds: after so long without sound a leg is dropped."""

    context: str = "from-agents"
    codecs: str = "opus,alaw,ulaw"
    rtp_timeout_seconds: int = 10


class PhonesOnAsterisk:
    """A PhonesAtRunTime. Asterisk forgets them when it is restarted."""

    def __init__(self, client: AriClient, app: str, terms: PhoneTerms | None = None) -> None:
        self._client = client
        self._terms = terms or PhoneTerms()
        self.prefix = prefix_of(app)

    async def make(self, name: str, password: str) -> None:
        there = await found(self._client.asterisk.get_object(PJSIP, KINDS[-1], name))
        if there is not None:
            return
        try:
            for kind, values in settings_of(name, password, self._terms).items():
                fields = [{"attribute": key, "value": value} for key, value in values.items()]
                await self._client.asterisk.update_object(PJSIP, kind, name, fields=fields)
        except RefusedError:
            with suppress(RefusedError):
                await self.remove(name)
            raise

    async def remove(self, name: str) -> None:
        for kind in reversed(KINDS):
            await gone(self._client.asterisk.delete_object(PJSIP, kind, name))

    async def names(self) -> frozenset[str]:
        listed = await self._client.endpoints.list_all()
        return frozenset(each.resource for each in listed if each.resource.startswith(self.prefix))


def prefix_of(app: str) -> str:
    """What the names of a service's phones begin with."""
    return f"{app}-phone-"


def settings_of(name: str, password: str, terms: PhoneTerms) -> Mapping[str, Mapping[str, str]]:
    """What such a phone is, by kind of object."""
    seconds = str(terms.rtp_timeout_seconds)
    return {
        # The page that registered last is called; the one before is gone, or will be.
        "aor": {"max_contacts": "1", "remove_existing": "yes", "minimum_expiration": "30"},
        "auth": {"auth_type": "userpass", "username": name, "password": password},
        "endpoint": {
            "aors": name,
            "auth": name,
            "context": terms.context,
            "webrtc": "yes",
            "disallow": "all",
            "allow": terms.codecs,
            "direct_media": "no",
            "rtp_timeout": seconds,
            "rtp_timeout_hold": seconds,
        },
    }
