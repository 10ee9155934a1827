"""The commands below `token`: tokens of the API for systems and for people."""

from kit.processes import School
from webapp.accounts.token_format import is_api_token


def test_a_token_is_printed_once_then_listed_and_ended(school: School):
    school.run("user", "link", "ortiz")
    system = school.run("token", "add", "PowerSchool", "--role", "staff")
    assert is_api_token(system.stdout.strip())
    assert "It is not shown again" not in system.stdout
    person = school.run("token", "add", "Script", "--for", "ortiz", "--days", "7")
    assert is_api_token(person.stdout.strip())
    newest, oldest = school.read("token", "list")
    assert (newest["person"], newest["role"], newest["state"]) == ("ortiz", "viewer", "active")
    assert (oldest["person"], oldest["name"], oldest["role"]) == (None, "PowerSchool", "staff")
    assert oldest["begins"] == system.stdout[:12]
    assert school.run("token", "revoke", newest["id"]).returncode == 0
    again = school.run("token", "revoke", newest["id"])
    assert again.returncode == 1
    assert again.stderr.endswith("This token is revoked already; nothing accepts it.\n")
    assert school.read("token", "list")[0]["state"] == "revoked"
