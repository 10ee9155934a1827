"""A ledger with something of everything, and all addresses that show it."""

from dataclasses import dataclass
from io import BytesIO

from werkzeug.test import TestResponse

from kit.addresses import path_of
from kit.clock import ManualClock
from kit.provider import FakeProvider, provider_record
from kit.staff import Staff
from kit.world import ADA, BEN, CLEO, World
from ledger.commands.drafts import DraftOrder, save_draft
from ledger.domain.events import CampaignText
from ledger.domain.sending_switch import STREAM
from ledger.providers.contract import UnknownOutcome
from webapp.contact_lists import NewList, UploadedFile, make_list
from webapp.named_templates import make_template

ADA_CAMPAIGN = "Early fair"


@dataclass(frozen=True)
class Everything:
    """A world in which everything happened once, and a member of staff who opens its pages."""

    world: World
    staff: Staff
    places: dict[str, str]
    """Part of an address → its value."""

    seqs: dict[str, int]
    """Kind of stream → its last event."""

    def paths(self, seq: int) -> list[str]:
        """Every address that a GET can ask for, from the url map, and those of the past too."""
        places = {**self.places, "seq": str(seq)}
        rules = [rule for rule in self.staff.app.url_map.iter_rules() if "GET" in rule.methods]
        paths = [path_of(rule, places) for rule in rules if not rule.rule.startswith("/static")]
        at = f"as_of={self.world.app.ledger.reader.head()}"
        draft = f"/campaigns/new?draft={places['draft_id']}"
        compared = [f"{path}?from=0&{at}" for path in paths if path.endswith("/compare")]
        return [*paths, draft, *compared, *(f"{path}?{at}" for path in paths)]

    @property
    def main_paths(self) -> list[str]:
        """The addresses that show most of what the views hold."""
        campaign = f"/campaigns/{self.places['campaign_id']}"
        return [
            *("/campaigns", campaign, f"{campaign}/contacts.csv", f"{campaign}/activity"),
            *(f"/deliveries/{self.places['delivery_id']}", "/conversations", "/opt-outs"),
            *(f"/conversations/{self.places['contact_id']}", "/decisions", "/possible-opt-outs"),
            *("/audit", "/health", f"{campaign}?as_of={self.world.app.ledger.reader.head()}"),
        ]

    def open(self, path: str) -> TestResponse:
        """Open a page, and read its answer whole: else the context of a stream stays open."""
        answer = self.staff.open(path)
        answer.get_data()
        return answer

    def failing(self, paths: list[str]) -> dict[str, int]:
        """Return path → code of those that do not answer as they should."""
        codes = {path: self.open(path).status_code for path in paths}
        return {path: code for path, code in codes.items() if code >= 500}


def everything(world: World, provider: FakeProvider, clock: ManualClock) -> Everything:
    """Let something of everything happen."""
    campaign_id = world.launch([ADA, BEN, CLEO], name=ADA_CAMPAIGN)
    provider.will_answer(CLEO, UnknownOutcome(cause="no readable answer"))
    world.send()
    provider.records[CLEO] = [provider_record(clock.now(), sid=sid) for sid in ("SM77", "SM78")]
    clock.advance(minutes=1)
    world.send()
    world.callback(world.delivery(campaign_id, ADA), 1, "undelivered", 30006)
    world.inbound("Hm, too many of these texts", BEN, sid="SMearly")
    world.opt_out(ADA)
    draft_id = save_draft(world.app.ledger, DraftOrder(name="D", message="M"), "usr_1", None)
    uploaded = UploadedFile(file=BytesIO(b"Name,Phone\nAda,4155550101\n"))
    list_id, _parsed = make_list(world.app, NewList(name="L"), uploaded, "usr_1")
    template_id = make_template(world.app, CampaignText(name="T", message="M"), "usr_1")
    world.stop_sending()
    world.pause(campaign_id)
    world.catch_up()
    places = {
        "campaign_id": campaign_id,
        "delivery_id": world.delivery(campaign_id, ADA),
        "contact_id": world.contact(ADA),
        "draft_id": draft_id,
        "list_id": list_id,
        "template_id": template_id,
        "resend_id": "none",
        "act": "resume",
        "token": "none",
        "filename": "ledger.css",
        "log": world.app.ledger.ledger_id,
        "path": "0/000.p/1",
        "job_id": "none",
        "user_id": "none",
        "office_id": "none",
        "session_id": "none",
        "endpoint_id": "none",
        "try_id": "none",
    }
    streams = {
        "sending": STREAM,
        "campaign": campaign_id,
        "delivery": places["delivery_id"],
        "contact": places["contact_id"],
        "draft": draft_id,
    }
    seqs = {kind: world.last(stream_id).seq for kind, stream_id in streams.items()}
    staff = Staff(world)
    search = {"campaign": campaign_id, "contact": places["contact_id"]}
    world.app.workbooks.ask(staff.user_id, search, world.app.ledger.reader.head())
    return Everything(world, staff, places, seqs)
