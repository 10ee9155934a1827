"""A client that openapi-python-client generates from the document, as other programs use one."""

import importlib
import io
import subprocess
import sys
from pathlib import Path

import pytest

from kit.api import system_token
from kit.staff import served
from kit.world import ADA, World
from webapp.app import create_app

GENERATOR = Path(sys.executable).parent / "openapi-python-client"
MESSAGE = "Hi {{first_name}}. Reply STOP to end."


@pytest.fixture
def generated(world: World, tmp_path: Path, monkeypatch) -> str:
    """The name of the package."""
    document, package = tmp_path / "openapi.json", tmp_path / "generated_ledger_client"
    web = create_app(world.app)
    document.write_bytes(web.test_client().get("/api/v1/openapi.json").data)
    command = [GENERATOR, "generate", "--path", document, "--output-path", package]
    subprocess.run([*command, "--meta", "none"], check=True, capture_output=True, timeout=120)
    monkeypatch.syspath_prepend(str(tmp_path))
    return package.name


@pytest.mark.torture
def test_a_generated_client_launches_and_reads_what_became_of_it(world: World, generated: str):
    client_module, models, types, launch_campaign, list_deliveries, launch_draft, create_draft = (
        importlib.import_module(f"{generated}.{name}")
        for name in (
            *("client", "models", "types"),
            *("api.campaigns.launch_campaign", "api.contacts_of_a_campaign.list_deliveries"),
            *("api.drafts.launch_draft", "api.drafts.create_draft"),
        )
    )
    with (
        served(create_app(world.app)) as url,
        client_module.AuthenticatedClient(base_url=url, token=system_token(world)) as client,
    ):
        fields = models.NewContactFields.from_dict({"first_name": "Ada", "student_id": "S-1001"})
        contact = models.NewContact(phone=ADA, name="Ada Lovelace", fields=fields)
        order = models.CampaignLaunch(name="Fall aid", message=MESSAGE, contacts=[contact])
        launched = launch_campaign.sync(client=client, body=order, idempotency_key="1")
        assert launched.enrolled == 1
        page = list_deliveries.sync(launched.id, client=client, changed_since=0)
        (ada,) = page.items
        assert (ada.phone, ada.status) == (ADA, "pending")
        assert ada.fields.to_dict()["student_id"] == "S-1001"
        draft = models.DraftContent(name="Spring", message=MESSAGE)
        saved = create_draft.sync(client=client, body=draft, idempotency_key="2")
        file = types.File(payload=io.BytesIO(f"Mobile,First name\n{ADA},Ada\n".encode()))
        second = launch_draft.sync(
            client=client, body=file, draft_id=saved.id, again=True, idempotency_key="3"
        )
        assert second.enrolled == 1
        refused = launch_campaign.sync(client=client, body=order, idempotency_key="4")
        assert refused.type_.endswith("launched-recently")
