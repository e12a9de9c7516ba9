"""Settings: where they come from, what is refused, and how it is told."""

from pathlib import Path

import pytest

from callcenter.domain.outcomes import Outcome, OutcomeRule
from callcenter.domain.phone import NumberFormat
from callcenter.domain.recording import AudioFormat
from callcenter.settings import ConfigError, Settings, load_settings, settings_table

README = Path(__file__).parents[1] / "README.md"
SECRET = "s3cret-of-ari"
ENOUGH = f'[ari]\npassword = "{SECRET}"\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "callcenter.toml"


def loaded(file: Path, text: str, **environ: str) -> Settings:
    file.write_text(text, "utf-8")
    return load_settings(file, environ)


def mistakes(file: Path | None, text: str | None = None, **environ: str) -> tuple[str, ...]:
    if file is not None and text is not None:
        file.write_text(text, "utf-8")
    with pytest.raises(ConfigError) as caught:
        load_settings(file, environ)
    return caught.value.mistakes


def only_mistake(file: Path, text: str, **environ: str) -> str:
    (mistake,) = mistakes(file, text, **environ)
    return mistake


def test_a_password_is_enough(file: Path) -> None:
    settings = loaded(file, ENOUGH)
    assert settings.ari.password.get_secret_value() == SECRET
    assert settings.ari.app == "callcenter"
    assert settings.recordings.format is AudioFormat.FLAC
    assert settings.calls.default_zone == "Asia/Shanghai"
    assert settings.trunks == {}


def test_relative_paths_begin_at_the_file(file: Path) -> None:
    settings = loaded(file, ENOUGH + '[recordings]\narchive = "kept"\n')
    assert settings.recordings.archive == file.parent / "kept"
    assert settings.database.url == f"sqlite+aiosqlite:///{file.parent}/var/callcenter.db"
    assert settings.control.socket == file.parent / "var/callcenter.sock"


def test_a_path_from_the_environment_begins_at_the_file_too(file: Path) -> None:
    settings = loaded(file, ENOUGH, CALLCENTER_RECORDINGS__ARCHIVE="kept")
    assert settings.recordings.archive == file.parent / "kept"


def test_the_file_is_found_where_the_variable_says(file: Path) -> None:
    file.write_text(ENOUGH)
    assert load_settings(None, {"CALLCENTER_CONFIG": str(file)}).ari.password.get_secret_value() == SECRET


def test_the_file_that_was_asked_for_wins_over_the_variable(file: Path) -> None:
    assert loaded(file, ENOUGH, CALLCENTER_CONFIG="/nowhere.toml").ari.user == "callcenter"


