"""Rebuilding, standings, pages and the past, against a bare scan and an empty handler."""

from collections.abc import Callable, Iterator
from functools import partial

import sqlalchemy as sa
from flask import Flask, Response

from bench import stock
from bench.measuring import Figure, Reach, figure, in_turn, middle, times
from bench.setting import Setting
from kit.world import World
from ledger.store.schema import events
from projections.shared.standings import Cut, standings_at

_DEPTHS = (0.0, 0.1, 0.5, 0.99)


def run(setting: Setting) -> Iterator[Figure]:
    """The lines of this benchmark."""
    built = setting.built
    with setting.world(built.url) as world:
        world.catch_up()
        yield from _rebuilding(setting, world)
        yield from _pages(setting, world, built.campaign_ids[0])
        yield _past(setting, world, built.campaign_ids[0])


def _rebuilding(setting: Setting, world: World) -> Iterator[Figure]:
    count = world.app.ledger.head()
    runner = stock.project(world.app.ledger, setting.new_url("SQLite"), setting.scale.stock_events)
    works = {
        "scan": lambda _: _scan(world),
        "standings": lambda _: _standings(world, setting.built.campaign_ids),
        "rebuild": lambda _: world.app.views.rebuild(),
    }
    rounds = in_turn(works, setting.scale.rounds)
    size = f"{count:,} events"
    ratio = times(rounds["scan"], rounds["standings"])
    speed = f"{size}; {count / middle(rounds['standings']):,.0f} events a second"
    yield figure("the standings of every delivery", "a bare scan", Reach(1), ratio, speed)
    ratio = times(rounds["scan"], rounds["rebuild"])
    speed = f"{size}; {count / middle(rounds['rebuild']):,.0f} events a second"
    yield figure("rebuild, every enrolment unsealed", "a bare scan", Reach(0.1), ratio, speed)
    per_event = runner / setting.scale.stock_events
    ratio = [per_event * count / each for each in rounds["rebuild"]]
    how = f"its runner over {setting.scale.stock_events:,} of them, per event"
    yield figure("the same", "the library's ProjectionRunner", Reach(500), ratio, how)


def _scan(world: World) -> None:
    query = sa.select(sa.func.count(), sa.func.sum(sa.func.length(events.c.state)))
    with world.app.ledger.recorder._engine.connect() as connection:
        connection.execute(query).one()


def _standings(world: World, campaign_ids: list[str]) -> None:
    head = world.app.ledger.head()
    with world.app.views.engine.connect() as connection:
        for campaign_id in campaign_ids:
            rows = standings_at(Cut(campaign_id=campaign_id, until=head)).subquery()
            connection.execute(sa.select(sa.func.count(), sa.func.sum(rows.c.rank))).one()


def _pages(setting: Setting, world: World, campaign_id: str) -> Iterator[Figure]:
    app = Flask("empty")
    app.get("/")(lambda: Response(status=204))
    client, scale = app.test_client(), setting.scale

    def empty(_: int) -> None:
        for _ in range(scale.pages):
            client.get("/")

    def page(depth: float) -> None:
        for _ in range(scale.pages):
            world.app.status.page(campaign_id, after=int(scale.deliveries * depth))

    works = {"empty": empty} | {str(depth): partial(_at, page, depth) for depth in _DEPTHS}
    rounds = in_turn(works, scale.rounds)
    for depth in _DEPTHS:
        ratio = times(rounds[str(depth)], rounds["empty"])
        how = f"the query, at {depth:.0%} of {scale.deliveries:,} contacts"
        what = "a page of 50 contacts"
        yield figure(what, "an empty Flask handler", Reach(4, is_most=True), ratio, how)


def _at(page: Callable[[float], None], depth: float, _round: int) -> None:
    page(depth)


def _past(setting: Setting, world: World, campaign_id: str) -> Figure:
    until = world.app.ledger.head() * 3 // 4
    then = world.app.status.as_of(until)

    def count(_: int) -> None:
        then.campaign(campaign_id)

    rounds = in_turn({"counts": count}, setting.scale.rounds)
    found = [1000 * seconds for seconds in rounds["counts"]]
    how = f"a campaign of {setting.scale.deliveries:,} contacts, as of #{until:,}"
    return figure("counts as of a past event", "–", Reach(300, "ms", is_most=True), found, how)
