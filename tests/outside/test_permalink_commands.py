"""Permalinks on the command line; they are made on pages."""

from datetime import timedelta

import requests

from ledger.commands.permalinks import MakePermalink
from ledger.domain.permalink import PageOfMoment
from webapp.bootstrap import build
from webapp.cli.common import login_name
from webapp.settings import read_settings


def make_permalink(school, name):
    """What staff do in the browser."""
    app = build(read_settings(school.environment))
    command = MakePermalink(
        permalink_id=app.ledger.identity.new_permalink_id(),
        page=PageOfMoment(path="/campaigns", moment=1),
        expires_at=app.clock.now() + timedelta(days=7),
        shows_numbers=False,
        by=app.accounts.id_of(name),
    )
    app.ledger.execute(command).result()


def test_a_permalink_is_listed_and_revoked(school):
    school.launch("Ada,4155550101")
    make_permalink(school, login_name())
    (row,) = school.read("permalink", "list")
    page, made_by = "/campaigns?as_of=1", login_name()
    assert (row["page"], row["state"], row["made_by"]) == (page, "open", made_by)
    assert (row["shows_numbers"], row["hours_read"], row["last_read_at"]) == (False, 0, None)
    with school.serving_in_thread():
        assert "As of #1" in requests.get(row["address"], timeout=10).text
        done = school.run("permalink", "revoke", row["id"])
        assert (done.returncode, done.stdout) == (0, "")
        assert done.stderr == f"Revoked {row['id']}: its address shows nothing any more.\n"
        assert requests.get(row["address"], timeout=10).status_code == 410
    (revoked,) = school.read("permalink", "list")
    assert (revoked["state"], revoked["address"], revoked["hours_read"]) == ("revoked", None, 1)
    assert "revoked" in school.run("permalink", "list").stdout
    again = school.run("permalink", "revoke", row["id"])
    assert (again.returncode, again.stderr) == (
        1,
        "delivery-ledger: This permalink is revoked already.\n",
    )


def test_the_address_of_a_permalink_of_somebody_else_is_not_printed(school):
    make_permalink(school, "J. Ortiz")
    assert school.read("permalink", "list")[0]["address"] is None
    assert "/shared/" not in school.run("permalink", "list").stdout


def test_a_permalink_that_does_not_exist_cannot_be_revoked(school):
    done = school.run("permalink", "revoke", "lnk_none")
    refusal = "There is no permalink lnk_none; see `permalink list` for those there are."
    assert (done.returncode, done.stderr) == (1, f"delivery-ledger: {refusal}\n")


def test_an_id_of_another_kind_is_no_permalink(school):
    campaign_id = school.launch("Ada,4155550101")
    done = school.run("permalink", "revoke", campaign_id)
    refusal = f"{campaign_id} is not the id of a permalink. Check the id."
    assert (done.returncode, done.stderr) == (1, f"delivery-ledger: {refusal}\n")
