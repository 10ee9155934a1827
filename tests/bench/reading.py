"""What staff ask for: a page of contacts at any depth, and the counts of the past."""

from collections.abc import Callable, Iterator

from flask import Flask
from flask.testing import FlaskClient

from bench.measuring import Figure, Reach, figure, in_turn, middle, times
from bench.setting import Setting, opened
from kit.staff import Staff
from kit.world import World

_DEPTHS = (0, 0.1, 0.5, 0.99)
_SLOWEST = 300.0


def run(setting: Setting) -> Iterator[Figure]:
    """The lines of this benchmark; on SQLite."""
    yield from _pages(setting)
    yield from _counts(setting)


def _pages(setting: Setting) -> Iterator[Figure]:
    large, scale = setting.large, setting.scale
    with opened(large.url) as world:
        world.app.views.catch_up()
        client, works = Staff(world).client, {"empty": _asking(_empty_client(), "/", scale.pages)}
        for depth in _DEPTHS:
            after = int(depth * scale.contacts)
            place = f"/campaigns/{large.campaign_id}?after={after}"
            works[f"page {depth:.0%}"] = _asking(client, place, scale.pages)
            works[f"rows {depth:.0%}"] = _querying(world, large.campaign_id, after, scale.pages)
        rounds = in_turn(works, scale.rounds)
    empty = rounds.pop("empty")
    for name, seconds in rounds.items():
        kind, _, depth = name.partition(" ")
        what = f"contacts page of 50 at a depth of {depth} of {scale.contacts:,}"
        what += ", its rows alone" if kind == "rows" else ", whole"
        how = "the query" if kind == "rows" else "by Flask's test client, signed in"
        each = [1000 * middle(found) / scale.pages for found in (seconds, empty)]
        told = f"{each[0]:.1f} ms against {each[1]:.2f} ms, {how}"
        reach = Reach(4, is_most=True)
        yield figure(what, "an empty Flask handler", reach, times(seconds, empty), told)


def _querying(world: World, campaign_id: str, after: int, count: int) -> Callable[[int], None]:
    def ask(_number: int) -> None:
        for _ in range(count):
            world.app.status.page(campaign_id, after=after)

    return ask


def _asking(client: FlaskClient, place: str, count: int) -> Callable[[int], None]:
    def ask(_number: int) -> None:
        for _ in range(count):
            answer = client.get(place)
            assert answer.status_code == 200, answer.text

    return ask


def _empty_client() -> FlaskClient:
    app = Flask(__name__)
    app.add_url_rule("/", view_func=lambda: "")
    return app.test_client()


def _counts(setting: Setting) -> Iterator[Figure]:
    built, scale = setting.built, setting.scale
    seqs = {"half of the events": built.events // 2, "all events": built.events}
    with opened(built.url) as world:
        world.app.views.catch_up()

        def count(seq: int) -> Callable[[int], None]:
            def ask(_number: int) -> None:
                world.app.status.as_of(seq).campaign(built.campaign_ids[0])

            return ask

        rounds = in_turn({name: count(seq) for name, seq in seqs.items()}, scale.rounds)
    for name, seconds in rounds.items():
        what = f"counts of a campaign of {scale.deliveries:,} as of {name}"
        reach = Reach(_SLOWEST, "ms", is_most=True)
        told = f"a ledger of {built.events:,} events"
        yield figure(what, "–", reach, [1000 * s for s in seconds], told)
