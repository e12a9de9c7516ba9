"""Every setting there is, with its meaning, unit, range and default. Paths are absolute once they are read."""

import ipaddress
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from callcenter.domain.outcomes import Outcome, OutcomeRule
from callcenter.domain.phone import DialRules, NumberFormat
from callcenter.domain.recording import AudioFormat
from callcenter.settings.kinds import (
    POSTGRESQL,
    SQLITE,
    Address,
    CallerId,
    DatabaseUrl,
    File,
    Folder,
    HostAddress,
    ListCheck,
    Network,
    NumberCheck,
    Prefix,
    PublicUrl,
    Region,
    SipSocket,
    SocketPath,
    Template,
    Zone,
)

_MEGABYTE = 1_000_000


def _setting(default: Any, meaning: str, *, unit: str = "", allowed: str = "", **limits: Any) -> Any:
    """allowed: the range in words, where the limits do not say it."""
    return Field(default, description=meaning, json_schema_extra={"unit": unit, "allowed": allowed}, **limits)


class Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, hide_input_in_errors=True)


class DatabaseSettings(Group):
    """Where the queue, the attempts and the visit logs are kept."""

    url: DatabaseUrl = _setting(
        f"{SQLITE}var/callcenter.db",
        "The database; `callcenter db upgrade` makes its tables. A password in it is never printed.",
        allowed=f"`{SQLITE}FILE`, `{POSTGRESQL}USER:PASSWORD@HOST/NAME`",
    )


class AriSettings(Group):
    """The Asterisk that makes the calls."""

    url: Address = _setting(
        "http://127.0.0.1:8088/ari", "Asterisk's REST interface (ARI).", allowed="`http://…` or `https://…`"
    )
    user: str = _setting("callcenter", "A user of `ari.conf`.", min_length=1, max_length=80)
    password: SecretStr = _setting(..., "The user's password; never printed.", min_length=1)
    app: str = _setting(
        "callcenter",
        "Name of the ARI application, and the first part of the name of all that the service makes on Asterisk; one "
        "for each service.",
        pattern=r"^[A-Za-z0-9_-]{1,32}$",
    )
    request_timeout_seconds: Annotated[float, NumberCheck] = _setting(
        5.0, "How long one request to Asterisk may take.", unit="seconds", ge=0.5, le=60
    )
    heartbeat_seconds: Annotated[float, NumberCheck] = _setting(
        5.0,
        "Time between two signs of life on the event socket; two without an answer, and it is connected again.",
        unit="seconds",
        ge=0.5,
        le=60,
    )


class RecordingSettings(Group):
    """Where recordings come from and where they are kept."""

    archive: Folder = _setting(Path("recordings"), "Folder of the recordings that are kept.")
    source: Literal["folder", "http"] = _setting(
        "folder", "How raw recordings are had: from Asterisk's folder on this machine, or over ARI from another."
    )
    folder: Folder = _setting(
        Path("/var/spool/asterisk/recording"), 'Asterisk\'s folder of recordings, for `source = "folder"`.'
    )
    format: AudioFormat = _setting(AudioFormat.FLAC, "Format of the recordings that are kept.")
    min_free_mb: Annotated[int, NumberCheck] = _setting(
        1000, "Less free space than this in the archive, and nobody is dialled.", unit="megabytes", ge=0, le=10_000_000
    )

    @property
    def min_free_bytes(self) -> int:
        return self.min_free_mb * _MEGABYTE


class OutcomeRow(Group):
    """One row of a trunk's own mapping of endings; what is left out matches anything, the first match counts."""

    outcome: Outcome = _setting(..., "What the ending means.")
    sip: Annotated[int, NumberCheck] | None = _setting(None, "Last SIP status.", ge=100, le=699)
    cause: Annotated[int, NumberCheck] | None = _setting(None, "Q.850 cause.", ge=0, le=127)
    rang: bool | None = _setting(None, "Whether ringing or early media was noticed before.")

    @property
    def rule(self) -> OutcomeRule:
        return OutcomeRule(self.outcome, sip=self.sip, cause=self.cause, rang=self.rang)


