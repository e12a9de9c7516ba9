"""The Asterisk that the service speaks with: ARI, the trunk to the telephone network, the agents' endpoints."""

import base64
import json
import secrets
import socket
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab import ports
from lab.asterisk import AsteriskFiles
from lab.errors import LabError
from lab.instance import Instance

ARI_USER = "callcenter"
ARI_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Phone:
    """An agent's endpoint on the switch, and the password its phone registers with."""

    name: str
    password: str = field(default_factory=lambda: secrets.token_urlsafe(12))

    @property
    def number(self) -> str:
        """Return the digits of the name: 1001 of agent-1001."""
        return self.name.rpartition("-")[2]


class AriError(LabError):
    """ARI refused a request."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__(f"ARI answered {status}: {body}")
        self.status = status


class Switch(Instance):
    """The service's Asterisk.

    `network_port` is the SIP port of the telephone network; `rtp_timeout` (seconds) ends a leg whose far
    side is gone.
    """

    def __init__(
        self,
        files: AsteriskFiles,
        folder: Path,
        *,
        phones: Sequence[Phone] = (),
        network_port: int | None = None,
        sip_port: int | None = None,
        http_port: int | None = None,
        rtp_timeout: int = 10,
        trunk_codecs: str = "alaw,ulaw",
        agent_codecs: str = "alaw,ulaw,g722,opus",
    ) -> None:
        super().__init__("switch", files, folder, sip_port=sip_port)
        self.phones = tuple(phones)
        self.network_port = network_port or ports.free_port(socket.SOCK_DGRAM)
        self.http_port = http_port or ports.free_port(socket.SOCK_STREAM)
        self.ari_user = ARI_USER
        self.ari_password = secrets.token_urlsafe(16)
        self._rtp_timeout = rtp_timeout
        self._trunk_codecs = trunk_codecs
        self._agent_codecs = agent_codecs

    @property
    def ari_url(self) -> str:
        """Return the base of ARI's addresses, without a slash at the end: http://127.0.0.1:PORT/ari."""
        return f"http://{ports.LOOPBACK}:{self.http_port}/ari"

    def ari(self, method: str, path: str, body: Mapping[str, object] | None = None, **query: object) -> Any:
        """Ask ARI and return the decoded answer (None for an empty one); raises AriError when refused."""
        url = f"{self.ari_url}/{path.lstrip('/')}"
        if query:
            url += "?" + urllib.parse.urlencode(query)
        request = urllib.request.Request(url, method=method)  # noqa: S310 - our own loopback address
        token = base64.b64encode(f"{self.ari_user}:{self.ari_password}".encode()).decode()
        request.add_header("Authorization", f"Basic {token}")
        if body is not None:
            request.add_header("Content-Type", "application/json")
            request.data = json.dumps(body).encode()
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=ARI_SECONDS) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            with error:
                raise AriError(error.code, error.read().decode(errors="replace")) from error
        except OSError as error:
            raise LabError(f"ARI at {self.ari_url} cannot be reached: {error}") from error
        return json.loads(text) if text else None

    def online(self, endpoint: str) -> bool:
        """Tell whether the endpoint (agent-1001, trunk) can be reached."""
        found: Mapping[str, object] = self.ari("GET", f"endpoints/PJSIP/{endpoint}")
        return found["state"] == "online"

    def _values(self) -> Mapping[str, object]:
        return {
            **super()._values(),
            "http_port": self.http_port,
            "ari_user": self.ari_user,
            "ari_password": self.ari_password,
            "network_port": self.network_port,
            "rtp_timeout": self._rtp_timeout,
            "trunk_codecs": self._trunk_codecs,
            "agent_codecs": self._agent_codecs,
        }

    def _require_ports(self) -> None:
        super()._require_ports()
        ports.require_free(socket.SOCK_STREAM, self.http_port, "HTTP of Asterisk")

    def _ready(self) -> bool:
        if not super()._ready():
            return False
        try:
            self.ari("GET", "asterisk/ping")
        except LabError:
            return False
        return True

    def _render(self) -> None:
        super()._render()
        self._write("phones.conf", "\n".join(_endpoint(phone) for phone in self.phones))


def _endpoint(phone: Phone) -> str:
    return f"""\
[{phone.name}](agent)
auth = {phone.name}
aors = {phone.name}
callerid = "{phone.name}" <{phone.number}>

[{phone.name}](agent-auth)
username = {phone.name}
password = {phone.password}

[{phone.name}](agent-aor)
"""
