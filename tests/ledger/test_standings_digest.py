"""The digest of all standings: the standing itself, folded from columns, in one fixed encoding."""

import hashlib

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from ledger.clock import from_microseconds
from ledger.domain.standing import Fact, Stage, Standing, rank
from ledger.domain.vocabulary import Reason
from ledger.proof.standings_digest import FACT_COLUMNS, Standings, digest_of
from ledger.proof.verify import Standings as AuditorsStandings

facts = st.builds(
    lambda delivery, turn, stage, code, next_at: {
        "topic": "CallbackReceived",
        "campaign_id": f"cam_{delivery % 2}",
        "delivery_id": f"del_{delivery}",
        "turn": turn,
        "rank": rank(turn, stage),
        "code": code,
        "reason": Reason.UNKNOWN if code else None,
        "next_at": next_at,
    },
    st.integers(0, 3),
    st.integers(1, 3),
    st.sampled_from(Stage),
    st.sampled_from([None, "30003", "30008"]),
    st.sampled_from([None, 5_000_000]),
)


def archived(campaign: str) -> dict:
    return {"topic": "CampaignArchived", "campaign_id": campaign}


def digests(events: list[dict]) -> list[bytes]:
    standings = Standings()
    standings.take(tuple(event.get(name) for name in FACT_COLUMNS) for event in events)
    return list(standings.digests().values())


def as_defined(events: list[dict]) -> list[bytes]:
    """The same by the ledger's own standing, one campaign after the other."""
    found: dict[str, dict[str, Standing]] = {}
    for e in events:
        at = e["next_at"] and from_microseconds(e["next_at"])
        fact = Fact(turn=e["turn"], rank=e["rank"], code=e["code"], reason=e["reason"], next_at=at)
        campaign = found.setdefault(e["campaign_id"], {})
        before = campaign.get(e["delivery_id"])
        campaign[e["delivery_id"]] = before.with_fact(fact) if before else Standing.of(fact)
    return [hashlib.sha256(encoded(c, found[c])).digest() for c in sorted(found)]


def encoded(campaign: str, deliveries: dict[str, Standing]) -> bytes:
    lists = [
        [d, s.rank, s.code, s.reason, 5_000_000 if s.next_at else None, s.attempts]
        for d, s in sorted(deliveries.items())
    ]
    return b"".join(map(msgspec.msgpack.encode, [campaign, *lists]))


@given(st.lists(facts, max_size=30))
def test_the_digest_is_over_the_standings_as_the_ledger_defines_them(events):
    assert digests(events) == as_defined(events)


@given(st.lists(facts, max_size=30))
def test_the_bundles_verifier_computes_the_same_digest(events):
    auditors = AuditorsStandings()
    for event in [*events, archived("cam_1"), *events]:
        auditors.add({name: value for name, value in event.items() if value is not None})
    assert auditors.digests() == digests([*events, archived("cam_1"), *events])


@given(st.lists(facts, max_size=20), st.lists(facts, max_size=10))
def test_nothing_after_an_archive_counts(before, after):
    frozen = [archived("cam_0"), archived("cam_1")]
    assert digests([*before, *frozen, *after]) == digests(before)


@given(st.lists(facts, max_size=20), st.lists(facts, max_size=20))
def test_asking_midway_changes_nothing(first, second):
    standings = Standings()
    for part in (first, second):
        standings.take(tuple(event.get(name) for name in FACT_COLUMNS) for event in part)
        standings.digests()
    assert list(standings.digests().values()) == digests([*first, *second])


@given(st.lists(facts, max_size=40), st.lists(facts, max_size=10), st.sampled_from([1, 2, 3]))
def test_what_exceeds_memory_counts_as_well(before, after, most):
    standings = Standings(most_in_memory=most)
    for event in before:
        standings.take([tuple(event.get(name) for name in FACT_COLUMNS)])
        if event["code"]:
            standings.digests()
    frozen = [archived("cam_1"), *after]
    standings.take(tuple(event.get(name) for name in FACT_COLUMNS) for event in frozen)
    assert list(standings.digests().values()) == digests([*before, *frozen])


def test_no_deliveries_have_a_digest_as_well():
    assert digest_of(digests([])) == hashlib.sha256().digest()
