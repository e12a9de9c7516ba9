"""What does this installation look like? One TOML file and the environment, read once, all mistakes told at once."""

from callcenter.settings.load import CONFIG_VARIABLE, DEFAULT_FILE, ConfigError, load_settings
from callcenter.settings.model import (
    AriSettings,
    CallSettings,
    ControlSettings,
    DatabaseSettings,
    LogSettings,
    OutcomeRow,
    PhoneSettings,
    RecordingSettings,
    Settings,
    TrunkSettings,
    WebSettings,
)
from callcenter.settings.table import settings_table

__all__ = [
    "CONFIG_VARIABLE",
    "DEFAULT_FILE",
    "AriSettings",
    "CallSettings",
    "ConfigError",
    "ControlSettings",
    "DatabaseSettings",
    "LogSettings",
    "OutcomeRow",
    "PhoneSettings",
    "RecordingSettings",
    "Settings",
    "TrunkSettings",
    "WebSettings",
    "load_settings",
    "settings_table",
]
