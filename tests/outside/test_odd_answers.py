"""Whatever a server in Twilio's place answers, the program goes on with the other texts."""

import json

import pytest

from kit.commands import SchoolInProcess
from kit.processes import reserve_port
from kit.raw_http import RawTwilio, http, reset_after, say

PAGE = "<html>Log in to the school's network</html>"
DEEP = "[" * 100_000
ODD = [
    say(http(201, {"sid": "SM\ud83d", "status": "queued"})),
    say(http(201, {"sid": "SM\x00\x00", "status": None})),
    say(http(201, {"sid": "S" * 1_000_000, "status": "q" * 1_000_000})),
    say(http(201, {"sid": 5, "status": {}})),
    say(http(201, DEEP)),
    say(http(201, '{"sid": ' + "9" * 5000 + "}")),
    say(http(201, b"\xff\xfe\xff")),
    say(http(201, "")),
    say(http(200, PAGE)),
    say(http(400, {"code": 21211, "message": "\udcff\x00" * 1000})),
    say(http(400, {"code": [], "message": DEEP})),
    say(http(400, '{"code": 1e999, "message": NaN}')),
    say(b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
    say(b"\x16\x03\x01\x02"),
    reset_after(b"HTTP/1.1 2"),
]
"""Answers to one text; other texts are taken in between."""


@pytest.fixture
def raw():
    with RawTwilio().running() as running:
        yield running


def numbers(count):
    return [f"+1415555{number:04}" for number in range(count)]


def launch(school, raw, answers):
    """Launch to some contacts for each of the answers; the first of them gets it."""
    phones = numbers(4 * len(answers))
    for act, phone in zip(answers, phones[::4], strict=True):
        raw.will_answer(phone, act)
    return school.launch(*(f"Ada,{phone}" for phone in phones)), phones


@pytest.mark.parametrize("first", range(0, len(ODD), 4))
def test_send_once_asks_for_every_text_once(tmp_path, raw, first):
    """Four at a time, since more unreadable answers in a row rightly end the pass."""
    school = SchoolInProcess(tmp_path, reserve_port(), raw.url)
    campaign_id, phones = launch(school, raw, ODD[first : first + 4])
    done = school.run("send", "--once")
    assert (done.returncode, done.stderr.count("\n")) == (0, 1), done.stderr
    assert sorted(raw.texted) == phones
    assert len(school.read("campaign", "contacts", campaign_id)) == len(phones)
    assert school.run("rebuild", "--check").returncode == 0
    assert school.run("verify").returncode == 0


def test_up_goes_on(tmp_path, raw):
    school = SchoolInProcess(tmp_path, reserve_port(), raw.url)
    with school.running("up", "--port", str(school.port)) as process:
        _, phones = launch(school, raw, ODD)
        raw.wait_until_texted(lambda texted: len(texted) >= len(phones))
        school.launch("Ben,+14155559999")
        raw.wait_until_texted(lambda texted: "+14155559999" in texted)
        assert process.poll() is None
    assert len(raw.texted) == len(phones) + 1


def test_a_pass_that_leaves_texts_says_how_many_and_why(tmp_path, raw):
    school = SchoolInProcess(tmp_path, reserve_port(), raw.url)
    phones = numbers(100)
    raw.will_answer(phones[0], say(http(429, {"code": 20429}, Retry_After="600")))
    school.launch(*(f"Ada,{phone}" for phone in phones))
    done = school.run("send", "--once")
    left = len(phones) - len(raw.texted)
    assert left > 0
    assert done.returncode == 1
    assert f"{len(raw.texted)} attempts made." in done.stderr
    assert f"{left} texts are due and not sent: Twilio asked for a pause" in done.stderr


def test_a_login_page_in_twilios_place_ends_a_pass_soon(tmp_path, raw):
    school = SchoolInProcess(tmp_path, reserve_port(), raw.url)
    phones = numbers(100)
    for phone in phones:
        raw.will_answer(phone, say(http(200, PAGE)))
    school.launch(*(f"Ada,{phone}" for phone in phones))
    done = school.run("send", "--once")
    assert done.returncode == 1
    assert len(raw.texted) <= 36
    assert "The campaign \u201cFall\u201d paused. Not Twilio's answer: " in done.stderr


@pytest.mark.parametrize(
    ("name", "shown"), [("F\udceate", "F�te"), ("half \ud83d", "half �"), ("\udcff", "�")]
)
def test_words_that_are_no_utf8_are_made_so(tmp_path, raw, name, shown):
    school = SchoolInProcess(tmp_path, reserve_port(), raw.url)
    (tmp_path / "contacts.csv").write_text("first_name,phone\nAda,+14155550101")
    words = ("campaign", "launch", "--name", name, "--message", f"Hi {name}", "--by", name)
    done = school.run(*words, "--contacts", str(tmp_path / "contacts.csv"), "--json")
    assert done.returncode == 0, done.stderr
    campaign_id = json.loads(done.stdout)["id"]
    assert school.read("campaign", "show", campaign_id)["name"] == shown
    assert school.run("send", "--once").returncode == 0
    bodies = [asked.form["Body"] for asked in raw.asked if "Body" in asked.form]
    assert bodies == [f"Hi {shown}"]


def test_an_id_that_is_no_utf8_names_nothing(tmp_path, raw):
    school = SchoolInProcess(tmp_path, reserve_port(), raw.url)
    done = school.run("campaign", "show", "cam_\udcff")
    assert (done.returncode, done.stdout) == (1, "")
    assert "Traceback" not in done.stderr
