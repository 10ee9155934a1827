"""The OpenAPI document against the program: Schemathesis makes requests from it, wrong ones too."""

import uuid
from collections.abc import Iterator

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from kit.api import ApiClient, system_token
from kit.world import ADA, BEN, World
from webapp.api import rate_limit
from webapp.app import create_app

load_all_checks()
# Not that right requests are accepted: the rules refuse most numbers, messages and states.
_CHECKS = [
    check
    for check in CHECKS.get_all()
    if check.__name__
    in {
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
        "negative_data_rejection",
    }
]


@pytest.fixture
def token(world: World) -> str:
    """A token that may do everything, in a ledger with a campaign and a draft."""
    campaign_id = world.launch((ADA, BEN))
    world.send()
    world.callback(world.delivery(campaign_id))
    return system_token(world)


def known_ids(world: World, app: Flask, token: str) -> dict[str, str]:
    """Ids that exist, for addresses that have one."""
    (campaign,) = world.app.status.campaigns()
    draft = ApiClient(app, token).post("/drafts", {"name": "Spring"}).json
    return {
        "campaign_id": campaign.campaign_id,
        "delivery_id": world.delivery(campaign.campaign_id),
        "draft_id": draft["id"],
    }


def check_document(world: World, token: str, max_examples: int) -> None:
    """Send requests of every operation, right ones and wrong ones, and check the answers."""
    app = create_app(world.app)
    ids = known_ids(world, app, token)
    document = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    chosen = settings(
        max_examples=max_examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    for operation in _operations(document):
        for mode in GenerationMode:

            @chosen
            @given(case=operation.as_strategy(generation_mode=mode))
            def run(case: schemathesis.Case) -> None:
                case.path_parameters = {
                    name: ids.get(name, value) for name, value in case.path_parameters.items()
                }
                case.headers["Authorization"] = f"Bearer {token}"
                case.headers["Accept-Encoding"] = "identity"
                if "Idempotency-Key" in case.headers:
                    case.headers["Idempotency-Key"] = str(uuid.uuid4())
                case.call_and_validate(checks=_CHECKS)

            run()


def _operations(document: schemathesis.BaseSchema) -> Iterator[schemathesis.APIOperation]:
    for result in document.get_all_operations():
        yield result.ok()


def test_every_answer_is_one_that_the_document_describes(world: World, token: str, monkeypatch):
    monkeypatch.setattr(rate_limit, "MOST_REQUESTS", 1_000_000)
    check_document(world, token, 4)


@pytest.mark.torture
def test_many_answers_are_ones_that_the_document_describes(world: World, token: str, monkeypatch):
    monkeypatch.setattr(rate_limit, "MOST_REQUESTS", 1_000_000)
    check_document(world, token, 200)
