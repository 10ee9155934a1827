"""A district of two offices: all that the office North did, and a little of the office South."""

from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO

from kit.clock import ManualClock
from kit.provider import FakeProvider, provider_record
from kit.world import ADA, BEN, CLEO, STAFF, World
from ledger.commands.drafts import DraftOrder, save_draft
from ledger.commands.launch import launch
from ledger.commands.launch_order import LaunchOrder
from ledger.commands.launch_rules import SetApprovalLimit
from ledger.commands.legal_holds import PlaceCampaignLegalHold
from ledger.commands.offices import ChangeOffices
from ledger.commands.permalinks import MakePermalink
from ledger.commands.replies import SendReply
from ledger.commands.resends import ResendOrder, resend
from ledger.domain.events import CampaignText, Person
from ledger.domain.named_templates import STREAM as TEMPLATES
from ledger.domain.permalink import PageOfMoment
from ledger.domain.vocabulary import IdKind
from ledger.errors import ResendWaitsForApproval, WaitsForApproval
from ledger.messages.contact_rows import ContactFileRow
from ledger.messages.file_columns import FileColumns
from ledger.providers.contract import UnknownOutcome
from projections.campaigns.resend_plan import Selection
from webapp.contact_lists import NewList, UploadedFile, make_list
from webapp.named_templates import make_template
from webapp.resend_requests import named_deliveries, selection_at

SECRETS = ("aardvark", "4155550101", "555 0101", "555-0101")
"""What belongs to the office North alone: it is in all its names and words, and the number of the
person whom no other office texted."""


DAN = "+14155550104"


@dataclass(frozen=True)
class District:
    """Two offices that texted one person both, and each another person."""

    world: World
    north: str
    south: str
    campaign_id: str
    """Of North."""
    beech_campaign_id: str
    places: dict[str, str]
    """Part of an address → the id that North has there."""
    own_places: dict[str, str]
    """The same of South, for the person whom both texted."""
    events: list[int]
    """The seqs of events with words or names of North."""


def add_office(world: World, name: str) -> str:
    """Add an office; return its id."""
    office_id = world.app.ledger.identity.new_office_id()
    world.execute(ChangeOffices(lambda offices: offices.add(STAFF, office_id, name)))
    return office_id


def launch_for(world: World, office_id: str | None, name: str, people: dict[str, str]) -> str:
    """Launch a campaign of an office to number → name."""
    rows = [
        ContactFileRow(
            line,
            phone,
            person,
            {"first_name": person.split()[0]},
            cells=(phone, person, f"S-{name.split(maxsplit=1)[0]}"),
        )
        for line, (phone, person) in enumerate(people.items(), 2)
    ]
    order = LaunchOrder(
        name=name,
        message=f"{name}: hello {{{{first_name}}}}",
        rows=rows,
        office_id=office_id,
        columns=FileColumns(
            headings=("phone", "name", "student_id"), id_columns={IdKind.STUDENT: (2,)}
        ),
    )
    return launch(world.app.ledger, order, STAFF, again=True)


def district(world: World, provider: FakeProvider, clock: ManualClock) -> District:
    """Let something of everything happen in North, and a little in South."""
    north, south = add_office(world, "North"), add_office(world, "South")
    identity = world.app.ledger.identity
    campaign_id = launch_for(
        world,
        north,
        "Aardvark gala",
        {ADA: "Ada Aardvark", CLEO: "Cleo Aardvark", DAN: "Dan Aardvark"},
    )
    provider.will_answer(ADA, UnknownOutcome(cause="no readable answer"))
    world.send()
    provider.records[ADA] = [provider_record(clock.now(), sid=sid) for sid in ("SM77", "SM78")]
    clock.advance(minutes=1)
    world.send()
    world.inbound("the aardvark is lovely", CLEO, sid="SMa1")
    world.inbound("Hm, too many of these aardvark texts", ADA, sid="SMa2")
    world.inbound("Which aardvark was it?", DAN, sid="SMa3")
    world.callback(world.delivery(campaign_id, DAN), status="undelivered", code=30005)
    reply = SendReply.to(
        identity,
        Person(phone=CLEO, name="Cleo Aardvark", fields={}),
        "The aardvark thanks you",
        STAFF,
        request="req_aardvark",
        office_id=north,
    )
    world.execute(reply)
    world.execute(PlaceCampaignLegalHold(campaign_id, "The aardvark case", STAFF))
    beech_id = launch_for(
        world, south, "Beech fair", {BEN: "Ben Beech", CLEO: "Cleo Beech", DAN: "Dan Beech"}
    )
    world.send()
    world.inbound("the beech is lovely", CLEO, sid="SMb1")
    uploaded = UploadedFile(file=BytesIO(b"Name,Phone\nDan Aardvark,4155550104\n"))
    list_id, _parsed = make_list(
        world.app, NewList(name="Aardvark list", office_id=north), uploaded, STAFF
    )
    text = CampaignText(name="Aardvark template", message="aardvark")
    template_id = make_template(world.app, text, STAFF, office_id=north)
    order = DraftOrder(name="Aardvark draft", message="aardvark", office_id=north)
    draft_id = save_draft(world.app.ledger, order, STAFF)
    world.execute(SetApprovalLimit(STAFF, 0))
    try:
        launch_for(world, north, "Aardvark ball", {ADA: "Ada Aardvark"})
    except WaitsForApproval as waiting:
        request_id = waiting.campaign_id
    resend_id = _ask_for_resend(world, campaign_id)
    page = PageOfMoment(
        path=f"/campaigns/{campaign_id}",
        query="",
        moment=world.app.ledger.reader.head(),
        campaign_id=campaign_id,
        contact_id=None,
    )
    permalink_id = identity.new_permalink_id()
    permalink = MakePermalink(
        permalink_id=permalink_id,
        page=page,
        expires_at=clock.now() + timedelta(days=30),
        shows_numbers=True,
        by=STAFF,
    )
    world.execute(permalink)
    world.catch_up()
    world.app.views.follow()
    delivery_id = world.delivery(campaign_id, ADA)
    streams = [
        campaign_id,
        delivery_id,
        draft_id,
        list_id,
        TEMPLATES,
        world.contact(ADA),
        request_id,
        permalink_id,
        resend_id,
    ]
    return District(
        world=world,
        north=north,
        south=south,
        campaign_id=campaign_id,
        beech_campaign_id=beech_id,
        places={
            "campaign_id": campaign_id,
            "delivery_id": delivery_id,
            "contact_id": world.contact(ADA),
            "draft_id": draft_id,
            "list_id": list_id,
            "template_id": template_id,
            "permalink_id": permalink_id,
            "resend_id": resend_id,
        },
        own_places={
            "campaign_id": beech_id,
            "delivery_id": world.delivery(beech_id, CLEO),
            "contact_id": world.contact(CLEO),
        },
        events=[
            *(world.last(stream_id).seq for stream_id in streams),
            world.app.ledger.reader.stream(world.contact(CLEO))[0].seq,
        ],
    )


def _ask_for_resend(world: World, campaign_id: str) -> str:
    """Ask for a resend to the contacts that failed; return the id of the request that waits."""
    world.catch_up()
    named = selection_at(world.app.views.position().seq, Selection(), include_unreachable=True)
    order = ResendOrder(
        campaign_id=campaign_id,
        delivery_ids=named_deliveries(world.app, campaign_id, named),
        request="req_resend",
        selection=named,
        include_unreachable=True,
    )
    try:
        resend(world.app.ledger, order, STAFF)
    except ResendWaitsForApproval as waiting:
        return waiting.resend_id
    raise AssertionError("The resend did not wait.")
