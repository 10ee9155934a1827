"""The OpenAPI document against the program: Schemathesis makes requests from it, wrong ones too."""

import uuid
from collections.abc import Mapping
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from kit.api import ApiClient, system_token
from kit.world import ADA, BEN, World
from webapp.api import rate_limit
from webapp.api.idempotency import KEY
from webapp.app import create_app

DOCUMENT = "/api/v1/openapi.json"

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


_FOR_GOOD = {"archiveCampaign", "closeCampaign", "discardDraft"}
"""What would let the other operations refuse everything: it gets ids that do not exist."""


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


def check_document(world: World, token: str, mode: GenerationMode, max_examples: int) -> None:
    """Send requests of every operation, right ones or wrong ones, and check the answers."""
    app = create_app(world.app)
    ids = known_ids(world, app, token)
    for result in schemathesis.openapi.from_wsgi(DOCUMENT, app).get_all_operations():
        operation = result.ok()
        known = {} if operation.definition.raw["operationId"] in _FOR_GOOD else ids
        check_operation(operation, mode, known, token, max_examples)


def check_operation(
    operation: APIOperation,
    mode: GenerationMode,
    known: Mapping[str, str],
    token: str,
    max_examples: int,
) -> None:
    """Send requests of one operation; `known` ids take the place of what is made up."""

    @settings(
        max_examples=max_examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def run(case: Case) -> None:
        case.path_parameters = _with_known(case.path_parameters, known)
        if mode is GenerationMode.POSITIVE:
            case.query = _with_known(case.query, known)
        case.headers["Authorization"] = f"Bearer {token}"
        case.headers["Accept-Encoding"] = "identity"
        if KEY in case.headers:
            case.headers[KEY] = str(uuid.uuid4())
        case.call_and_validate(checks=_CHECKS)

    run()


def _with_known(parameters: Mapping[str, Any], known: Mapping[str, str]) -> dict[str, Any]:
    return {name: known.get(name, value) for name, value in parameters.items()}


@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize("max_examples", [3, pytest.param(200, marks=pytest.mark.torture)])
def test_every_answer_is_one_that_the_document_describes(
    world: World, token: str, mode: GenerationMode, max_examples: int, monkeypatch
):
    monkeypatch.setattr(rate_limit, "MOST_REQUESTS", 1_000_000)
    check_document(world, token, mode, max_examples)
