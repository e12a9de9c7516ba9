"""What people call what befalls a recording, as texts of the catalogue."""

from collections.abc import Mapping
from enum import StrEnum

from callcenter.domain.recording import MissingReason, PauseEnd, RecordingWarning
from callcenter.web.language import N_

RECORDING_WORDS: Mapping[type[StrEnum], Mapping[StrEnum, str]] = {
    MissingReason: {
        MissingReason.NOT_DIALLED: N_("The customer was not dialled"),
        MissingReason.NEVER_STARTED: N_("The recorder never started"),
        MissingReason.RAW_FILE_ABSENT: N_("The switch has no file"),
        MissingReason.RAW_FILE_EMPTY: N_("The switch's file is empty"),
        MissingReason.RAW_FILE_UNREADABLE: N_("The switch's file cannot be read"),
        MissingReason.ARCHIVE_FILE_ABSENT: N_("The file is not in the archive any more"),
        MissingReason.OTHER_PHONE: N_("Made on another phone; not handed in yet"),
        MissingReason.ARCHIVE_FILE_CHANGED: N_("The file in the archive was changed"),
    },
    RecordingWarning: {
        RecordingWarning.SEGMENT_ABSENT: N_("A part of it is absent"),
        RecordingWarning.ONE_DIRECTION_ABSENT: N_("One side of it is absent"),
        RecordingWarning.PART_UNREADABLE: N_("A part of it cannot be read"),
        RecordingWarning.SEGMENTS_OVERLAP: N_("Two parts overlap; the later one was taken"),
        RecordingWarning.LONGER_THAN_TOLD: N_("It is longer than the switch told"),
        RecordingWarning.CLOCK_JUMPED: N_("The switch's clock jumped; a gap was closed"),
        RecordingWarning.RATES_DIFFER: N_("Its parts have different sample rates"),
        RecordingWarning.TAIL_LOST: N_("Its end was lost"),
        RecordingWarning.OTHER_FILE_KEPT: N_("Another file of this attempt was there and stays"),
    },
    PauseEnd: {
        PauseEnd.AGENT: N_("ended by the agent"),
        PauseEnd.LIMIT: N_("ended by itself after the longest time"),
        PauseEnd.CALL: N_("ended with the call"),
        PauseEnd.FAILED: N_("could not be paused: what was said may be in the file"),
    },
}
