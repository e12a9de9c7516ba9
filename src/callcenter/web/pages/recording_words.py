"""What people call what befalls a recording, as texts of the catalogue."""

from collections.abc import Mapping
from enum import StrEnum

from callcenter.domain.recording import PauseEnd
from callcenter.web.language import N_

RECORDING_WORDS: Mapping[type[StrEnum], Mapping[StrEnum, str]] = {
    PauseEnd: {
        PauseEnd.AGENT: N_("ended by the agent"),
        PauseEnd.LIMIT: N_("ended by itself after the longest time"),
        PauseEnd.CALL: N_("ended with the call"),
        PauseEnd.FAILED: N_("could not be paused: what was said may be in the file"),
    },
}
