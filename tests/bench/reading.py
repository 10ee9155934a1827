"""What staff ask for: a page of contacts at any depth, other pages, and the counts of the past.

The large campaign has been texted in part: it has attempts, reports, bounces and open questions.
"""

from collections.abc import Callable, Iterator

from flask import Flask
from flask.testing import FlaskClient

from bench.measuring import Figure, Reach, figure, in_turn, middle, times
from bench.setting import Setting, opened
from kit.staff import Staff
from kit.world import World
from webapp.pages.sizes import PAGE_ROWS, SEARCH_ROWS

_DEPTHS = (0, 0.1, 0.5, 0.99)
_SLOWEST = 300.0
_SLOWEST_SEARCH = 50.0
_SEARCHES = ("family1234", "given family99", "0019", "4155 given7", "g")
_OTHERS = {
    "the list of campaigns": "/campaigns",
    "its failed contacts": "/campaigns/{campaign_id}?status=failed",
    "its conversations": "/campaigns/{campaign_id}/activity",
    "all conversations": "/conversations",
    "the decisions of staff": "/decisions",
    "what a pause will do": "/campaigns/{campaign_id}/pause",
    "what a resend will do": "/campaigns/{campaign_id}/resend",
}
"""Pages whose cost must not follow the size of the campaign either, and their addresses."""


def run(setting: Setting) -> Iterator[Figure]:
    """The lines of this benchmark; on SQLite."""
    yield from _pages(setting)
    yield from _people(setting)
    yield from _counts(setting)


def _pages(setting: Setting) -> Iterator[Figure]:
    large, scale = setting.busy, setting.scale
    with opened(large.url) as world:
        world.app.views.catch_up()
        client, works = Staff(world).client, {"empty": _asking(_empty_client(), "/", scale.pages)}
        for depth in _DEPTHS:
            after = int(depth * scale.contacts)
            what = f"contacts page of 50 at a depth of {depth:.0%} of {scale.contacts:,}"
            place = f"/campaigns/{large.campaign_id}?after={after}"
            works[f"{what}, whole"] = _asking(client, place, scale.pages)
            works[f"{what}, its rows alone"] = _querying(
                world, large.campaign_id, after, scale.pages
            )
        for what, address in _OTHERS.items():
            place = address.format(campaign_id=large.campaign_id)
            works[f"{what}, {scale.contacts:,} contacts"] = _asking(client, place, scale.pages)
        rounds = in_turn(works, scale.rounds)
    empty = rounds.pop("empty")
    for what, seconds in rounds.items():
        how = "the query" if what.endswith("alone") else "by Flask's test client, signed in"
        each = [1000 * middle(found) / scale.pages for found in (seconds, empty)]
        told = f"{each[0]:.1f} ms against {each[1]:.2f} ms, {how}"
        reach = Reach(4, is_most=True) if what.startswith("contacts page") else None
        yield figure(what, "an empty Flask handler", reach, times(seconds, empty), told)


def _people(setting: Setting) -> Iterator[Figure]:
    """The search over all campaigns, and the page of the numbers to fix."""
    large, scale = setting.busy, setting.scale
    with opened(large.url) as world:
        world.app.views.catch_up()
        world.app.views.follow()
        client = Staff(world).client

        def find(text: str) -> Callable[[int], None]:
            return lambda _number: world.app.people_search.find(text, SEARCH_ROWS) and None

        works = {f"people found by “{text}”": find(text) for text in _SEARCHES}
        rounds = in_turn(works, scale.rounds)
        listed = in_turn({"": _asking(client, "/numbers-to-fix", 1)}, scale.rounds)[""]
    for what, seconds in rounds.items():
        told = f"{scale.contacts:,} contacts, the query"
        reach = Reach(_SLOWEST_SEARCH, "ms", is_most=True)
        yield figure(what, "–", reach, [1000 * s for s in seconds], told)
    reach = Reach(_SLOWEST, "ms", is_most=True)
    what = f"the numbers to fix, of {scale.contacts:,} deliveries"
    yield figure(what, "–", reach, [1000 * s for s in listed], "by Flask's test client, signed in")


def _querying(world: World, campaign_id: str, after: int, count: int) -> Callable[[int], None]:
    def ask(_number: int) -> None:
        for _ in range(count):
            world.app.status.page(campaign_id, after=after, size=PAGE_ROWS)

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
