"""Settings from the environment: what they are by default, and what is refused with which words."""

from datetime import time, timedelta
from decimal import Decimal

import pytest

from ledger.domain.schedule import SendWindow
from ledger.errors import BadSetting
from ledger.messages.cost_estimate import Price
from ledger.sending.limits import Limits
from webapp.callback_retries import RETRY_FRAGMENT
from webapp.settings import read_settings

POSTGRESQL = "postgresql+psycopg://user@host/school"
SECRET = "a secret for the tests alone"


def read(**variables: str):
    return read_settings({"LEDGER_SECRET_KEY": SECRET, **variables})


def test_without_any_variable_the_defaults_count():
    settings = read()
    assert settings.databases.ledger_url == "sqlite:///instance/ledger.sqlite3"
    assert settings.databases.views_url == "sqlite:///instance/ledger.views.sqlite3"
    assert (settings.public_url, settings.callback_fragment) == (None, RETRY_FRAGMENT)
    assert (settings.phone_region, settings.time_zone) == ("US", "UTC")
    assert (settings.segments_per_second, settings.validity_seconds) == (None, 14_400)
    assert settings.window == SendWindow(opens=time(8), closes=time(21))
    assert settings.limits == Limits(of_last=100, failure_share=0.5, archive_after=None)
    assert (settings.checkpoint_events, settings.checkpoint_minutes) == (50_000, 60)
    assert (settings.price, settings.look_up_price) == (None, None)
    assert settings.twilio.auth_tokens == ()
    confirmation = "You will get no more texts from us. Reply START to get them again."
    assert settings.opt_out_confirmation == confirmation
    assert (settings.master_key, settings.new_master_key) == (SECRET, "")


def test_set_variables_count_and_blank_ones_do_not():
    settings = read(
        LEDGER_PUBLIC_URL=" https://texts.school.example/ ",
        LEDGER_CALLBACK_RETRIES="off",
        LEDGER_PHONE_REGION="gb",
        LEDGER_TIME_ZONE="America/New_York",
        LEDGER_SEGMENTS_PER_SECOND="0.5",
        LEDGER_PRICE_PER_SEGMENT="0.0083 usd",
        LEDGER_PRICE_PER_LOOK_UP="0.008 usd",
        LEDGER_VALIDITY_MINUTES="600",
        LEDGER_MASTER_KEY="  ",
        LEDGER_OPT_OUT_CONFIRMATION="Noted.",
        TWILIO_AUTH_TOKEN="first",
        TWILIO_AUTH_TOKEN_SECONDARY="second",
    )
    assert settings.public_url == "https://texts.school.example"
    assert (settings.callback_fragment, settings.phone_region) == ("", "GB")
    assert (settings.time_zone, settings.segments_per_second) == ("America/New_York", 0.5)
    assert settings.price == Price(Decimal("0.0083"), "USD")
    assert settings.look_up_price == Price(Decimal("0.008"), "USD")
    assert settings.opt_out_confirmation == "Noted."
    assert (settings.validity_seconds, settings.master_key) == (36_000, SECRET)
    assert settings.twilio.auth_tokens == ("first", "second")


def test_the_word_none_switches_a_setting_off():
    off = read(
        LEDGER_SEND_WINDOW="none",
        LEDGER_PAUSE_AT_PERCENT="none",
        LEDGER_ARCHIVE_AFTER_DAYS="none",
        LEDGER_OPT_OUT_CONFIRMATION="None",
    )
    assert off.opt_out_confirmation is None
    assert (off.window, off.limits.failure_share, off.limits.archive_after) == (None, None, None)
    on = read(LEDGER_PAUSE_AT_PERCENT="100", LEDGER_ARCHIVE_AFTER_DAYS="30")
    assert on.limits == Limits(of_last=100, failure_share=1.0, archive_after=timedelta(days=30))


@pytest.mark.parametrize(
    ("region", "written", "sender"),
    [
        ("US", "15005550006", "+15005550006"),
        ("US", "(500) 555-0006", "+15005550006"),
        ("GB", "07400 123456", "+447400123456"),
        ("US", "12345", "12345"),
        ("US", "Oak School", "Oak School"),
    ],
)
def test_a_sender_may_be_written_as_in_the_schools_country(region, written, sender):
    settings = read(LEDGER_PHONE_REGION=region, TWILIO_PHONE_NUMBER=written)
    assert settings.twilio.sender == sender


ADDRESS = "must be an address such as https://texts.school.example."
NUMBER = "must be a number, 1 or more."
PERCENT = "must be a number from 1 to 100, or none."
RATE = "must be a number above 0, such as 1 or 100."
PRICE = "must be a price such as 0.0083 USD."
SECRET_LENGTH = "must be 8 characters or more, better 32."
HOURS = "must be hours of one day such as 08:00-21:00, or none."
SENDER = (
    "must be a number such as +14155550100, a short code, or a name of up to 11 letters and digits."
)
REGION = "must be a country's two letters, such as US or GB."
SID = "followed by 32 digits or letters from a to f, as in Twilio's console."
ACCOUNT_SID, SERVICE_SID = f"must be AC {SID}", f"must be MG {SID}"
NO_SIDS = ("the old account", "AC", "SK" + 32 * "0", "AC" + 31 * "0", "MG" + 33 * "a", 32 * "g")
ZONE = "must be a time zone such as America/New_York."
CONFIRMATION = "must be a text of at most 1600 characters, or none."
MINUTES = "must be minutes from 1 to 600; Twilio holds a text for at most ten hours."