def test_the_working_directory_has_the_file_by_default(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text(ENOUGH)
    monkeypatch.chdir(file.parent)
    settings = load_settings(None, {})
    assert settings.recordings.archive == file.parent / "recordings"


def test_no_file_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_settings(None, {"CALLCENTER_ARI__PASSWORD": SECRET}).ari.password.get_secret_value() == SECRET


def test_the_environment_wins_key_by_key(file: Path) -> None:
    settings = loaded(file, ENOUGH + 'user = "other"\napp = "one"\n', CALLCENTER_ARI__APP="two")
    assert (settings.ari.user, settings.ari.app) == ("other", "two")


def test_a_trunk_with_everything(file: Path) -> None:
    trunk = loaded(
        file,
        ENOUGH
        + """
        [trunks.shanghai-1]
        endpoint = "PJSIP/{number}@trunk"
        number_format = "national"
        caller_id = "跟进 <02112345678>"
        allowed_prefixes = ["+86", "+852"]
        outcomes = [{ sip = 404, rang = true, outcome = "unreachable" }]
        """,
    ).trunks["shanghai-1"]
    assert trunk.number_format is NumberFormat.NATIONAL
    assert trunk.dial_rules.allowed_prefixes == ("+86", "+852")
    assert trunk.outcome_rules == (OutcomeRule(Outcome.UNREACHABLE, sip=404, rang=True),)


def test_lists_in_the_environment_are_words_or_json(file: Path) -> None:
    trunk = loaded(
        file,
        ENOUGH,
        CALLCENTER_TRUNKS__MAIN__ENDPOINT="PJSIP/{number}@trunk",
        CALLCENTER_TRUNKS__MAIN__ALLOWED_PREFIXES="+86, +852",
        CALLCENTER_TRUNKS__MAIN__OUTCOMES='[{"cause": 20, "outcome": "busy"}]',
    ).trunks["main"]
    assert trunk.allowed_prefixes == ("+86", "+852")
    assert trunk.outcome_rules == (OutcomeRule(Outcome.BUSY, cause=20),)


def test_settings_do_not_change(file: Path) -> None:
    settings = loaded(file, ENOUGH)
    with pytest.raises(ValueError, match="frozen"):
        settings.ari.app = "other"


def test_a_password_is_never_printed(file: Path) -> None:
    settings = loaded(file, ENOUGH)
    assert SECRET not in f"{settings} {settings!r} {settings.model_dump()} {settings.model_dump_json()}"


def test_no_mistake_tells_a_password(file: Path) -> None:
    told = mistakes(
        file,
        f'[ari]\npassword = ["{SECRET}"]\nurl = "http://u:{SECRET}@h/ari"\n[database]\nurl = "mysql://u:{SECRET}@h/d"\n',
        CALLCENTER_ARI__PASWORD=SECRET,
        CALLCENTER_LOG=SECRET,
    )
    assert len(told) == 5
    assert SECRET not in "".join(told)


def test_all_mistakes_are_told_at_once_each_with_key_and_place(file: Path) -> None:
    told = mistakes(
        file,
        """
        [ari]
        app = "not good"
        [calls]
        default_zone = "Asia/Shangai"
        [trunks.main]
        endpoint = "PJSIP/trunk"
        """,
        CALLCENTER_LOG__LEVEL="loud",
    )
    assert len(told) == 5
    assert f"ari.password is missing: set it in {file}, or as CALLCENTER_ARI__PASSWORD." in told
    assert any(f"{file}: ari.app should match" in each for each in told)
    assert any(f"{file}: calls.default_zone should be an IANA time zone" in each for each in told)
    assert any(f"{file}: trunks.main.endpoint should look like" in each for each in told)
    assert any("environment variable CALLCENTER_LOG__LEVEL: log.level should be 'debug'" in each for each in told)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[ari]\nport = 1\n", "there is no setting ari.port."),
        ("[arri]\n", "there is no setting arri; did you mean ari?"),
        ("[log]\nlevle = 'info'\n", "there is no setting log.levle; did you mean log.level?"),
        (
            "[trunks.a]\nendpoint = 'S/{number}'\ncaler_id = '400'\n",
            "trunks.a.caler_id; did you mean trunks.a.caller_id?",
        ),
        ("[trunks.A]\nendpoint = 'S/{number}'\n", "the name trunks.A should be small letters"),
        ("[calls]\ndefault_region = 'China'\n", "calls.default_region should be an ISO 3166 region"),
        (
            "[trunks.a]\nendpoint = 'S/{number}'\nallowed_prefixes = ['86']\n",
            "trunks.a.allowed_prefixes[1] should match",
        ),
        ("[trunks.a]\nendpoint = 'S/{number}'\nallowed_prefixes = []\n", "trunks.a.allowed_prefixes must not be empty"),
        (
            "[trunks.a]\nendpoint = 'S/{number}'\noutcomes = [{ sip = 486 }]\n",
            "trunks.a.outcomes[1].outcome is missing",
        ),
        ("[calls]\nlease_minutes = 0\n", "calls.lease_minutes should be at least 1"),
        ("[calls]\nlease_minutes = true\n", "calls.lease_minutes should be a number"),
        ("[recordings]\nformat = 'mp3'\n", "recordings.format should be 'flac', 'wav' or 'opus'"),
        ("[recordings]\nsource = 'ftp'\n", "recordings.source should be 'folder' or 'http'"),
        ("[database]\nurl = 'sqlite+aiosqlite://'\n", "database.url should be sqlite+aiosqlite:///FILE"),
        ("[database]\nurl = 'mysql://u:p@h/n'\n", "or postgresql://USER:PASSWORD@HOST/NAME"),
        ("[database]\nurl = 'postgresql://u:p@/n'\n", "database.url should name user, host and database"),
        ("[database]\nurl = 'postgresql://h/n'\n", "database.url should name user, host and database"),
        ("[database]\nurl = 'postgresql://u:p@h/n?x=1'\n", "database.url knows no option x, only host and ssl"),
        ("[database]\nurl = 'postgresql://u:p@h/n?ssl=yes'\n", "database.url ssl should be one of disable"),
        ("log = 'debug'\n", "log is a group"),
        (f"[control]\nsocket = '{'s' * 120}'\n", "control.socket is too long for a Unix socket"),
    ],
)
def test_a_mistake_in_the_file_is_named(file: Path, text: str, said: str) -> None:
    told = only_mistake(file, text, CALLCENTER_ARI__PASSWORD=SECRET)
    assert said in told
    assert str(file) in told


@pytest.mark.parametrize(
    "url",
    ["postgresql://u:p@h:5433/n?ssl=verify-full", "postgresql://u@/n?host=/run/postgresql", "postgresql://u@[::1]/n"],
)
def test_a_postgresql_address_is_taken_as_it_is(file: Path, url: str) -> None:
    assert loaded(file, ENOUGH, CALLCENTER_DATABASE__URL=url).database.url == url


