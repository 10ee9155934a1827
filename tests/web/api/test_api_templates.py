"""Templates through the API: made, listed, changed and archived, each request once."""

import uuid

from kit.api import ApiClient


def new_key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid.uuid4())}


def test_program_makes_changes_and_archives_a_template(api: ApiClient):
    wordings = {"column": "Language", "messages": {"es": "Hola"}}
    made = api.post("/templates", {"name": "Snow day", "message": "Hi", "wordings": wordings})
    assert made.status_code == 201, made.text
    path = f"/templates/{made.json['id']}"
    assert made.headers["Location"].endswith(path)
    assert made.json["wordings"] == {"column": "language", "messages": {"es": "Hola"}}
    changed = api.send("PUT", path, {"name": "Snow", "message": "Stay at home"}, **new_key())
    assert (changed.json["name"], changed.json["wordings"]) == ("Snow", None)
    assert [each["name"] for each in api.get("/templates").json["items"]] == ["Snow"]
    assert api.post(f"{path}/archive").json["archived"]
    assert api.get("/templates").json == {"items": []}
    assert [each["name"] for each in api.get("/templates?archived=true").json["items"]] == ["Snow"]
    assert api.send("PUT", path, {"name": "S", "message": "M"}, **new_key()).status_code == 409


def test_earlier_moment_has_the_earlier_text(api: ApiClient):
    made = api.post("/templates", {"name": "Snow day", "message": "Hi"}).json
    seq = api.get("/head").json["seq"]
    path = f"/templates/{made['id']}"
    api.send("PUT", path, {"name": "Snow day", "message": "Later"}, **new_key())
    assert api.get(f"{path}?as_of={seq}").json["message"] == "Hi"


def test_taken_name_and_unreadable_message_are_refused(api: ApiClient):
    api.post("/templates", {"name": "Snow day", "message": "Hi"})
    assert api.post("/templates", {"name": "SNOW DAY", "message": "Hi"}).status_code == 409
    answer = api.post("/templates", {"name": "Other", "message": "Hi {{first name"})
    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == "/message"
    answer = api.post("/templates", {"name": "  ", "message": "Hi"})
    assert answer.json["errors"][0]["pointer"] == "/name"
