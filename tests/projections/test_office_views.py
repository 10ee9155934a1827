"""What the views show of one office: campaigns, people, texts and the answers to them."""

import pytest

from kit.offices import add_office, launch_for
from kit.world import ADA, BEN, CLEO, World
from ledger.domain.offices import Scope
from ledger.errors import NotFound


@pytest.mark.both_databases
def test_a_scope_shows_its_campaigns_people_and_texts_now_and_then(world: World) -> None:
    north, south = add_office(world, "North"), add_office(world, "South")
    fair = launch_for(world, north, "Fair", {ADA: "Ada North", CLEO: "Cleo North"})
    world.send()
    world.inbound("to north", CLEO, sid="SM1")
    ball = launch_for(world, south, "Ball", {BEN: "Ben South", CLEO: "Cleo South"})
    world.send()
    world.inbound("to south", CLEO, sid="SM2")
    world.launch([BEN], name="District day")
    world.catch_up()
    scoped = world.app.within(Scope(frozenset({south})))
    cleo, head = world.contact(CLEO), world.app.ledger.reader.head()
    for status in (scoped.status, scoped.status.as_of(head)):
        assert [campaign.name for campaign in status.campaigns()] == ["Ball"]
        assert [row.name for row in status.contacts(ball)] == ["Ben South", "Cleo South"]
        assert status.contacts(fair) == []
        assert [row.campaign_id for row in status.deliveries_to(cleo)] == [ball]
        with pytest.raises(NotFound):
            status.contact(world.delivery(fair, CLEO))
    for names in (scoped.names, scoped.names.as_of(head)):
        people = names.people([world.contact(ADA), cleo])
        assert [person.name for person in people.values()].count("Cleo South") == 1
        assert [person.phone for person in people.values()].count("") == 1
    for conversations in (scoped.conversations, scoped.conversations.as_of(head)):
        texts = [(row.body, row.is_of_other_office) for row in conversations.conversation(cleo)]
        assert texts == [
            ("", True),
            ("", True),
            ("Ball: hello Cleo", False),
            ("to south", False),
        ]
        listed = conversations.conversations(size=10).rows
        assert {row.name for row in listed} == {"Ben South", "Cleo South"}
        assert conversations.correspondent(world.contact(ADA)) is None