@pytest.mark.parametrize(
    ("name", "words", "cure"),
    [
        *(("LEDGER_PUBLIC_URL", w, ADDRESS) for w in ("school.example", "ftp://a", "https://a:b")),
        *(("LEDGER_PUBLIC_URL", w, ADDRESS) for w in ("http://", "https://a?b=c", "https://a:0")),
        ("LEDGER_TWILIO_API_URL", "http://[a", ADDRESS),
        ("LEDGER_CALLBACK_RETRIES", "yes", "must be on or off."),
        *(("LEDGER_PHONE_REGION", w, REGION) for w in ("Atlantis", "XX")),
        *((f"LEDGER_{key}_KEY", "short", SECRET_LENGTH) for key in ("SECRET", "MASTER")),
        *(("TWILIO_PHONE_NUMBER", w, SENDER) for w in ("5550006", "+1", "whatsapp:+15005550006")),
        ("LEDGER_NEW_MASTER_KEY", "1234567", SECRET_LENGTH),
        *(("TWILIO_ACCOUNT_SID", words, ACCOUNT_SID) for words in NO_SIDS),
        *(("TWILIO_MESSAGING_SERVICE_SID", words, SERVICE_SID) for words in NO_SIDS),
        *(("LEDGER_SEGMENTS_PER_SECOND", w, RATE) for w in ("fast", "0", "inf", "nan", "none")),
        *(("LEDGER_VALIDITY_MINUTES", w, MINUTES) for w in ("0.5", "601", "long")),
        *(("LEDGER_TIME_ZONE", w, ZONE) for w in ("Mars/Olympus", "../UTC", "localtime")),
        ("LEDGER_TIME_ZONE", "CST", f"{ZONE[:-1]}; for CST write America/Chicago."),
        *(("LEDGER_SEND_WINDOW", w, HOURS) for w in ("day", "21:00-08:00", "08:00")),
        *(("LEDGER_PAUSE_AT_PERCENT", w, PERCENT) for w in ("0", "101", "half")),
        *((f"LEDGER_{n}", "0", NUMBER) for n in ("PAUSE_OF_LAST", "CHECKPOINT_EVENTS")),
        ("LEDGER_CHECKPOINT_MINUTES", "inf", NUMBER),
        ("LEDGER_ARCHIVE_AFTER_DAYS", "0", "must be days from 1 to 36500, or none."),
        ("LEDGER_OPT_OUT_CONFIRMATION", "a" * 1601, CONFIRMATION),
        ("LEDGER_PRICE_PER_LOOK_UP", "cheap", PRICE),
        *(("LEDGER_PRICE_PER_SEGMENT", w, PRICE) for w in ("cheap", "1", "-1 USD", "nan USD")),
    ],
)
def test_a_wrong_variable_is_refused_by_its_name_with_its_cure(name, words, cure):
    with pytest.raises(BadSetting) as refused:
        read(**{name: words})
    assert str(refused.value) == f"{name} {cure}"


def test_a_ledger_on_postgresql_needs_a_secret_and_no_database_of_views():
    with pytest.raises(BadSetting, match="LEDGER_SECRET_KEY is not set"):
        read_settings({"LEDGER_DATABASE_URL": POSTGRESQL})
    with pytest.raises(BadSetting, match="LEDGER_VIEWS_URL is for SQLite alone"):
        read(LEDGER_DATABASE_URL=POSTGRESQL, LEDGER_VIEWS_URL="sqlite:///views.sqlite3")


@pytest.mark.parametrize(
    ("views", "words"),
    [
        (POSTGRESQL, "LEDGER_VIEWS_URL must name a SQLite file where the ledger is one."),
        (
            "sqlite:///instance/ledger.sqlite3",
            "LEDGER_VIEWS_URL names the ledger's own file; choose another.",
        ),
    ],
)
def test_views_need_a_sqlite_file_of_their_own(views, words):
    with pytest.raises(BadSetting) as refused:
        read(LEDGER_VIEWS_URL=views)
    assert str(refused.value) == words


def test_a_secret_is_made_once_and_kept_beside_the_ledger(tmp_path):
    url = f"sqlite:///{tmp_path}/school/ledger.sqlite3"
    made = [read_settings({"LEDGER_DATABASE_URL": url}).secret_key for _ in range(2)]
    kept = tmp_path / "school" / "ledger.secret_key"
    assert made == [kept.read_text()] * 2
    assert kept.stat().st_mode & 0o077 == 0


def test_a_setting_that_is_no_utf8_is_refused_by_its_name():
    with pytest.raises(BadSetting, match=r"^TWILIO_AUTH_TOKEN is no text in UTF-8; set it again"):
        read_settings({"TWILIO_AUTH_TOKEN": "secret\udcff"})