def test_a_password_of_the_database_is_never_shown(file: Path) -> None:
    settings = loaded(file, ENOUGH, CALLCENTER_DATABASE__URL="postgresql://user:sesame@host/name")
    assert "sesame" not in f"{settings} {settings!r} {settings.database} {settings.database.url!r}"
    for wrong in (
        "postgresql://user:se@same:5@host:x/name",
        "postgresql://user:sesame@host",
        "postgres://user:sesame@h/n",
    ):
        told = only_mistake(file, ENOUGH, CALLCENTER_DATABASE__URL=wrong)
        assert "same" not in told


@pytest.mark.parametrize(
    ("variable", "said"),
    [
        ("CALLCENTER_ARI_PASSWORD", "there is no setting ari_password; did you mean CALLCENTER_ARI__PASSWORD?"),
        ("CALLCENTER_ARI__PASWORD", "there is no setting ari.pasword; did you mean CALLCENTER_ARI__PASSWORD?"),
        ("CALLCENTER_LOG", "log is a group"),
        ("CALLCENTER_ARI__HEARTBEAT_SECONDS", "ari.heartbeat_seconds should be a valid number"),
        ("CALLCENTER_ARI__PASSWORD__X", "another variable gives the same"),
    ],
)
def test_a_mistake_in_the_environment_is_named(file: Path, variable: str, said: str) -> None:
    told = only_mistake(file, "", **{"CALLCENTER_ARI__PASSWORD": SECRET, variable: "x"})
    assert said in told
    assert f"environment variable {variable}: " in told


@pytest.mark.parametrize(
    ("text", "place"),
    [("[ari]\napp = \n", "line 2, column 7"), ("[ari]\nusers = [1,\n", "line 3, column 1")],
)
def test_broken_toml_tells_line_and_column_and_nothing_seems_missing(file: Path, text: str, place: str) -> None:
    told = only_mistake(file, text)
    assert f"{file} is not valid TOML" in told
    assert place in told


def test_the_environment_is_checked_also_beside_a_broken_file(file: Path) -> None:
    assert len(mistakes(file, "[", CALLCENTER_LOG__LEVEL="loud")) == 2


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    (told,) = mistakes(tmp_path / "absent.toml")
    assert told == f"The settings file {tmp_path / 'absent.toml'} cannot be read: No such file or directory."


def test_a_file_that_is_no_text_is_named(file: Path) -> None:
    file.write_bytes(b"[ari]\n\xff")
    assert mistakes(file) == (f"{file} is not UTF-8 text (byte 7).",)


def test_the_readme_documents_every_setting_as_it_is() -> None:
    text = README.read_text("utf-8")
    _, begin, rest = text.partition("<!-- settings -->\n")
    section, end, _ = rest.partition("\n<!-- /settings -->")
    assert begin
    assert end
    assert section.strip() == settings_table()


def test_every_setting_has_a_meaning() -> None:
    rows = [line.split(" | ") for line in settings_table().splitlines() if line.startswith("| `")]
    assert len(rows) > 25
    assert [row[0] for row in rows if not row[1].strip()] == []


@pytest.mark.parametrize(
    ("web", "told"),
    [
        ('host = "0.0.0.0"', "needs HTTPS"),
        ('host = "::"', "needs HTTPS"),
        ('host = "0.0.0.0"\npublic_url = "http://calls.example"', "needs HTTPS"),
        ('host = "calls.example"', "should be an IP address"),
        ('certificate = "chain.pem"', "given together"),
        ('key = "key.pem"', "given together"),
        ('public_url = "calls.example"', "should be an address"),
        ('public_url = "https://calls.example/path"', "without a path"),
        ('public_url = "https://user@calls.example"', "should be an address"),
        ('trusted_proxies = ["proxy"]', "should be an IP address or network"),
        ("port = 70000", "65535"),
    ],
)
def test_pages_that_could_be_overheard_or_not_reached_are_a_mistake(file: Path, web: str, told: str) -> None:
    assert told in only_mistake(file, f"{ENOUGH}[web]\n{web}\n")


@pytest.mark.parametrize(
    ("web", "secure"),
    [
        ("", False),
        ('host = "::1"', False),
        ('host = "0.0.0.0"\ncertificate = "chain.pem"\nkey = "key.pem"', True),
        ('host = "10.0.0.5"\npublic_url = "https://calls.example"\ntrusted_proxies = ["10.0.0.1"]', True),
    ],
)
def test_pages_are_for_this_machine_or_come_over_https(file: Path, web: str, secure: bool) -> None:
    assert loaded(file, f"{ENOUGH}[web]\n{web}\n").web.secure is secure
