"""Are the dialplans sound: by our own reading, and as Asterisk loads them?"""

import re
from pathlib import Path

import pytest

from lab.instance import DIALPLANS
from lab.lab import Lab
from lab.lint import lint

GOOD = "; A context.\n[good]\nexten => s,1,Answer()\n same => n,Goto(other,s,1)\n"
OTHER = "; Another.\n[other]\nexten => s,1,Hangup()\n"


def problems(folder: Path, **files: str) -> list[str]:
    for name, text in files.items():
        (folder / f"{name}.conf").write_text(text)
    return [problem.removeprefix(f"{folder}/") for problem in lint(folder)]


def test_our_dialplans_have_no_problems() -> None:
    assert lint(DIALPLANS) == []
    assert len(list(DIALPLANS.rglob("*.conf"))) >= 9


def test_a_sound_dialplan_passes(tmp_path: Path) -> None:
    assert problems(tmp_path, good=GOOD, other=OTHER) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (GOOD.replace("other,s,1", "nowhere,s,1"), "good.conf:4: there is no context [nowhere]"),
        (GOOD.replace("other,s,1", "other,t,1"), "good.conf:4: [other] has no extension t"),
        (GOOD.replace("other,s,1", "s"), "good.conf:4: Goto to 's': name context, extension and priority"),
        (GOOD.replace("[good]", "[goof]"), "good.conf:2: context [goof] should be [good], like its file"),
        (GOOD + "[more]\n", "good.conf:5: a second context; each has a file of its own"),
        (GOOD.replace("s,1,A", "s,2,A"), "good.conf:3: extension s begins at priority 2, not 1"),
        (GOOD.replace("exten => s,1,Answer()\n", ""), "good.conf:3: 'same' before any extension"),
        (GOOD + "exten = s\n", "good.conf:5: not understood: exten = s"),
        (GOOD + "include => nowhere\n", "good.conf:5: there is no context [nowhere]"),
        (GOOD + " same => n,Set(CHANNEL(hangup_handler_push)=gone,s,1)\n", "good.conf:5: there is no context [gone]"),
        (GOOD + " same => n,Gosub(other,${X}-tone,1(a,b))\n", "good.conf:5: [other] has no extension ${X}-tone"),
        (
            GOOD.removeprefix("; A context.\n"),
            "good.conf:1: the file does not begin with a comment that says what it is",
        ),
        ("; Nothing.\n", "good.conf:1: no context"),
    ],
)
def test_a_mistake_is_found_with_its_line(tmp_path: Path, text: str, problem: str) -> None:
    assert problem in problems(tmp_path, good=text, other=OTHER)


@pytest.mark.asterisk
def test_asterisk_loads_every_context_without_a_warning(lab: Lab) -> None:
    for instance, folder in ((lab.switch, DIALPLANS), (lab.network, DIALPLANS / "network")):
        loaded = set(re.findall(r"\[ Context '([\w-]+)' created by 'pbx_config' \]", instance.cli("dialplan show")))
        prefix = "" if folder == DIALPLANS else "network-"
        assert {prefix + file.stem for file in folder.glob("*.conf")} == loaded
        log = instance.log_file.read_text()
        assert [line for line in log.splitlines() if "pbx" in line and "NOTICE" not in line] == []


@pytest.mark.asterisk
def test_every_application_and_function_used_is_loaded(lab: Lab) -> None:
    for instance, pattern in ((lab.switch, "*.conf"), (lab.network, "network/*.conf")):
        text = "\n".join(file.read_text() for file in DIALPLANS.glob(pattern))
        steps = re.findall(r"^(?:exten => [^,]+,1| same => n),(\w+)\((.*)\)$", text, re.MULTILINE)
        known = instance.cli("core show applications")
        assert [name for name, _ in steps if not re.search(rf"(?im)^ +{name}:", known)] == []
        used = {name for _, said in steps for name in re.findall(r"(?:^|\$\{)([A-Z]{2,})\(", said)}
        functions = instance.cli("core show functions")
        assert [name for name in used if not re.search(rf"^{name}\b", functions, re.MULTILINE)] == []


@pytest.mark.asterisk
@pytest.mark.parametrize("talk", ["customer", "agent", "announcement", "short"])
def test_every_prompt_that_is_spoken_exists(lab: Lab, talk: str) -> None:
    if not lab.network.files.has_speech:
        pytest.skip("this machine's own Asterisk has no English prompts")
    text = (DIALPLANS / "network/talk.conf").read_text()
    found = re.search(rf"^exten => {talk}-speech,1,Playback\(([\w&-]+)", text, re.MULTILINE)
    assert found is not None
    sounds = lab.network.files.data / "sounds/en"
    assert [name for name in found[1].split("&") if not list(sounds.glob(f"{name}.*"))] == []


@pytest.mark.asterisk
def test_who_rings_in_is_handed_to_the_service_or_refused_and_agents_dial_nothing(lab: Lab) -> None:
    shown = lab.switch.cli("dialplan show 13800000001@from-trunk")
    assert shown.index("Stasis(") < shown.index("Hangup(21)")
    assert "Hangup(21)" in lab.switch.cli("dialplan show 13800000001@from-agents")
