"""The words of a search of the audit trail: in the box of the page, and after the command."""

import re
from datetime import UTC, datetime
from html import unescape

import pytest

from kit.staff import NAME, words_of
from kit.world import ADA, BEN, STAFF
from ledger.errors import BadInput
from ledger.store.search import Kind
from webapp.audit.names import AuditNames
from webapp.audit.query import AuditQuery, SeqRange
from webapp.audit.words import read_arguments, read_words
from webapp.audit.words import words_of as words_of_query

UNKNOWN = "+14155550177"


def tell(world):
    campaign_id = world.launch([ADA, BEN], name="Winter coats 2026")
    world.send()
    world.catch_up()
    return campaign_id


@pytest.fixture
def read(world, campaign):
    """Read words as the page does."""
    return lambda words: read_words(words, AuditNames(world.app), world.clock.now())


@pytest.fixture
def refusal(read):
    """The sentence that refuses the words."""

    def sentence(words):
        with pytest.raises(BadInput) as error:
            read(words)
        return str(error.value)

    return sentence


def search(staff, words, path="/audit"):
    """Write the words into the box of the page, and post it."""
    return staff.press(path, q=words)


def seqs(html):
    return [int(seq) for seq in re.findall(r'id="event-(\d+)"', html)]


def test_each_word_is_read(world, read, campaign):
    ada = (world.contact(ADA),)
    day = datetime(2026, 2, 23, tzinfo=UTC)
    cases = {
        'type:"Campaign closed"': AuditQuery(type=("CampaignClosed",)),
        "type:CampaignClosed": AuditQuery(type=("CampaignClosed",)),
        "type:opted": AuditQuery(type=("ContactOptedOut", "ContactOptedIn")),
        'actor:"the sender"': AuditQuery(actor="sender"),
        "actor:twilio": AuditQuery(actor="twilio"),
        f"actor:{STAFF}": AuditQuery(actor=STAFF),
        'campaign:"winter COATS 2026"': AuditQuery(campaign=campaign),
        "campaign:coats": AuditQuery(campaign=campaign),
        f"campaign:{campaign}": AuditQuery(campaign=campaign),
        "campaign:replies": AuditQuery(campaign=world.app.ledger.identity.replies_campaign_id()),
        'contact:"ada lovelace"': AuditQuery(contact=ada),
        "contact:lovelace": AuditQuery(contact=ada),
        f"contact:{ada[0]}": AuditQuery(contact=ada),
        'number:"(415) 555-0101"': AuditQuery(contact=ada),
        "number:+14155550101": AuditQuery(contact=ada),
        "delivery:del_1": AuditQuery(delivery="del_1"),
        "request:7f3a9c5d20b14e68": AuditQuery(request="7f3a9c5d20b14e68"),
        "sid:SM1 code:30003": AuditQuery(sid="SM1", code="30003"),
        'after:"23 Feb"': AuditQuery(since=day),
        "before:2026-02-23": AuditQuery(until=day),
        "after:#41": AuditQuery(seq=SeqRange(42)),
        "before:41 after:1": AuditQuery(seq=SeqRange(2, 40)),
        "seq:10..90": AuditQuery(seq=SeqRange(10, 90)),
        "seq:1,010..": AuditQuery(seq=SeqRange(1010)),
        "seq:..90": AuditQuery(seq=SeqRange(1, 90)),
        "#41": AuditQuery(seq=SeqRange(41, 41)),
        "is:late routine:no": AuditQuery(kind=Kind.LATE, leaves_out_routine=True),
        "is:access": AuditQuery(kind=Kind.ACCESS),
        "access:yes": AuditQuery(access=True),
        "access:NO": AuditQuery(access=False),
        'contact:"Ada Lovelace': AuditQuery(contact=ada),
        "": AuditQuery(),
    }
    assert {words: read(words) for words in cases} == cases


def test_words_of_a_shell_need_no_quotes(world, read, campaign):
    arguments = ["type:Campaign closed", 'campaign:"Winter coats 2026" seq:1..9', "after:23 Feb"]
    query = read_arguments(arguments, AuditNames(world.app), world.clock.now())
    assert query == read('type:"Campaign closed" campaign:coats seq:1..9 after:"23 Feb"')


def test_what_is_read_can_be_written_and_read_again(world, read):
    words = (
        'type:"Contact opted out, Contact opted in" actor:"The sender" '
        'campaign:"Winter coats 2026" contact:"Ada Lovelace" sid:SM1 code:30003 '
        'after:"2026-02-23T00:00:00" before:"2026-02-24T08:30:00" seq:10..90 is:late routine:no'
    )
    query = read(words)
    assert words_of_query(query, AuditNames(world.app)) == words
    assert AuditQuery.of(query.parameters()) == query


