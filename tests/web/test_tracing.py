"""Traces for OpenTelemetry: what is in them, what is not, and when there are any."""

import urllib.request

import pytest

from kit.collector import Collector, attributes_of, collecting
from kit.log_watch import PERSONAL
from kit.provider import refusal
from kit.split import split_server
from kit.staff import Staff, link_token
from kit.world import ADA, BEN, World
from ledger.errors import BadSetting, Refused
from webapp import tracing


@pytest.fixture
def collector(monkeypatch):
    """Traces are recorded, and sent to this collector when the block of `recorded` ends."""
    with collecting() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        tracing.begin()
        yield collector
        tracing.end()


def test_a_request_is_one_trace_from_the_door_to_the_pages(collector: Collector, world: World):
    with split_server(world.app) as server:
        token = link_token(world.app.accounts, "Ada Lovelace")
        with urllib.request.urlopen(f"{server.url}/sign-in/{token}?q={ADA[1:]}", timeout=15):
            pass
    tracing.end()
    (pages,) = collector.named("GET /sign-in/<token>")
    (door,) = collector.named("GET")
    assert (pages.trace_id, pages.parent_span_id) == (door.trace_id, door.span_id)
    assert collector.services == {"delivery-ledger"}
    shown = attributes_of(pages)
    assert shown["delivery_ledger.request_id"] == attributes_of(door)["delivery_ledger.request_id"]
    assert (shown["http.route"], shown["http.response.status_code"]) == ("/sign-in/<token>", 200)
    posted = b"".join(collector.bodies).decode(errors="replace")
    assert token not in posted
    assert PERSONAL.search(posted) is None


def test_commands_commits_texts_and_catching_up_are_recorded_without_personal_data(
    collector: Collector, world: World, staff: Staff
):
    world.provider.will_answer(BEN, refusal(21211, words=f"{BEN} is no number of Ben Okri"))
    campaign_id = world.launch([ADA, BEN], message="{{first_name}}, your aid form")
    world.send()
    world.catch_up()
    world.archive(campaign_id)
    with pytest.raises(Refused):
        world.archive(campaign_id)
    tracing.end()
    commands = [*collector.named("execute ArchiveCampaign")]
    linked = {link.span_id for span in collector.named("commit") for link in span.links}
    assert {span.span_id for span in commands} <= linked
    errors = [attributes_of(span).get("error.type") for span in commands]
    assert errors == [None, "Refused"]
    answers = [attributes_of(s)["delivery_ledger.answer"] for s in collector.named("send text")]
    assert sorted(answers) == ["Accepted", "Refusal"]
    assert collector.named("catch up") != []
    assert PERSONAL.search(b"".join(collector.bodies).decode(errors="replace")) is None


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"OTEL_SERVICE_NAME": "texts"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_SDK_DISABLED": "true"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_TRACES_EXPORTER": "none"},
    ],
)
def test_nothing_is_recorded_unless_the_variables_ask_for_it(monkeypatch, variables):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    tracing.begin()
    assert not tracing.is_on()
    assert tracing.trace_parent() == ""


def test_without_the_extra_a_server_does_not_start_and_says_what_to_do(monkeypatch):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(tracing, "_EXPORTING", "webapp.tracing.not_installed:open_telemetry")
    with pytest.raises(BadSetting, match=r"pip install 'delivery-ledger\[otel\]'"):
        tracing.begin()


def test_a_collector_that_is_away_fails_no_command(monkeypatch, world: World):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    tracing.begin()
    try:
        world.launch()
    finally:
        tracing.end()
    assert not tracing.is_on()
