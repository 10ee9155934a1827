"""Webhooks: what endpoints are told, in which order, and what happens when they do not take it."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from standardwebhooks.webhooks import Webhook

from kit.staff import Staff, form_token
from kit.webhook_consumer import served_by
from kit.webhooks import PRIVATE, listen, tell
from kit.world import ADA, BEN, STAFF, World, environment
from ledger.clock import SystemClock
from webapp.background.work import BACKGROUND_WORK, WORK_OF_MANY, keep_notices, keep_webhooks
from webapp.cli import cli
from webapp.parts.proof import verify_ledger
from webapp.webhooks.message import CHOOSABLE


def post(staff: Staff, path: str):
    token = form_token(staff.open("/webhooks").text)
    return staff.client.post(path, data={"csrf_token": token})


@pytest.mark.both_databases
def test_status_changes_and_the_completion_are_told_in_order(told, ears):
    listen(told, ears)
    campaign = told.launch([ADA, BEN])
    told.send()
    ada, ben = (told.delivery(campaign, phone) for phone in (ADA, BEN))
    told.callback(ada)
    told.callback(ben, status="undelivered", code=30005)
    tell(told)
    assert [each.type for each in ears.taken] == [
        "campaign.launched",
        "delivery.status_changed",
        "delivery.status_changed",
        "campaign.completed",
    ]
    changes = ears.of_type("delivery.status_changed")
    assert [(each["delivery_id"], each["status"]) for each in changes] == [
        (ada, "delivered"),
        (ben, "failed"),
    ]
    seqs = [each.seq for each in ears.taken]
    assert seqs == sorted(seqs)


@pytest.mark.both_databases
def test_a_campaign_is_reopened_by_a_resend_and_nothing_changes_after_its_archive(told, ears):
    listen(told, ears, ["delivery.status_changed", "campaign.reopened", "campaign.completed"])
    campaign = told.launch([ADA])
    ada = told.delivery(campaign)
    told.send()
    told.callback(ada, status="undelivered", code=30005)
    told.resend_to(campaign, [ada], include_unreachable=True)
    told.send()
    told.callback(ada, 2)
    told.archive(campaign)
    told.callback(ada, status="delivered")
    tell(told)
    assert [(each.type, each.document["data"].get("status")) for each in ears.taken] == [
        ("delivery.status_changed", "failed"),
        ("campaign.completed", None),
        ("delivery.status_changed", "pending"),
        ("campaign.reopened", None),
        ("delivery.status_changed", "delivered"),
        ("campaign.completed", None),
    ]


def test_messages_have_no_personal_data_unless_an_admin_allows_it(told, ears):
    listen(told, ears)
    listen(told, ears, ["delivery.status_changed", "text.received"], personal=True)
    campaign = told.launch([ADA])
    told.send()
    told.callback(told.delivery(campaign))
    told.inbound("Please stop")
    tell(told)
    people = [each.document["data"].get("person") for each in ears.taken]
    assert {"number": ADA, "name": "Ada Lovelace", "fields": {"first_name": "Ada"}} in people
    assert {"number": ADA, "text": "Please stop"} in people
    plain = [each.body for each in ears.taken if "person" not in each.document["data"]]
    assert len(plain) > 4
    assert not any(word in body for body in plain for word in (ADA, "Ada", "stop"))


def test_a_signature_is_verified_by_the_librarys_verifier_with_either_secret(
    database_url, provider, ears
):
    world = World.open(database_url, SystemClock(), provider, **PRIVATE)
    first = listen(world, ears)
    second = world.app.webhook_endpoints.rotate(first.endpoint_id, STAFF)
    world.launch([ADA])
    tell(world)
    world.close()
    (taken,) = ears.taken
    for secrets in (first, second):
        assert Webhook(secrets.secret).verify(taken.body, taken.headers)["type"] == taken.type
    assert taken.headers["webhook-signature"].count("v1a,") == 2


def test_a_consumer_that_was_down_for_a_day_gets_everything_in_order(told, ears):
    listen(told, ears, ["delivery.status_changed"])
    campaign = told.launch([ADA, BEN])
    told.send()
    told.callback(told.delivery(campaign, ADA))
    ears.answer = lambda _taken: (503, {})
    for _hour in range(24):
        tell(told)
        told.clock.advance(timedelta(hours=1, minutes=30))
    told.callback(told.delivery(campaign, BEN), status="undelivered", code=30005)
    assert 10 < len(ears.refused) < 40
    assert len({each.headers["webhook-id"] for each in ears.refused}) == 1
    ears.answer = lambda _taken: (204, {})
    tell(told)
    assert [each["status"] for each in ears.of_type("delivery.status_changed")] == [
        "delivered",
        "failed",
    ]


def test_410_switches_an_endpoint_off_and_a_resume_sends_what_waited(told, ears):
    secrets = listen(told, ears, ["campaign.paused"])
    ears.answer = lambda _taken: (410, {})
    told.pause(told.launch([ADA]))
    runner = tell(told)
    tell(told, runner)
    assert len(ears.refused) == 1
    assert told.app.webhook_endpoints.endpoint(secrets.endpoint_id).switched_off == "gone"
    ears.answer = lambda _taken: (204, {})
    told.app.webhook_endpoints.resume(secrets.endpoint_id, STAFF)
    tell(told, runner)
    assert len(ears.taken) == 1


def test_five_days_of_failures_switch_an_endpoint_off(told, ears):
    secrets = listen(told, ears, ["campaign.paused"])
    ears.answer = lambda _taken: (500, {})
    told.pause(told.launch([ADA]))
    for _day in range(7):
        tell(told)
        told.clock.advance(timedelta(days=1))
    assert told.app.webhook_endpoints.endpoint(secrets.endpoint_id).switched_off == "failing"
    assert len(ears.refused) == 6


def test_retry_after_is_honoured(told, ears):
    listen(told, ears, ["campaign.paused"])
    ears.answer = lambda _taken: (429, {"Retry-After": "7200"})
    told.pause(told.launch([ADA]))
    runner = tell(told)
    for minutes in (119, 2):
        told.clock.advance(timedelta(minutes=minutes))
        tell(told, runner)
    assert len(ears.refused) == 2


def test_a_ledger_with_endpoints_is_verified_without_a_fault(told, ears):
    for _time in range(2):
        secrets = listen(told, ears)
        told.app.webhook_endpoints.rotate(secrets.endpoint_id, STAFF)
        told.app.webhook_endpoints.remove(secrets.endpoint_id, STAFF)
    assert verify_ledger(told.app.settings, {}, lambda *_: None).faults == []


def test_a_replay_repeats_the_messages_since_an_event(told, ears):
    secrets = listen(told, ears, ["campaign.paused", "campaign.resumed"])
    campaign = told.launch([ADA])
    told.pause(campaign)
    runner = tell(told)
    told.app.webhook_endpoints.replay(secrets.endpoint_id, 1, STAFF)
    tell(told, runner)
    first, again = ears.taken
    assert first.headers["webhook-id"] == again.headers["webhook-id"]
    assert first.body == again.body


def test_a_redirect_is_not_followed(told, ears):
    listen(told, ears, ["campaign.paused"])
    ears.answer = lambda _taken: (307, {"Location": ears.url})
    told.pause(told.launch([ADA]))
    tell(told)
    assert len(ears.refused) == 1


def test_the_consumer_of_the_guide_takes_each_message_once(database_url, provider):
    guide = (Path(__file__).parents[2] / "docs/how-to/webhooks.md").read_text()
    code = re.search(r"```python\n(.*?)```", guide, re.DOTALL)[1]
    taken, world = [], World.open(database_url, SystemClock(), provider, **PRIVATE)
    names = {"SECRET": "whsec_AAAA", "take": lambda kind, _data: taken.append(kind)}
    exec(code, names)
    with served_by(names["Consumer"]) as url:
        endpoints = world.app.webhook_endpoints
        secrets = endpoints.add(url, "Guide", CHOOSABLE, STAFF, has_personal_data=False)
        world.pause(world.launch([ADA]))
        tell(world)
        assert taken == []
        names["webhook"] = Webhook(secrets.secret)
        for _time in range(2):
            endpoints.replay(secrets.endpoint_id, 1, STAFF)
            tell(world)
    world.close()
    assert taken == ["campaign.launched", "campaign.paused"]


# Pages and commands.


def test_an_admin_adds_an_endpoint_tests_it_and_sees_the_secret_once(told, ears):
    staff = Staff(told)
    types = ["campaign.paused", "campaign.launched"]
    page = staff.press("/webhooks", url=ears.url, name="Records", type=types)
    assert "whsec_" in page.text
    endpoint_id = re.search(r"whk_\w+", page.text)[0]
    told.pause(told.launch([ADA]))
    tell(told)
    post(staff, f"/webhooks/{endpoint_id}/test")
    shown = staff.open(f"/webhooks/{endpoint_id}").text
    assert [each.type for each in ears.taken] == [*types[::-1], "webhook.test"]
    assert "whsec_" not in shown
    again = re.search(r'action="([^"]+/again)"', shown)[1]
    post(staff, again)
    ids = [each.headers["webhook-id"] for each in ears.taken]
    assert ids[-1] in ids[:2]


def test_health_says_how_many_endpoints_take_no_messages(told, ears):
    listen(told, ears, ["campaign.paused"])
    ears.answer = lambda _taken: (500, {})
    told.pause(told.launch([ADA]))
    tell(told)
    shown = Staff(told).read("/health-page")
    assert "1 of 1 program takes no messages." in shown


def test_webhooks_and_notices_run_for_one_ledger_and_for_many():
    of_many = [work for together in WORK_OF_MANY for work in together]
    for works in (BACKGROUND_WORK, of_many):
        assert {keep_webhooks, keep_notices} <= set(works)


def test_the_page_refuses_a_private_address_with_the_cure(world):
    staff = Staff(world)
    staff.press("/webhooks", url="https://10.0.0.1/", name="Records", type=["campaign.paused"])
    assert "LEDGER_WEBHOOKS_ALLOW_PRIVATE=on" in staff.read("/webhooks")


def test_the_commands_add_pause_resume_replay_and_show_an_endpoint(told, ears, monkeypatch):
    environ = environment(told.url) | PRIVATE
    for name, value in environ.items():
        monkeypatch.setenv(name, value)

    def run(*words: str):
        return CliRunner().invoke(cli, ["webhook", *words])

    added = run("add", ears.url, "--name", "Records", "--type", "campaign.paused", "--json")
    endpoint_id = json.loads(added.stdout)["id"]
    assert run("test", endpoint_id).exit_code == 0
    assert run("pause", endpoint_id).exit_code == 0
    told.pause(told.launch([ADA]))
    tell(told)
    assert [each.type for each in ears.taken] == ["webhook.test"]
    assert run("resume", endpoint_id).exit_code == 0
    tell(told)
    assert run("replay", endpoint_id, "--since", "1").exit_code == 0
    tell(told)
    assert [each.type for each in ears.taken] == ["webhook.test", *2 * ["campaign.paused"]]
    shown = json.loads(run("show", endpoint_id, "--json").stdout)
    assert (shown["state"], shown["events_behind"], len(shown["tries"])) == ("active", 0, 3)
    assert run("remove", endpoint_id).exit_code == 0
    assert json.loads(run("list", "--json").stdout) == []