def test_a_wrong_word_is_refused_with_the_right_ones(refusal):
    words = (
        "The words are type:, actor:, campaign:, contact:, number:, delivery:, sid:, code:, "
        "request:, after:, before:, seq:, is:, access:, routine:."
    )
    assert refusal("sidd:SM1") == (f"“sidd:” is no word of this search. Did you mean sid:? {words}")
    assert refusal("xyz:1") == f"“xyz:” is no word of this search. {words}"
    assert refusal("Ada") == f"Write a word before “Ada”, such as contact:Ada. {words}"


def test_what_follows_a_word_is_refused_where_it_means_nothing(refusal):
    assert refusal("sid:SM1 sid:SM2") == "sid: stands in the search twice. Write it once."
    assert refusal('code:""') == "Nothing follows code: Write, for example, code:30003."
    assert refusal("seq:ten") == (
        "“ten” is not a range of events. Write seq:41, seq:10..90 or seq:10.."
    )
    assert (
        refusal("is:early") == "“early” does not follow is: Write is:late, is:stray or is:access."
    )
    assert refusal("after:tuesday").startswith("“tuesday” is not a moment.")
    assert refusal("type:nonsense").startswith("“nonsense” is no type of event. The types are ")
    assert refusal("campaign:summer") == (
        "There is no campaign “summer”. Write a part of its name, or its id."
    )
    assert refusal("contact:zoe") == (
        "Nobody called “zoe” was texted. Write a part of the name, or number: and the number."
    )
    assert refusal("actor:zoe") == (
        "Nobody called “zoe” has acted here. There are: Somebody unknown, The "
        "identity provider, The retention rule, The sender, Twilio."
    )


def test_a_number_that_nobody_has_is_named_by_its_end_only(refusal):
    assert refusal(f"number:{UNKNOWN}") == (
        "No event fits. The number ends in 0177 and was never texted or heard of."
    )
    assert refusal("number:415") == (
        "What follows number: cannot be read: the number is too short."
    )


def test_times_bound_the_events_that_were_recorded_between_them(world, campaign):
    first = world.clock.now()
    world.clock.advance(hours=1)
    world.opt_out(ADA)
    reader = world.app.ledger.reader
    opted_out = world.last(world.contact(ADA)).seq
    since = AuditQuery(since=world.clock.now()).search(reader)
    until = AuditQuery(until=world.clock.now()).search(reader)
    assert min(event.seq for event in reader.search(since)) == opted_out
    assert max(event.seq for event in reader.search(until)) == opted_out - 1
    nothing = AuditQuery(since=first, until=first).search(reader)
    assert reader.search(nothing) == []
    earliest = AuditQuery(until=datetime.min.replace(tzinfo=UTC)).search(reader)
    assert reader.search(earliest) == []


def test_an_address_that_is_no_search_is_refused(staff):
    for query in ("seq=abc", "since=x", "until=x", "is=early", "before=x"):
        assert staff.open(f"/audit?{query}").status_code == 422, query


# The box of the page.


def test_a_number_that_is_searched_stands_in_no_address(world, staff, campaign):
    answer = search(staff, f"number:{ADA} type:started")
    assert (answer.status_code, answer.location) == (
        303,
        f"/audit?type=AttemptStarted&contact={world.contact(ADA)}",
    )
    page = staff.open(answer.location).text
    started = world.app.ledger.reader.stream(world.delivery(campaign))[1]
    assert seqs(page) == [started.seq]
    assert 'value="type:&#34;Attempt started&#34; contact:&#34;Ada Lovelace&#34;"' in page


def test_a_wrong_word_is_said_beside_the_box_which_keeps_its_words(staff, campaign):
    answer = search(staff, "campain:coats")
    assert answer.status_code == 422
    assert "Did you mean campaign:?" in words_of(answer.text)
    assert 'value="campain:coats"' in answer.text


def test_one_of_several_campaigns_of_a_name_is_chosen_and_kept(world, staff, campaign):
    again = world.launch([ADA], name="Winter coats 2026")
    world.catch_up()
    answer = search(staff, "campaign:coats type:launched")
    assert answer.status_code == 422
    assert "2 campaigns fit campaign:“coats”. Choose one, or write more of the name." in unescape(
        answer.text
    )
    assert re.findall(r'name="campaign" value="(cam_\w+)">Winter', answer.text) == [again, campaign]
    chosen = staff.press("/audit", q="campaign:coats type:launched", campaign=campaign)
    assert chosen.location == f"/audit?type=CampaignLaunched&campaign={campaign}"
    kept = search(staff, 'campaign:"Winter coats 2026" type:created', chosen.location)
    assert f"campaign={again}" not in (kept.location or "")


