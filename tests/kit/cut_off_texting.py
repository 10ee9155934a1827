"""How each operation that concerns campaigns, drafts, lists and conversations is cut off."""

from collections.abc import Callable
from typing import Any

from kit.cut_off import Attempt, School, nothing, request
from kit.killed_request import ApiRequest
from kit.provider import provider_record
from kit.world import ADA, BEN, STAFF
from ledger.commands.launch_rules import SetApprovalLimit
from ledger.providers.contract import UnknownOutcome
from webapp.contact_lists import rename_list

CONTENT = {"name": "Fair", "message": "The fair is on Friday."}
CONTACTS = {"contacts": [{"phone": ADA, "name": "Ada"}]}
CSV = f"Name,Phone\nAda,{ADA}\n"


def act(name: str, undo: str | None = None) -> Callable[[School], Attempt]:
    """An act on a campaign, and the one that ends it."""

    def attempt(school: School) -> Attempt:
        campaign_id = school.campaign()
        if name == "resume":
            school.world.pause(campaign_id)
        path = f"/campaigns/{campaign_id}"
        undone = (lambda: school.post(f"{path}/{undo}", {})) if undo else nothing
        return Attempt(request(f"{path}/{name}", {}), undone)

    return attempt


def resend(school: School) -> Attempt:
    campaign_id = school.failed()
    path = f"/campaigns/{campaign_id}"
    seq = school.api.get(f"{path}/resend-plan").json["seq"]

    def fails_again() -> None:
        school.world.send()
        for phone in (ADA, BEN):
            school.fail(campaign_id, phone, turn=2)
        school.world.catch_up()

    return Attempt(request(f"{path}/resend", {"seq": seq}), fails_again)


def replaced_list(school: School) -> Attempt:
    path = f"/lists/replace?list_id={made_list(school)}"
    return Attempt(ApiRequest(path=path, csv=CSV))


def made_list(school: School, name: str = "Families") -> str:
    made = ApiRequest(path=f"/lists?name={name}", csv=CSV, key=name).send(school.api)
    assert made.status_code == 201, made.text
    school.world.catch_up()
    return made.json["id"]


def renamed_list(school: School) -> Attempt:
    path = f"/lists/{made_list(school)}/name"
    other = ApiRequest(path=path, json={"name": "Guardians"}, method="PUT", key="another")

    def renamed_again() -> None:
        other.send(school.api)
        school.world.catch_up()

    return Attempt(request(path, {"name": "Parents"}, "PUT"), renamed_again)


def conversation(name: str, json: Any = None) -> Callable[[School], Attempt]:
    def attempt(school: School) -> Attempt:
        school.campaign()
        school.world.inbound("When is the bus?")
        school.world.catch_up()
        path = f"/conversations/{school.world.contact()}/{name}"

        def undone() -> None:
            school.world.inbound("And when is the late one?", sid="SMlate")
            school.world.opt_out()

        return Attempt(request(path, json), undone)

    return attempt


def assigned(school: School) -> Attempt:
    school.campaign()
    school.world.inbound("When is the bus?")
    school.world.catch_up()
    path = f"/conversations/{school.world.contact()}/assign"
    order = {"assignee": school.sam()}
    return Attempt(request(path, order), lambda: school.post(path, {"assignee": None}))


def decided(school: School) -> Attempt:
    world = school.world
    school.provider.will_answer(ADA, UnknownOutcome(cause="no readable answer"))
    campaign_id = school.campaign(ADA)
    records = [provider_record(world.clock.now(), sid=sid) for sid in ("SM77", "SM78")]
    school.provider.records[ADA] = records
    world.clock.advance(minutes=1)
    world.send()
    world.catch_up()
    (text,) = school.api.get("/decisions").json["items"]
    path = f"/deliveries/{world.delivery(campaign_id)}/decide"
    return Attempt(request(path, {"decision": "let_be", "seq": text["seq"]}))


def changed_draft(school: School) -> Attempt:
    path = f"/drafts/{school.post('/drafts', CONTENT)['id']}"
    again = ApiRequest(path=path, json=CONTENT | {"name": "B"}, method="PUT", key="another")
    return Attempt(request(path, CONTENT | {"name": "A"}, "PUT"), lambda: again.send(school.api))


def discarded_draft(school: School) -> Attempt:
    return Attempt(request(f"/drafts/{school.post('/drafts', CONTENT)['id']}", None, "DELETE"))


def launched_draft(school: School) -> Attempt:
    draft_id = school.post("/drafts", CONTENT)["id"]
    return Attempt(request(f"/drafts/launch?draft_id={draft_id}", CONTACTS))


