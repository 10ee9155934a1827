"""`campaign follow-up`: a part of a campaign's contacts, then a launch without a file."""

ADA, BEN = "Ada,4155550101", "Ben,4155550102"


def test_a_follow_up_is_launched_without_a_file(school, standin):
    campaign = school.launch(ADA, BEN)
    follow_up = ("campaign", "follow-up", campaign)
    spanish = ("--message-for", "Ada=Hola", "--message-column", "First name")
    drafted = school.run(*follow_up, "--part", "failed", "--message", "Hi")
    refused = school.run("draft", "launch", drafted.stdout.strip())
    assert (refused.returncode, "Nobody is left in this part" in refused.stderr) == (1, True)
    with school.serving_in_thread():
        school.run("send", "--once")
        standin.wait_until_posted()
    assert school.read(*follow_up)["parts"]["no-reply"] == 2
    school.run("contact", "opt-out", "+14155550102")
    drafted = school.read(
        *follow_up, "--part", "no-reply", "--message", "Well, {{first_name}}?", *spanish
    )
    launched = school.run("draft", "launch", drafted["draft_id"], "--json")
    assert "1 contact gets the wording for “Ada”." in launched.stderr
    assert "Left out: 1 contact (1 opted out)." in launched.stderr
    shown = school.read("campaign", "list")[0]
    assert (shown["counts"]["total"], shown["name"]) == (1, "Fall: follow-up")
    assert shown["follow_up"]["campaign_id"] == campaign
    assert shown["follow_up"]["seq"] == drafted["seq"]


def test_a_launch_without_a_file_needs_a_follow_up(school):
    draft = school.run("draft", "save", "--name", "Fall", "--message", "Hi").stdout.strip()
    refused = school.run("draft", "launch", draft)
    assert refused.returncode == 2
    assert "--contacts, or a contact list with --list. Only a follow-up needs neither." in (
        refused.stderr
    )