def test_the_lists_keep_what_only_the_box_can_say(staff, campaign):
    page = staff.open(f"/audit?sid=SM1&seq=3..9&campaign={campaign}").text
    form = page.partition('<form class="filters"')[2].partition("</form>")[0]
    hidden = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form)
    assert hidden == [("sid", "SM1"), ("seq", "3..9")]


def test_a_search_of_the_past_stays_there(world, staff, campaign):
    then = world.app.ledger.reader.head() - 1
    page = staff.open(f"/audit?as_of={then}").text
    action = re.findall(r'<form class="search query-box"[^>]*action="([^"]*)"', page)
    answer = search(staff, "campaign:coats", action[0])
    assert answer.location == f"/audit?campaign={campaign}&as_of={then}"


# Whom events concern.


def test_what_concerns_a_person_names_them(world, staff, campaign):
    sent = world.app.ledger.reader.head()
    world.inbound("Thank you", BEN)
    world.opt_out(ADA)
    world.inbound("Who is this?", UNKNOWN, sid="SMother")
    world.forget(ADA)
    words = staff.read(f"/audit?seq={sent + 1}..")
    assert "A text came in Ben Okri" in words
    assert "A text came in Number ending 0177" in words
    assert "Opted out by staff Forgotten contact" in words
    assert "Forgotten: personal data destroyed Forgotten contact" in words


def test_a_reply_is_a_reply_and_no_campaign_of_one_contact(world, staff, campaign):
    world.inbound("When is it?", ADA)
    staff.press(f"/conversations/{world.contact(ADA)}", words="At nine.")
    words = staff.read("/audit?campaign=" + world.app.ledger.identity.replies_campaign_id())
    assert f"Reply to Ada Lovelace Ada Lovelace Replies of staff {NAME}" in words
    assert "Replies of staff began none Replies of staff" in words


# Shorter lists.


def test_the_events_of_a_delivery_stand_together(world, staff, campaign):
    world.callback(world.delivery(campaign))
    reader = world.app.ledger.reader
    ada = [recorded.seq for recorded in reader.stream(world.delivery(campaign))][::-1]
    page = staff.open("/audit?view=grouped").text
    assert seqs(page)[:4] == ada
    assert "3 earlier of this delivery" in page
    assert sorted(seqs(page)) == list(range(1, reader.head() + 1))


def test_routine_events_are_left_out(world, staff, campaign):
    world.callback(world.delivery(campaign), status="sent")
    world.callback(world.delivery(campaign), status="undelivered", code=30006)
    topics = [
        world.app.ledger.reader.event(s).topic for s in seqs(staff.open("/audit?routine=no").text)
    ]
    assert topics == [
        "CallbackReceived",
        "SendingAccountSet",
        "CampaignLaunched",
        "CampaignCreated",
    ]


def test_late_and_stray_callbacks_have_their_own_lists(world, staff, campaign):
    ada = world.delivery(campaign)
    world.callback(ada)
    world.callback(ada, status="sent")
    late = world.last(ada).seq
    world.callback(ada, token="wrong", sid="SMstray")
    stray = world.app.ledger.reader.head()
    world.archive(campaign)
    world.callback(world.delivery(campaign, BEN))
    after_archive = world.app.ledger.reader.head()
    assert seqs(staff.open("/audit?is=late").text) == [after_archive, late]
    assert seqs(staff.open("/audit?is=stray").text) == [stray]


def test_new_events_are_counted_and_move_no_row(world, staff, campaign):
    page = staff.open("/audit?type=ContactOptedOut").text
    head = world.app.ledger.reader.head()
    (address,) = re.findall(r'data-live="([^"]+)"', page)
    assert unescape(address) == f"/audit?type=ContactOptedOut&new={head}"
    unchanged = staff.open(unescape(address), headers={"X-Live": "1"}).text
    assert unchanged.startswith('<div data-block="audit-new"></div>')
    world.opt_out(ADA)
    new = staff.open(unescape(address), headers={"X-Live": "1"}).text
    assert words_of(new) == "1 new event. Show"
    assert 'href="/audit?type=ContactOptedOut"' in new
    assert "audit-new" not in staff.open("/audit?before=5").text
    assert "audit-new" not in staff.open("/audit?as_of=5").text
