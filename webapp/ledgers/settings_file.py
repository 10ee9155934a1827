"""The settings of one ledger: its own, from its file, and those that all ledgers share.

Settings that a file does not have come from the environment, but never those that belong to one
ledger alone: a ledger without a token must not use that of another.
"""

import tomllib
from collections.abc import Mapping

from ledger.errors import BadSetting
from webapp.settings import CONNECTIONS_OF_ALL, DIRECTORY

_OF_ONE_LEDGER = (
    "LEDGER_DATABASE_URL",
    "LEDGER_VIEWS_URL",
    "LEDGER_PUBLIC_URL",
    "LEDGER_SECRET_KEY",
    "LEDGER_MASTER_KEY",
    "LEDGER_NEW_MASTER_KEY",
    "LEDGER_SIGNING_KEY",
    "LEDGER_SIGNING_RECORD",
    "TWILIO_",
)
"""How the settings begin that are never taken from the environment where there is a directory."""

_OF_THE_INSTALLATION = (
    DIRECTORY,
    CONNECTIONS_OF_ALL,
    "LEDGER_LOG_FORMAT",
    "LEDGER_TRUSTED_PROXIES",
)
"""Settings that no file may have: they hold before it is known which ledger is meant."""


def shared_settings(environment: Mapping[str, str]) -> Mapping[str, str]:
    """Return what an environment says for all ledgers."""
    return {n: v for n, v in environment.items() if not n.startswith(_OF_ONE_LEDGER)}


def own_settings(content: bytes) -> dict[str, str]:
    """Return the settings that a file has. Raises `BadSetting`."""
    try:
        values = tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSetting(f"this is not TOML: {error}.") from error
    except RecursionError as error:
        raise BadSetting("its lists are nested too deeply to be settings.") from error
    for key, value in values.items():
        if not isinstance(value, str | int | float) or isinstance(value, bool):
            raise BadSetting(f'write the value of {key} in "quotation marks".')
        if key in _OF_THE_INSTALLATION:
            raise BadSetting(
                f"{key} is a setting of the whole installation. Set it in the environment."
            )
    own = {key: str(value) for key, value in values.items()}
    if not own.get("LEDGER_DATABASE_URL", "").strip():
        raise BadSetting("LEDGER_DATABASE_URL is missing.")
    return own