class TrunkSettings(Group):
    """One way to the telephone network; plans name it."""

    endpoint: Template = _setting(
        ..., "What Asterisk dials; `{number}` is the customer's.", allowed="`PJSIP/{number}@NAME`"
    )
    number_format: NumberFormat = _setting(
        NumberFormat.E164, "How the trunk wants numbers: `+8613800000001`, `8613800000001`, or `13800000001`."
    )
    caller_id: str = _setting(
        "",
        "Number, or `Name <number>`, that customers are shown; empty leaves it to Asterisk.",
        max_length=80,
        pattern=r"^[^\x00-\x1f\x7f]*$",
        allowed="at most 80 characters",
    )
    fallback_caller_ids: Annotated[tuple[CallerId, ...], ListCheck] = _setting(
        (),
        "What customers are shown instead, in this order, where the policy says so: after a fault, or after they did "
        "not answer.",
        allowed="as `caller_id`",
    )
    allowed_prefixes: Annotated[tuple[Prefix, ...], ListCheck] = _setting(
        ("+86",),
        "What may be dialled, by the beginning of the number; emergency and premium numbers never.",
        min_length=1,
        allowed="E.164 with `+`",
    )
    simulated: bool = _setting(
        False, "It leads to the simulated telephone network; `callcenter sample` makes callbacks for no other trunk."
    )
    outcomes: Annotated[tuple[OutcomeRow, ...], ListCheck] = _setting(
        (),
        "Rows that come before the standard mapping of endings, where the trunk differs.",
        allowed="`{ sip, cause, rang, outcome }`",
    )

    @property
    def caller_ids(self) -> tuple[str, ...]:
        return tuple(each for each in (self.caller_id, *self.fallback_caller_ids) if each)

    @property
    def dial_rules(self) -> DialRules:
        return DialRules(allowed_prefixes=self.allowed_prefixes)

    @property
    def outcome_rules(self) -> tuple[OutcomeRule, ...]:
        return tuple(row.rule for row in self.outcomes)


SoundName = Annotated[str, Field(pattern=r"^sound:[A-Za-z0-9_./-]{1,200}$")]
TrunkName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]


class CallSettings(Group):
    """Calls, as far as no policy governs them."""

    default_zone: Zone = _setting(
        "Asia/Shanghai", "Time zone where neither customer nor plan has one.", allowed="IANA name"
    )
    default_region: Region = _setting("CN", "Country of imported numbers written without `+`.", allowed="ISO 3166")
    lease_minutes: Annotated[int, NumberCheck] = _setting(
        15, "How long a callback that was handed out stays with its agent.", unit="minutes", ge=1, le=1440
    )
    setup_seconds: Annotated[int, NumberCheck] = _setting(
        5, "How long the recorder may take to run before the dial is given up.", unit="seconds", ge=1, le=60
    )
    max_concurrent: Annotated[int, NumberCheck] = _setting(50, "Calls at the same time.", unit="calls", ge=1, le=1000)
    max_in_hand: Annotated[int, NumberCheck] = _setting(
        5, "Callbacks handed out to one agent at the same time.", unit="callbacks", ge=1, le=100
    )
    recording_notice: Annotated[tuple[SoundName, ...], ListCheck] = _setting(
        ("sound:conf-now-recording",),
        "How a customer is told of the recording once he has answered, where the policy says so "
        "(`evidence.recording_notice`).",
        min_length=1,
        allowed="`sound:NAME`",
    )


class ReturnSettings(Group):
    """Customers who ring back."""

    enabled: bool = _setting(True, "Whether they are offered to agents; else everybody is told that nobody is there.")
    offer_seconds: Annotated[int, NumberCheck] = _setting(
        20, "How long one agent is asked, before the next one is.", unit="seconds", ge=5, le=120
    )
    nobody_there: Annotated[tuple[SoundName, ...], ListCheck] = _setting(
        ("sound:vm-nobodyavail", "sound:vm-goodbye"),
        "What is said to a customer when nobody can talk with him; empty: he is told busy. Sounds of Asterisk, or "
        "files of one's own by their path, without extension.",
        allowed="`sound:NAME`",
    )
    unknown: Annotated[tuple[SoundName, ...], ListCheck] = _setting(
        ("sound:vm-nobodyavail", "sound:vm-goodbye"),
        "What is said to somebody whose number belongs to no customer.",
        allowed="`sound:NAME`",
    )


