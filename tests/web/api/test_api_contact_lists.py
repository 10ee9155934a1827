"""Contact lists through the API: made, replaced, renamed, deleted; and a draft to one."""

import uuid

import pytest
from werkzeug.test import TestResponse

from kit.api import ApiClient

pytestmark = pytest.mark.both_databases

FILE = b"First name,Phone\nAda,(415) 555-0101\nBen,415-555-0102\nCy,nope\n"


def new_key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid.uuid4())}


def upload(api: ApiClient, path: str) -> TestResponse:
    """Post a contact file."""
    headers = new_key() | {"Content-Type": "text/csv"}
    return api.send_text("POST", path, FILE.decode(), **headers)


def test_program_makes_a_list_and_launches_a_draft_to_it(api: ApiClient):
    made = upload(api, "/lists?name=Families")
    assert made.status_code == 201, made.text
    assert (made.json["contacts"], len(made.json["skipped"])) == (2, 1)
    list_id = made.json["id"]
    replaced = upload(api, f"/lists/replace?list_id={list_id}")
    assert replaced.status_code == 200, replaced.text
    draft = api.post("/drafts", {"name": "Fair", "message": "Hello", "list_id": list_id}).json
    launched = api.post(f"/drafts/launch?draft_id={draft['id']}", {})
    assert launched.status_code == 201, launched.text
    shown = api.get(f"/campaigns/{launched.json['id']}").json
    assert shown["contact_list"] == {"id": list_id, "version": 2}
    renamed = api.send("PUT", f"/lists/{list_id}/name", {"name": "Parents"}, **new_key())
    assert renamed.json["name"] == "Parents"
    assert api.send("DELETE", f"/lists/{list_id}", **new_key()).status_code == 200
    assert api.get("/lists").json == {"items": []}
