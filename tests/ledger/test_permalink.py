"""A permalink as the ledger has it: made with an end, open until then, revoked once."""

from datetime import timedelta

import pytest

from kit.clock import MONDAY
from ledger.domain.events import SignedIn
from ledger.domain.permalink import LONGEST, PageOfMoment, Permalink
from ledger.domain.vocabulary import SignInMeans
from ledger.errors import BadInput, NotFound, Refused

PAGE = PageOfMoment(path="/campaigns/cam_1", query="status=failed", moment=41, campaign_id="cam_1")
END = MONDAY + timedelta(days=1)
NEW = Permalink(stream_id="lnk_1")


def made(expires_at=END):
    event = NEW.make("usr_1", PAGE, now=MONDAY, expires_at=expires_at, shows_numbers=True)
    return NEW.with_events([event])


def test_it_keeps_what_it_shows():
    permalink = made()
    assert (permalink.page, permalink.maker, permalink.shows_numbers) == (PAGE, "usr_1", True)
    assert PAGE.address == "/campaigns/cam_1?status=failed&as_of=41"
    assert PageOfMoment(path="/audit", moment=3).address == "/audit?as_of=3"


def test_it_is_open_until_its_end():
    permalink = made()
    assert permalink.is_open(END - timedelta(microseconds=1))
    assert not permalink.is_open(END)
    assert not NEW.is_open(MONDAY)


@pytest.mark.parametrize("expires_at", [MONDAY, MONDAY + LONGEST + timedelta(seconds=1)])
def test_its_end_is_to_come_and_not_far_away(expires_at):
    with pytest.raises(BadInput, match=r"^Choose an end between now and 90 days from now\.$"):
        made(expires_at)
    assert made(MONDAY + LONGEST).is_open(MONDAY)


def test_it_is_revoked_once_and_names_whom_it_is_about():
    event = made().revoke("usr_2", MONDAY)
    assert (event.actor, event.originator_version, event.campaign_id) == ("usr_2", 2, "cam_1")
    revoked = made().with_events([event])
    assert not revoked.is_open(MONDAY)
    with pytest.raises(Refused, match=r"^This permalink is revoked already\.$"):
        revoked.revoke("usr_2", MONDAY)
    with pytest.raises(Refused, match=r"^This permalink is expired already\.$"):
        made().revoke("usr_2", END)


def test_it_knows_no_other_events():
    other = SignedIn(
        originator_id="lnk_1", originator_version=1, actor="usr_1", means=SignInMeans.LINK
    )
    with pytest.raises(NotFound, match=r" is not the id of a permalink\. Check the id\.$"):
        NEW.with_events([other])
