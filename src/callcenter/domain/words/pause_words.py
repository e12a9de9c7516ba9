"""Why was a recording paused, in the reader's language?"""

from collections.abc import Mapping

from callcenter.domain.recording import Pause, PauseReason
from callcenter.domain.words.sentences import Language

PAUSE_REASONS: Mapping[PauseReason, tuple[str, str]] = {
    PauseReason.SECRETS: (
        "Customer tells card or account data, or a password",
        "客户提供卡号、账号或密码",
    ),
    PauseReason.PRIVATE: ("Customer asks that a private matter be not recorded", "客户要求个人隐私不录音"),
    PauseReason.OTHER: ("Something else (say what)", "其他（请说明）"),
}
"""English and Chinese, as they are offered."""


def pause_told(pause: Pause, language: Language) -> str:
    """The reason that was chosen, and the agent's own words as he wrote them; of any other reason his words alone."""
    if pause.kind is PauseReason.OTHER and pause.reason:
        return pause.reason
    chinese = language is Language.ZH
    chosen = PAUSE_REASONS[pause.kind][chinese]
    return f"{chosen}{'：' if chinese else ': '}{pause.reason}" if pause.reason else chosen