class ControlSettings(Group):
    """How the command line speaks to the service."""

    socket: SocketPath = _setting(
        Path("var/callcenter.sock"), "Unix socket of the running service.", allowed="at most 107 bytes, absolute"
    )


class WebSettings(Group):
    """The pages and the REST API."""

    enabled: bool = _setting(True, "Whether the service serves pages and API at all.")
    host: HostAddress = _setting(
        "127.0.0.1", "Address to listen on; anything but loopback needs HTTPS.", allowed="IP address"
    )
    port: Annotated[int, NumberCheck] = _setting(8080, "Port to listen on; 0 takes a free one.", ge=0, le=65535)
    certificate: File | None = _setting(None, "Certificate chain (PEM) for HTTPS; empty: plain HTTP.")
    key: File | None = _setting(None, "Private key (PEM) of the certificate.")
    public_url: PublicUrl = _setting(
        "", "How browsers reach the service, where a proxy stands before it.", allowed="`https://HOST`"
    )
    trusted_proxies: Annotated[tuple[Network, ...], ListCheck] = _setting(
        (),
        "Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.",
        allowed="IP addresses and networks",
    )
    session_hours: Annotated[float, NumberCheck] = _setting(
        12.0, "How long a sign-in lasts.", unit="hours", ge=0.1, le=168
    )
    max_upload_mb: Annotated[int, NumberCheck] = _setting(
        64, "Largest file that may be uploaded.", unit="megabytes", ge=1, le=1000
    )

    @model_validator(mode="after")
    def _certificate_and_key(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key are given together or not at all")
        if not self.secure and not ipaddress.ip_address(self.host).is_loopback:
            raise ValueError(
                "anything but loopback needs HTTPS: give certificate and key, or the proxy's https:// as public_url"
            )
        return self

    @property
    def secure(self) -> bool:
        """HTTPS, here or at the proxy."""
        return self.certificate is not None or self.public_url.startswith("https://")


class PhoneSettings(Group):
    """Agents' phones in the browser."""

    socket: SipSocket = _setting(
        "",
        "Asterisk's own SIP WebSocket, to which `/phone` leads; empty: beside `ari.url`.",
        allowed="`ws://…/ws` or `wss://…/ws`",
    )
    context: str = _setting(
        "from-agents", "Context of Asterisk's dialplan for what such a phone dials.", pattern=r"^[A-Za-z0-9_-]{1,79}$"
    )
    codecs: str = _setting(
        "opus,alaw,ulaw",
        "What such a phone may speak, the best first.",
        pattern=r"^[a-z0-9]+(,[a-z0-9]+)*$",
        allowed="Asterisk's names, parted by commas",
    )
    rtp_timeout_seconds: Annotated[int, NumberCheck] = _setting(
        10, "After so long without sound from the browser its leg is dropped.", unit="seconds", ge=2, le=300
    )


class LogSettings(Group):
    """What the service writes about itself."""

    level: Literal["debug", "info", "warning", "error"] = _setting("info", "The least level that is written.")
    format: Literal["auto", "console", "json"] = _setting(
        "auto", "For people or for machines; `auto`: for people on a terminal, else JSON."
    )


class Settings(Group):
    """All settings. Made by `load_settings`; secrets do not show in its text form."""

    database: DatabaseSettings = Field(default_factory=DatabaseSettings)
    ari: AriSettings
    recordings: RecordingSettings = Field(default_factory=RecordingSettings)
    trunks: Mapping[TrunkName, TrunkSettings] = Field(default_factory=dict)
    calls: CallSettings = Field(default_factory=CallSettings)
    returns: ReturnSettings = Field(default_factory=ReturnSettings)
    control: ControlSettings = Field(default_factory=ControlSettings)
    web: WebSettings = Field(default_factory=WebSettings)
    phones: PhoneSettings = Field(default_factory=PhoneSettings)
    log: LogSettings = Field(default_factory=LogSettings)

    @property
    def sip_socket(self) -> str:
        """Asterisk's own SIP WebSocket: its HTTP server has it beside ARI, as `/ws`."""
        if self.phones.socket:
            return self.phones.socket
        return f"{self.ari.url.removesuffix('/ari').replace('http', 'ws', 1)}/ws"