def followed_up(school: School) -> Attempt:
    path = f"/campaigns/{school.failed()}"
    seq = school.api.get(f"{path}/parts").json["seq"]
    order = {"part": "failed", "seq": seq, "message": "Hello"}
    return Attempt(request(f"{path}/follow-up", order))


def forgotten(school: School) -> Attempt:
    school.campaign()

    def texted_again() -> None:
        school.world.launch([ADA], name="Another")
        school.world.catch_up()

    return Attempt(request("/forgettings", {"phone": ADA}), texted_again)


def asked_launch(school: School) -> str:
    school.world.execute(SetApprovalLimit(STAFF, 0))
    waiting = school.api.post("/campaigns", CONTENT | CONTACTS)
    assert waiting.status_code == 202, waiting.text
    return waiting.json["campaign_id"]


def approved_launch(school: School) -> Attempt:
    path, sam = f"/launch-requests/{asked_launch(school)}/approve", school.sam()
    return Attempt(request(path), token=school.token_of(sam))


def refused_launch(school: School) -> Attempt:
    path, sam = f"/launch-requests/{asked_launch(school)}/refuse", school.sam()
    return Attempt(request(path, {"reason": "No"}), token=school.token_of(sam))


def asked_resend(school: School) -> str:
    campaign_id = school.failed()
    school.world.execute(SetApprovalLimit(STAFF, 1))
    path = f"/campaigns/{campaign_id}"
    seq = school.api.get(f"{path}/resend-plan").json["seq"]
    return school.api.post(f"{path}/resend", {"seq": seq}).json["resend_id"]


def approved_resend(school: School) -> Attempt:
    path, sam = f"/resend-requests/{asked_resend(school)}/approve", school.sam()
    return Attempt(request(path), token=school.token_of(sam))


def refused_resend(school: School) -> Attempt:
    path, sam = f"/resend-requests/{asked_resend(school)}/refuse", school.sam()
    return Attempt(request(path, {"reason": "No"}), token=school.token_of(sam))


def created_list(school: School) -> Attempt:
    def renamed_and_its_name_given_away() -> None:
        (row,) = school.world.app.contact_lists.all()
        rename_list(school.world.app, row.list_id, "Parents", STAFF)
        school.world.catch_up()
        made_list(school, "Staff")

    return Attempt(ApiRequest(path="/lists?name=Staff", csv=CSV), renamed_and_its_name_given_away)


def made_template(school: School) -> str:
    return f"/templates/{school.post('/templates', CONTENT)['id']}"


def changed_template(school: School) -> Attempt:
    path = made_template(school)
    changed = CONTENT | {"message": "School is closed."}
    return Attempt(request(path, changed, "PUT"), lambda: school.post(f"{path}/archive"))


ATTEMPTS: dict[str, Callable[[School], Attempt]] = {
    "pauseCampaign": act("pause", "resume"),
    "resumeCampaign": act("resume", "pause"),
    "closeCampaign": act("close"),
    "archiveCampaign": act("archive"),
    "recallCampaign": act("recall"),
    "resendCampaign": resend,
    "launchCampaign": lambda _school: Attempt(request("/campaigns", CONTENT | CONTACTS)),
    "createTemplate": lambda _school: Attempt(request("/templates", CONTENT)),
    "changeTemplate": changed_template,
    "archiveTemplate": lambda school: Attempt(request(f"{made_template(school)}/archive")),
    "createContactList": created_list,
    "replaceContactList": replaced_list,
    "renameContactList": renamed_list,
    "deleteContactList": lambda school: Attempt(
        request(f"/lists/{made_list(school)}", None, "DELETE")
    ),
    "finishConversation": conversation("done"),
    "assignConversation": assigned,
    "sendReply": conversation("replies", {"text": "At nine."}),
    "decide": decided,
    "createDraft": lambda _school: Attempt(request("/drafts", CONTENT)),
    "cloneCampaign": lambda school: Attempt(
        request("/drafts/clone", {"campaign_id": school.campaign()})
    ),
    "changeDraft": changed_draft,
    "discardDraft": discarded_draft,
    "launchDraft": launched_draft,
    "makeReport": lambda school: Attempt(request(f"/campaigns/{school.campaign()}/reports", {})),
    "exportEvents": lambda _school: Attempt(request("/events/exports", {"form": "ndjson"})),
    "makeBundle": lambda school: Attempt(request("/bundles", {"campaign_id": school.campaign()})),
    "followUpCampaign": followed_up,
    "forgetContact": forgotten,
    "approveLaunch": approved_launch,
    "refuseLaunch": refused_launch,
    "approveResend": approved_resend,
    "refuseResend": refused_resend,
}
"""Operation → how it is tried."""
