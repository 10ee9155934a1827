"""What Prometheus reads at /metrics, who may read it, and that pages and files name what exists."""

import json
import re
import urllib.request
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from kit.provider import refusal
from kit.world import ADA, BEN, CLEO, World
from ledger.errors import StoreUnavailable
from ledger.providers.contract import ANSWER_KINDS, NotReached
from ledger.sending.price_settings import PriceSettings
from webapp.door import create_receiver, create_server
from webapp.metrics.families import ReadingsCollector
from webapp.metrics.own_numbers import end_numbers, keep_numbers
from webapp.metrics.processes import Numbers, Processes, process_numbers
from webapp.metrics.roles import Role
from webapp.serving.listener import listen
from webapp.serving.pages_link import PagesLink
from webapp.verifications import Verification, keep_verification

ROOT = Path(__file__).parent.parent.parent
DEPLOY = ROOT / "docs" / "deploy"
PREFIX = "delivery_ledger_"
TOKEN = "a token for metrics"


@pytest.fixture
def client(world: World) -> FlaskClient:
    return create_receiver(world.app).test_client()


def read(client: FlaskClient) -> dict[str, float]:
    """Name and labels → value, such as `up{database="ledger"}`; without the process."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    values: dict[str, float] = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            labels = {k: v for k, v in sample.labels.items() if k != "process"}
            text = ",".join(f'{key}="{value}"' for key, value in sorted(labels.items()))
            name = sample.name.removeprefix(PREFIX) + (f"{{{text}}}" if text else "")
            values[name] = values.get(name, 0) + sample.value
    return values


# Who may read it.


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "X-Real-Ip", "Via"])
def test_what_a_proxy_forwards_is_not_from_this_machine(client, name):
    assert client.get("/metrics").status_code == 200
    refused = client.get("/metrics", headers={name: "203.0.113.9"})
    assert (refused.status_code, refused.text) == (404, "Not found.\n")


def test_another_machine_needs_the_token(world, client):
    elsewhere = {"REMOTE_ADDR": "203.0.113.9"}
    assert client.get("/metrics", environ_base=elsewhere).status_code == 404
    object.__setattr__(world.app.settings, "metrics_token", TOKEN)
    for given in (
        None,
        "",
        "Bearer",
        "Bearer wrong",
        f"Basic {TOKEN}",
        f"bearer {TOKEN}x",
        "Bearer ü",
    ):
        headers = {} if given is None else {"Authorization": given}
        refused = client.get("/metrics", environ_base=elsewhere, headers=headers)
        assert (refused.status_code, refused.text) == (401, "This needs a token.\n"), given
    headers = {"Authorization": f"Bearer {TOKEN}", "X-Forwarded-For": "203.0.113.9"}
    assert client.get("/metrics", environ_base=elsewhere, headers=headers).status_code == 200


# What it says.


def test_the_ledger_and_its_texts_are_counted(world, client, clock):
    world.launch([ADA, BEN])
    values = read(client)
    assert values["views_lag_events"] > 0
    clock.advance(seconds=90)
    assert read(client)["views_lag_seconds"] == 90
    world.catch_up()
    values = read(client)
    assert values["events_total"] == world.app.ledger.reader.head()
    assert (values["views_lag_events"], values["views_lag_seconds"]) == (0, 0)
    assert values['deliveries{status="pending"}'] == 2
    assert values['campaigns{state="sending"}'] == 1
    assert values["oldest_due_seconds"] == 90


def test_no_age_is_negative_where_an_event_came_while_the_metrics_were_read(world, client, clock):
    world.launch([ADA])
    clock.advance(seconds=-1)
    assert read(client)["views_lag_seconds"] == 0


def test_strays_parked_events_and_checkpoints_are_counted(world, client, clock):
    delivery_id = world.delivery(world.launch([ADA]))
    assert read(client)["stray_callbacks_total"] == 0
    world.callback(delivery_id, token="wrong")
    world.app.checkpoints.make()
    clock.advance(seconds=60)
    world.callback(delivery_id, token="other")
    values = read(client)
    assert values["stray_callbacks_total"] == 2
    assert values["checkpoint_age_seconds"] == 60
    assert values["checkpoint_events"] == values["events_total"] - 1


def test_possible_opt_outs_are_counted_with_their_age(world, client, clock):
    world.inbound("please no more of these, I think")
    world.catch_up()
    clock.advance(seconds=30)
    values = read(client)
    assert (values["possible_opt_outs"], values["oldest_possible_opt_out_seconds"]) == (1, 30)


def test_answers_of_twilio_are_counted_by_kind(world, client, provider):
    provider.will_answer(ADA, refusal(20429, 429, retry_after=30))
    provider.will_answer(BEN, NotReached(cause="no route"))
    world.launch([ADA, BEN, CLEO])
    world.send()
    values = read(client)
    kinds = {kind: values[f'send_answers_total{{answer="{kind}"}}'] for kind in ANSWER_KINDS}
    expected = {"accepted": 1, "too_many_requests": 1, "not_reached": 1}
    assert kinds == dict.fromkeys(ANSWER_KINDS, 0) | expected
    assert values["circuit_breaker_open"] == 0
    assert values['processes{role="sending"}'] == 1


def test_commits_are_counted_with_their_commands(world, client):
    before = read(client)
    world.launch([ADA])
    values = read(client)
    assert values["commit_commands_count"] > before["commit_commands_count"]
    assert values["commit_commands_sum"] == values["commit_wait_seconds_count"]
    assert values['commit_commands_bucket{le="+Inf"}'] == values["commit_commands_count"]


# All processes.


@pytest.fixture
def sender(world: World, clock) -> Processes:
    """Another process, which has written that it sends."""
    sender = Processes(world.app.sending_engine, clock)
    numbers = Numbers(answers={"accepted": 1804}, is_breaker_open=True)
    sender.write(sender.this({Role.SENDING}, numbers))
    return sender


@pytest.mark.usefixtures("sender")
def test_one_process_answers_for_all(client, clock):
    values = read(client)
    assert values['send_answers_total{answer="accepted"}'] == 1804
    assert values["circuit_breaker_open"] == 1
    assert values['processes{role="sending"}'] == 1
    clock.advance(seconds=61)
    assert read(client)['processes{role="sending"}'] == 0


def test_a_process_that_ends_in_good_order_leaves_no_numbers(world, client, clock):
    world.app.roles.add(Role.CALLBACKS)
    keep_numbers(world.app)
    other = Processes(world.app.sending_engine, clock)
    assert [process.roles for process in other.others()] == [[Role.CALLBACKS]]
    end_numbers(world.app)
    assert other.others() == []


@pytest.mark.parametrize("text", ["{", '{"commit_sizes": {"bounds": [1], "counts": [1, 2, 3]}}'])
def test_numbers_that_another_version_wrote_are_left_out(world, client, sender, text):
    with world.app.sending_engine.begin() as connection:
        connection.execute(sa.update(process_numbers).values(numbers=text))
    values = read(client)
    assert values['processes{role="sending"}'] == 1
    assert values['send_answers_total{answer="accepted"}'] == 0


def test_the_port_answers_while_nobody_serves_the_pages(world, clock):
    pages = Processes(world.app.sending_engine, clock)
    pages.write(pages.this({Role.PAGES}, Numbers(sign_ins={"failed": 3})))
    away, listener = PagesLink("/nowhere"), listen("127.0.0.1", 0)
    web = create_receiver(world.app, away)
    server = create_server(world.app, web, listener=listener, pages=away)
    server.start()
    try:
        with urllib.request.urlopen(f"{server.url}/metrics", timeout=20) as answer:
            lines = answer.read().decode().splitlines()
    finally:
        server.stop()
    assert 'delivery_ledger_processes{role="callbacks"} 1.0' in lines
    failed = [line for line in lines if "sign_in_failures_total" in line and '"failed"' in line]
    assert any(line.endswith(" 3.0") for line in failed)


# Databases that are away.


AWAY = {
    "ledger": ("checkpoints", "latest", "events_total"),
    "views": ("views", "parked", "parked_events"),
    "sending": ("callback_problems", "recent", "sending_on"),
    "accounts": ("accounts", "has_anyone_with_password", None),
}
"""Place → a part and a method that ask its database, and a metric that only it knows."""


@pytest.mark.parametrize("place", AWAY)
def test_a_database_that_is_away_takes_only_its_own_metrics(world, client, monkeypatch, place):
    part, method, missing = AWAY[place]
    whole = set(read(client))

    def away(*_: object) -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(type(getattr(world.app, part)), method, away)
    values = read(client)
    up = {name: value for name, value in values.items() if name.startswith("up{")}
    assert [name for name, value in up.items() if not value] == [f'up{{database="{place}"}}']
    assert (missing in whole - set(values)) == (missing is not None)
    assert 'callbacks_total{outcome="recorded"}' in values


# Pages and files.


@pytest.fixture
def names(world: World, clock) -> set[str]:
    """Every metric that there can be, as rules name it."""
    world.launch([ADA])
    world.send()
    world.app.checkpoints.make()
    verification = Verification(began_at=clock.now(), seconds=0.1, size=3)
    keep_verification(world.app.sending_engine, verification)
    prices = PriceSettings(every=timedelta(minutes=15), pages_per_minute=6)
    object.__setattr__(world.app.settings, "price_collection", prices)
    passes = world.app.sending.price_passes
    passes.advance(
        passes.begin(clock.now().date(), clock.now(), is_open=True).day, None, clock.now()
    )
    return {
        sample.name
        for metric in ReadingsCollector(world.app.metrics.read).collect()
        for sample in metric.samples
    }


def base(name: str) -> str:
    return re.sub(r"_(bucket|count|sum)$", "", name)


def named_in(text: str) -> set[str]:
    return set(re.findall(rf"\b{PREFIX}\w+", text))


def test_every_metric_is_in_the_reference_and_no_other(names):
    page = (ROOT / "docs/reference/metrics.md").read_text()
    documented = re.findall(rf"^\| `({PREFIX}\w+)` \|", page, re.MULTILINE)
    assert sorted(documented) == sorted({base(name) for name in names})


@pytest.mark.parametrize("file", ["dashboard.json", "alerts.yaml"])
def test_every_metric_that_a_file_names_exists(names, file):
    named = named_in((DEPLOY / file).read_text())
    assert len(named) > 15
    assert named - names == set()


def test_the_dashboard_shows_every_metric_and_its_panels_have_titles(names):
    dashboard = json.loads((DEPLOY / "dashboard.json").read_text())
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    shown = {base(name) for name in named_in(" ".join(expressions))}
    assert {base(name) for name in names} - shown == set()
    assert all(panel["title"] for panel in dashboard["panels"])
