"""A large ledger, most of it archived: lost views, rebuilds and verifications, by commands.

Ratios are of processor time, which other programs on the machine change less than they do seconds.
"""

from collections.abc import Iterator
from pathlib import Path

from bench.building import build, text_contacts
from bench.measuring import Figure, Reach, figure
from bench.setting import Setting, opened
from bench.weighing import Weight, weigh
from kit.world import STAFF, environment
from ledger.commands.campaigns import ArchiveCampaign

_MEMORY = Reach(250, "MB", is_most=True)
_MEGABYTE = 1e6


def run(setting: Setting) -> Iterator[Figure]:
    """The lines of this benchmark; on SQLite. One campaign in five is not archived."""
    scale = setting.scale
    count = scale.large_campaigns
    built = build(setting.new_url("SQLite"), scale.deliveries, campaigns=count)
    with opened(built.url) as world:
        for campaign_id in built.campaign_ids[: count - count // 5]:
            world.execute(ArchiveCampaign(campaign_id, STAFF))
        world.app.checkpoints.make()
    yield from measure(built.url, setting.new_folder(), newer=scale.archived)


def measure(url: str, folder: Path, *, newer: int) -> Iterator[Figure]:
    """The lines for a ledger with a checkpoint; a campaign of `newer` contacts is added to it."""
    settings, ledger = environment(url), Path(url.removeprefix("sqlite:///"))
    views = ledger.with_name(f"{ledger.stem}.views.sqlite3")
    snapshot = views.with_name(f"{views.name}.snapshot")

    def command(*words: str) -> Weight:
        return weigh(settings, folder, *words)

    rebuilt = command("rebuild")
    command("rebuild", "--repair")
    verified, size = command("verify"), snapshot.stat().st_size / _MEGABYTE
    text_contacts(url, texted=0, archived=newer)
    command("checkpoint")
    with opened(url) as world:
        events = world.app.ledger.reader.head()
    new = command("verify", "--new")
    for file in views.parent.glob(f"{views.name}*"):
        if file != snapshot:
            file.unlink()
    filled = command("campaign", "list")
    checked = command("rebuild", "--check")
    whole = ledger.stat().st_size / _MEGABYTE
    what = f"lost views of {events:,} events, from the snapshot"
    yield _faster(what, filled, "`rebuild`", rebuilt)
    yield _faster(f"`verify --new` after {newer:,} contacts", new, "`verify`", verified)
    told = f"{size:,.0f} MB of {whole:,.0f} MB; names and indexes included"
    yield figure("size of the snapshot", "the ledger", None, [size / whole], told)
    weights = {
        "filling from the snapshot": filled,
        "`rebuild`": rebuilt,
        "`rebuild --check`": checked,
        "`verify`": verified,
        "`verify --new`": new,
    }
    for name, weight in weights.items():
        told = f"{weight.processor_seconds:.1f} s of processor time, {weight.seconds:.1f} s"
        yield figure(f"memory: {name}", "–", _MEMORY, [weight.megabytes], told)


def _faster(what: str, quick: Weight, against: str, slow: Weight) -> Figure:
    ratio = slow.processor_seconds / quick.processor_seconds
    told = (
        f"{quick.processor_seconds:.1f} s against {slow.processor_seconds:.1f} s of processor "
        "time, start of the program included"
    )
    return figure(what, against, Reach(5), [ratio], told)
