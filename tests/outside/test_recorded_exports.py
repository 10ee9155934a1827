"""What the command line takes out is in the record of access, with the user of the shell."""

import pytest

from kit.world import ADA
from webapp.cli.common import login_name


@pytest.fixture
def campaign(school):
    school.launch("Ada,4155550101")
    return school.read("campaign", "list")[0]["id"]


def exports(school):
    """Actor, kind, form and contact of each recorded export, but for those that this reads by."""
    events = school.read("audit", "type:data exported")
    found = [(e["actor"], e["data"]["kind"], e["data"]["form"], e["data"]) for e in events]
    return [each for each in found if each[1:3] != ("events", "json")]


def test_exports_are_recorded(school, campaign):
    delivery = school.read("campaign", "contacts", campaign)[0]["delivery_id"]
    school.run("campaign", "contacts", campaign, "--csv")
    school.run("campaign", "contacts", campaign)  # a table on the screen is no file
    school.read("contact", "opt-outs")
    school.run("audit", f"number:{ADA}", "--csv")
    school.run("audit", f"campaign:{campaign}", "--xlsx", "--out", "events.xlsx")
    school.run("contact", "file", ADA)
    school.run("export", "--number", ADA, "--out", "number.zip")
    school.run("compare", "1", "--campaign", campaign, "--csv")
    school.run("compare", "1", "--campaign", campaign)
    school.run("compare", "1", "--campaign", "cam_no", "--json")
    school.read("compare", "1", "--delivery", delivery)
    _, contacts, opt_outs, events, workbook, file, bundle, campaigns, one = exports(school)
    assert contacts[1:3] == ("contacts", "csv")
    assert contacts[3]["campaign_id"] == campaign
    assert opt_outs[1:3] == ("opt_outs", "json")
    assert events[1:3] == ("events", "csv")
    assert workbook[1:3] == ("events", "xlsx")
    assert workbook[3]["campaign_id"] == campaign
    assert file[1:3] == ("person_file", "txt")
    assert bundle[1:3] == ("bundle", "zip")
    assert campaigns[1:3] == ("comparison", "csv")
    assert campaigns[3]["campaign_id"] == campaign
    assert one[1:3] == ("comparison", "json")
    assert len({each[3]["contact_id"] for each in (events, file, bundle, one)}) == 1
    assert one[3]["contact_id"] is not None
    assert {each[0] for each in exports(school)} == {login_name()}


def test_an_export_shows_no_record_of_itself(school, campaign):
    lines = school.run("audit", "--ndjson").stdout
    assert "DataExported" not in lines
    assert school.run("audit", "--ndjson").stdout == lines
