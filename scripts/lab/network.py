"""The telephone network: customers who behave by the last digit of their number, and the agents' phones.

1 answers and talks · 2 answers and listens · 3 busy · 4 rings for ever · 5 does not exist (announcement first) ·
6 rejects · 7 switched off · 8 congestion · 9 answers, talks two seconds, hangs up · 0 answers after 25 s.
"""

import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from lab import ports
from lab.asterisk import AsteriskFiles
from lab.instance import Instance
from lab.record import SeenCall, read_record
from lab.switch import Phone

Talk = Literal["speech", "tone"]

NEVER_ANSWERS = "agent-1901"
BUSY = "agent-1902"
HANGS_UP = "agent-1903"
UNREGISTERED = "agent-1999"
"""An endpoint of the switch without a phone."""

CUSTOMER_HZ = 700
AGENT_HZ = 400
ANNOUNCEMENT_HZ = 900

_ACCOUNT_CODE = 7
"""Its place behind a channel's name, where channels are listed concisely: the number that was called."""


class Network(Instance):
    """The far side of the trunk.

    `talk` is how people sound: speech, or pure tones that a test can find. `ring_seconds` (at least 0.2) is how
    long a customer's telephone rings before it is answered or the call rejected.
    """

    def __init__(
        self,
        files: AsteriskFiles,
        folder: Path,
        *,
        switch_port: int,
        phones: Sequence[Phone] = (),
        talk: Talk = "speech",
        ring_seconds: float = 0.5,
        sip_port: int | None = None,
    ) -> None:
        super().__init__("network", files, folder, sip_port=sip_port)
        self.phones = tuple(phone for phone in phones if phone.name != UNREGISTERED)
        self.talk: Talk = talk if files.has_speech else "tone"
        self.record_file = self.folder / "calls.log"
        self._switch_port = switch_port
        self._ring_seconds = ring_seconds
        # Makes the ids of calls different after each restart, also within one second.
        self._run = secrets.token_hex(3)

    def seen(self, number: str | None = None) -> list[SeenCall]:
        """Return the calls to customers in the order of their arrival, or only those to one number.

        The number is compared as it was dialled.
        """
        calls = [call for call in read_record(self.record_file) if not call.to_phone]
        return calls if number is None else [call for call in calls if call.number == number]

    def seen_by_phones(self) -> list[SeenCall]:
        """Return the calls to agents' phones in the order of their arrival."""
        return [call for call in read_record(self.record_file) if call.to_phone]

    def ring_back(self, number: str, called: str) -> None:
        """A customer of this number, of eleven digits, rings `called` at the switch, and talks when he is answered."""
        talk = f"extension customer-{self.talk}@network-talk"
        self.cli(f"channel originate Local/{number}*{called}@network-ring-back/n {talk}")

    def hang_up(self, number: str) -> None:
        """Who has this number hangs up, whether he was called or rang back."""
        for line in self.cli("core show channels concise").splitlines():
            channel, *said = line.split("!")
            if channel.startswith(f"Local/{number}*") or said[_ACCOUNT_CODE] == number:
                self.cli(f"dialplan set chanvar {channel} OVER_BY network")
                self.cli(f"channel request hangup {channel}")

    def rings_back(self, number: str) -> bool:
        """Is his call still there?"""
        return f"Local/{number}*" in self.cli("core show channels concise")

    def start(self) -> None:
        """Start, with new ids for the calls to come."""
        self._run = secrets.token_hex(3)
        super().start()

    def _values(self) -> Mapping[str, object]:
        return {
            **super()._values(),
            "name": f"network-{self._run}",
            "record": self.record_file,
            "talk": self.talk,
            "ring_seconds": self._ring_seconds,
            "switch_port": self._switch_port,
        }

    def _render(self) -> None:
        super()._render()
        self._write("phones.conf", "\n".join(self._phone(phone) for phone in self.phones))

    def _phone(self, phone: Phone) -> str:
        return f"""\
[{phone.name}](phone)
client_uri = sip:{phone.name}@{ports.LOOPBACK}:{self._switch_port}
contact_user = {phone.name}
outbound_auth = {phone.name}

[{phone.name}](phone-auth)
username = {phone.name}
password = {phone.password}
"""
