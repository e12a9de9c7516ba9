"""What a pause's reason is called by who reads of it, whoever gave it in whatever language."""

import pytest

from callcenter.domain.recording import Pause, PauseReason
from callcenter.domain.words.pause_words import PAUSE_REASONS, pause_told
from callcenter.domain.words.sentences import Language
from domain.values import MONDAY_10_15


@pytest.mark.parametrize(
    ("kind", "words", "english", "chinese"),
    [
        (
            PauseReason.SECRETS,
            "",
            "Customer tells card or account data, or a password",
            "客户提供卡号、账号或密码",
        ),
        (
            PauseReason.PRIVATE,
            "离婚 <b>",
            "Customer asks that a private matter be not recorded: 离婚 <b>",
            "客户要求个人隐私不录音：离婚 <b>",
        ),
        (PauseReason.OTHER, "card", "card", "card"),
    ],
)
def test_the_chosen_reason_is_translated_and_the_agents_words_are_his(
    kind: PauseReason, words: str, english: str, chinese: str
) -> None:
    pause = Pause(MONDAY_10_15, words, "a1", kind=kind)
    assert pause_told(pause, Language.EN) == english
    assert pause_told(pause, Language.ZH) == chinese


def test_every_reason_has_its_words() -> None:
    assert set(PAUSE_REASONS) == set(PauseReason)
