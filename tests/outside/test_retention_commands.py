"""`delivery-ledger retention show | set | report | run`."""

import json


def test_the_commands_show_set_report_and_run(school):
    campaign = school.launch("Ada,+14155550101")
    assert school.run("campaign", "archive", campaign).returncode == 0
    off = school.read("retention", "show")
    assert off == {"days": None, "rule": None, "begins_at": None, "is_running": False}
    assert "Give --days" in school.run("retention", "report").stderr
    assert "or `off`" in school.run("retention", "set", "soon").stderr
    done = school.run("retention", "set", "7")
    assert (done.returncode, "It begins on" in done.stderr) == (0, True)
    assert school.read("retention", "show")["days"] == 7
    (row,) = school.read("retention", "report")
    assert (row["phone"], row["name"], row["kept"]) == ("+14155550101", "Ada", None)
    assert "+14155550101" in school.run("retention", "report", "--csv").stdout
    assert "--yes" in school.run("retention", "run").stderr
    ran = school.run("retention", "run", "--yes")
    assert (ran.returncode, "Forgot 0 contacts by retention rule 1." in ran.stderr) == (0, True)
    topics = [each["type"] for each in json.loads(school.run("audit", "--json").stdout)]
    assert topics[-1] == "RetentionConfirmed"
    assert school.run("retention", "set", "off").returncode == 0
