"""Rebuilds of all views, and the standings alone: against a bare scan, and the library's runner."""

from collections.abc import Iterator

import sqlalchemy as sa

from bench import stock
from bench.measuring import Figure, Reach, figure, in_turn, middle, times
from bench.setting import Setting, opened
from ledger.store.engine import reading
from projections.tables.facts import FactScope
from projections.tables.standings import standings_at

_SCAN = sa.text("SELECT count(*), sum(length(state)), sum(rank) FROM ledger.events NOT INDEXED")


def run(setting: Setting) -> Iterator[Figure]:
    """The lines of this benchmark; on SQLite."""
    built, scale = setting.built, setting.scale
    with opened(built.url) as world:
        app = world.app
        app.views.catch_up()

        def scan(_number: int) -> None:
            with reading(app.views.engine) as connection:
                assert connection.execute(_SCAN).one()[0] == built.events

        def standings(_number: int) -> None:
            with reading(app.views.engine) as connection:
                for campaign_id in built.campaign_ids:
                    found = standings_at(FactScope(campaign_id=campaign_id, until=built.events))
                    columns = found.subquery().c
                    query = sa.select(sa.func.count(), sa.func.sum(columns.rank))
                    assert connection.execute(query).one()[0] == scale.deliveries

        rounds = in_turn(
            {
                "scan": scan,
                "standings": standings,
                "rebuild": lambda _: app.views.rebuild(),
                "stock": lambda _: stock.project(
                    app.ledger, setting.new_url("SQLite"), scale.stock_events
                ),
            },
            scale.rounds,
        )
    enrolled = scale.deliveries * len(built.campaign_ids)
    what, scanned = f"rebuild of {built.events:,} events, all projections", middle(rounds["scan"])
    told = f"{middle(rounds['rebuild']):.1f} s against {scanned:.2f} s; {enrolled:,} unsealed"
    bare = "a bare scan of the events"
    yield figure(what, bare, Reach(0.1), times(rounds["scan"], rounds["rebuild"]), told)
    each = [seconds / scale.stock_events for seconds in rounds["stock"]]
    ratio = times(each, [seconds / built.events for seconds in rounds["rebuild"]])
    told = (
        f"per event, from {scale.stock_events:,} events: {1 / middle(each):,.0f} a second; "
        "one table of one column, SQLite, the same mapper"
    )
    yield figure(what, "the library's ProjectionRunner", Reach(500), ratio, told)
    told = (
        f"{middle(rounds['standings']):.2f} s against {scanned:.2f} s; every column of a standing"
    )
    ratio = times(rounds["scan"], rounds["standings"])
    yield figure(f"the standings of {built.events:,} events", bare, Reach(1), ratio, told)
