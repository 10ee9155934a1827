"""The import of opt-outs through the API: from JSON, a file, and a form with a file."""

import io
from datetime import timedelta

from flask import Flask

from kit.api import ApiClient, system_token
from kit.killed_request import kill_request
from kit.world import ADA, BEN, CLEO, World

PATH = "/opt-outs/import"
ROWS = {"opt_outs": [{"phone": ADA, "means": "letter"}, {"phone": BEN}]}
CSV = f"phone,opted_out_at\n{ADA},2020-11-01\n{BEN},\n".encode()
KEY = {"Idempotency-Key": "import"}


def opted_out(api: ApiClient) -> set[str]:
    return {each["phone"] for each in api.get("/opt-outs").json["items"]}


def test_every_row_is_checked_and_imported_all_or_none(world: World, api: ApiClient) -> None:
    world.launch([ADA])
    wrong = {"opt_outs": [*ROWS["opt_outs"], {"phone": "none"}]}
    refused = api.post(PATH, wrong)
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/opt_outs/2")
    assert opted_out(api) == set()
    check = api.post(f"{PATH}/check", wrong).json
    assert (check["rows"], check["new"], check["skipped"][0]["pointer"]) == (2, 2, "/opt_outs/2")
    done = api.post(f"{PATH}?skip_invalid=true", wrong).json
    assert (done["recorded"], done["withdrawn"], len(done["skipped"])) == (2, 1, 1)
    assert opted_out(api) == {ADA, BEN}
    assert api.post(PATH, ROWS).json["recorded"] == 0


def test_a_file_is_the_body_or_the_part_of_a_form(world: World, api: ApiClient) -> None:
    form = {"file": (io.BytesIO(CSV), "opt-outs.csv")}
    sent = api.send_file(PATH, form, "multipart/form-data", **KEY)
    assert (sent.status_code, sent.json["recorded"]) == (200, 2)
    form = {"file": (io.BytesIO(CSV), "opt-outs.csv")}
    again = api.send_file(PATH, form, "multipart/form-data", **KEY)  # with another boundary
    assert again.headers["Idempotent-Replayed"] == "true"
    assert api.send_file(PATH, CSV, "text/csv").json["already"] == 2
    bad = api.send_file(PATH, CSV + b"x,\n", "text/csv").json
    assert bad["errors"][0]["detail"].startswith("Line 4: ")
    for parts in ({"other": (io.BytesIO(CSV), "a.csv")}, {"file": "text"}):
        refused = api.send_file(PATH, parts, "multipart/form-data")
        assert refused.status_code == 422
        assert "called `file`" in refused.json["detail"]
    other = {"file": (io.BytesIO(CSV), "a.csv")}
    assert api.send_file("/opt-outs", other, "multipart/form-data").status_code == 415


def test_a_repeat_after_a_kill_opts_out_nobody_who_opted_in_since(world: World, web: Flask) -> None:
    token = system_token(world)
    kill_request(world.url, token, PATH, ROWS | {}, "import")
    api = ApiClient(web, token)
    assert opted_out(api) == {ADA, BEN}
    api.post("/opt-ins", {"phone": ADA})
    world.clock.advance(timedelta(seconds=61))
    again = api.post(PATH, ROWS, **KEY)
    assert (again.status_code, again.json["recorded"]) == (200, 0)
    assert opted_out(api) == {BEN}
    assert api.post(PATH, {"opt_outs": [{"phone": CLEO, "means": "fax"}]}).status_code == 422
