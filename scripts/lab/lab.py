"""The switch and the telephone network together, as tests and the first run use them."""

import time
from pathlib import Path
from types import TracebackType
from typing import Self

from lab.asterisk import AsteriskFiles, find_asterisk
from lab.errors import LabError
from lab.network import BUSY, HANGS_UP, NEVER_ANSWERS, UNREGISTERED, Network, Talk
from lab.switch import Phone, Switch

FIRST_AGENT = 1001
REGISTER_SECONDS = 15.0
REMIND_SECONDS = 1.0


class Lab:
    """Two Asterisks below one folder, with `agents` phones agent-1001, agent-1002, … that answer by themselves.

    Four more endpoints have a character: agent-1901 never answers, agent-1902 is busy, agent-1903 hangs up after
    three seconds, agent-1999 has no phone. The customers' trunk is dialled as PJSIP/NUMBER@trunk.
    """

    def __init__(
        self,
        folder: Path,
        *,
        files: AsteriskFiles | None = None,
        talk: Talk = "speech",
        agents: int = 3,
        ring_seconds: float = 0.5,
        rtp_timeout: int = 10,
        http_port: int | None = None,
        switch_sip_port: int | None = None,
        network_sip_port: int | None = None,
        trunk_codecs: str = "alaw,ulaw",
        agent_codecs: str = "alaw,ulaw,g722,opus",
    ) -> None:
        files = files or find_asterisk()
        self._agents = agents
        names = [f"agent-{FIRST_AGENT + n}" for n in range(agents)]
        phones = [Phone(name) for name in (*names, NEVER_ANSWERS, BUSY, HANGS_UP, UNREGISTERED)]
        self.switch = Switch(
            files,
            folder / "switch",
            phones=phones,
            network_port=network_sip_port,
            sip_port=switch_sip_port,
            http_port=http_port,
            rtp_timeout=rtp_timeout,
            trunk_codecs=trunk_codecs,
            agent_codecs=agent_codecs,
        )
        self.network = Network(
            files,
            folder / "network",
            switch_port=self.switch.sip_port,
            phones=phones,
            talk=talk,
            ring_seconds=ring_seconds,
            sip_port=self.switch.network_port,
        )

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start both and wait until trunk and phones can be reached; raises LabError."""
        try:
            self.switch.start()
            self.network.start()
            self.wait_for_phones()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End both; harmless when they do not run."""
        self.network.stop()
        self.switch.stop()

    def agent_endpoint(self, n: int = 1) -> str:
        """Return the name of the n-th agent's endpoint, counted from 1: agent-1001."""
        if not 1 <= n <= self._agents:
            raise ValueError(f"there are agents 1 to {self._agents}, not {n}")
        return f"agent-{FIRST_AGENT + n - 1}"

    def wait_for_phones(self) -> None:
        """Return when every phone is registered and the trunk answers; raises LabError after 15 s."""
        deadline = time.monotonic() + REGISTER_SECONDS
        remind_at = time.monotonic() + REMIND_SECONDS
        expected = {"trunk", *(phone.name for phone in self.network.phones)}
        while missing := expected - self._online():
            if time.monotonic() > deadline:
                raise LabError(
                    f"Not reachable after {REGISTER_SECONDS:.0f} s: {', '.join(sorted(missing))}. "
                    f"The switch's log:\n{self.switch.log_tail()}",
                )
            if time.monotonic() > remind_at:
                # A switch killed just after a registration has forgotten it; its phone would wait for its turn.
                self.network.cli("pjsip send register *all")
                remind_at = time.monotonic() + REMIND_SECONDS
            time.sleep(0.05)

    def _online(self) -> set[str]:
        return {end["resource"] for end in self.switch.ari("GET", "endpoints") if end["state"] == "online"}
