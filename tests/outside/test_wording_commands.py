"""`campaign check`, `campaign launch` and `draft save` with a further wording."""

WORDINGS = ("--message-for", "es=Hola {{first_name}}", "--message-column", "Language")
MESSAGE = ("--message", "Hi {{first_name}}. Reply STOP to end.")


def test_a_campaign_is_checked_drafted_and_launched_in_two_wordings(school, standin, tmp_path):
    contacts = tmp_path / "contacts.csv"
    contacts.write_text("First name,Phone,Language\nAda,4155550101,es\nBen,4155550102,\n")
    file = ("--contacts", str(contacts))
    checked = school.run("campaign", "check", *MESSAGE, *WORDINGS, *file)
    assert "  es: 1 contact, 1 segment" in checked.stdout
    assert "  all others: 1 contact, 1 segment" in checked.stdout
    assert "The wording for “es” does not say how to opt out" in checked.stdout
    as_json = school.read("campaign", "check", *MESSAGE, *WORDINGS, *file)
    assert [each["value"] for each in as_json["wordings"]] == [None, "es"]
    draft = school.run("draft", "save", "--name", "Fall", *MESSAGE, *WORDINGS).stdout.strip()
    launched = school.run("draft", "launch", draft, *file)
    assert launched.returncode == 0, launched.stderr
    assert "1 contact gets the wording for “es”." in launched.stderr
    with school.serving_in_thread():
        school.run("send", "--once")
        standin.wait_until_posted()
    bodies = {text.body for text in standin.messages()}
    assert bodies == {"Hola Ada", "Hi Ben. Reply STOP to end."}
    order = ("--name", "Fall", *MESSAGE, *file, "--request", "once", "--again")
    first = school.run("campaign", "launch", *order, *WORDINGS)
    repeated = school.run("campaign", "launch", *order, *WORDINGS)
    assert (repeated.returncode, repeated.stdout) == (0, first.stdout)
    other = school.run("campaign", "launch", *order)
    assert other.returncode == 1


def test_options_of_wordings_that_do_not_belong_together_are_refused(school, tmp_path):
    contacts = tmp_path / "contacts.csv"
    contacts.write_text("First name,Phone\nAda,4155550101\n")
    check = ("campaign", "check", *MESSAGE, "--contacts", str(contacts))
    assert "with --message-column" in school.run(*check, *WORDINGS[:2]).stderr
    assert "Add another with --message-for" in school.run(*check, *WORDINGS[2:]).stderr
    assert (
        "write the value, =, and the text"
        in school.run(*check, "--message-for", "Hola", *WORDINGS[2:]).stderr
    )
    assert "has no column language" in school.run(*check, *WORDINGS).stderr
