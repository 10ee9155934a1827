"""How each operation that concerns contacts, people, offices and settings is cut off."""

from collections.abc import Callable
from typing import Any

from kit.api import system_token
from kit.cut_off import Attempt, School, nothing, request
from kit.world import ADA
from ledger.domain.vocabulary import Role
from webapp.accounts.sessions import SessionOrigin

WEBHOOK = {"url": "https://sis.school.example/texts", "name": "PowerSchool"}


def launch_rules(school: School) -> Attempt:
    rules = {"approval_above": 5, "per_day": None, "per_month": None}
    others = rules | {"approval_above": 9}
    return Attempt(request("/launch-rules", rules), lambda: school.post("/launch-rules", others))


def held(school: School) -> Attempt:
    person = {"phone": ADA}
    school.campaign()
    return Attempt(
        request("/legal-holds", person | {"reason": "Case 12"}),
        lambda: school.post("/legal-holds/release", person),
    )


def released(school: School) -> Attempt:
    school.campaign()
    order = {"phone": ADA, "reason": "Case 12"}
    school.post("/legal-holds", order)
    return Attempt(
        request("/legal-holds/release", {"phone": ADA}), lambda: school.post("/legal-holds", order)
    )


def marked_fixed(school: School) -> Attempt:
    school.fail(school.campaign(), ADA, code=30006)
    school.world.catch_up()

    def fails_again() -> None:
        school.fail(school.campaign(ADA), ADA, code=30006)
        school.world.catch_up()

    return Attempt(request("/numbers-to-fix/fixed", {"phone": ADA}), fails_again)


def office_of(school: School) -> str:
    return f"/offices/{school.post('/offices', {'name': 'North'})['id']}"


def renamed_office(school: School) -> Attempt:
    path = f"{office_of(school)}/rename"
    return Attempt(
        request(path, {"name": "North High"}), lambda: school.post(path, {"name": "South"})
    )


def spending_of_office(school: School) -> Attempt:
    path, order = f"{office_of(school)}/spending", {"per_day": None, "per_month": None}
    return Attempt(request(path, order))


def opt_out(school: School) -> Attempt:
    school.campaign()
    return Attempt(request("/opt-outs", {"phone": ADA}), school.world.opt_in)


def opt_in(school: School) -> Attempt:
    school.campaign()
    school.world.opt_out()
    return Attempt(request("/opt-ins", {"phone": ADA}), school.world.opt_out)


def imported(school: School) -> Attempt:
    rows = {"opt_outs": [{"phone": ADA, "means": "letter"}]}
    return Attempt(request("/opt-outs/import", rows), school.world.opt_in)


def consent(school: School) -> Attempt:
    school.campaign()
    order = {"phone": ADA, "source": "Form", "given_at": "2026-01-02T10:31"}
    return Attempt(request("/consents", order), school.world.opt_out)


def possible_opt_out(decision: str) -> Callable[[School], Attempt]:
    def attempt(school: School) -> Attempt:
        school.campaign()
        school.world.inbound("I think I want these to stop maybe", ADA, "SMada")
        school.world.catch_up()
        order = {"contact_id": school.world.contact(), "message_sid": "SMada"}
        undone = school.world.opt_in if decision == "opt-out" else nothing
        decide = request("/possible-opt-outs/decide", order | {"decision": decision})
        return Attempt(decide, undone)

    return attempt


def accounted_for(school: School) -> Attempt:
    campaign_id = school.campaign()
    school.world.clock.advance(days=4)
    return Attempt(request(f"/campaigns/{campaign_id}/unconfirmed/account-for"))


def page_of(school: School) -> dict[str, Any]:
    campaign_id = school.campaign()
    return {"page": f"/campaigns/{campaign_id}?as_of={school.world.app.ledger.reader.head()}"}


def permalink(school: School) -> Attempt:
    return Attempt(request("/permalinks", page_of(school) | {"days": 7}))


def revoked_permalink(school: School) -> Attempt:
    link_id = school.post("/permalinks", page_of(school) | {"days": 7})["id"]
    return Attempt(request(f"/permalinks/{link_id}/revoke"))


def retention(school: School) -> Attempt:
    other = {"days": 400}
    return Attempt(request("/retention", {"days": 730}), lambda: school.post("/retention", other))


def sending(name: str, undo: str) -> Callable[[School], Attempt]:
    def attempt(school: School) -> Attempt:
        if name == "allow":
            school.world.stop_sending()
        undone = lambda: school.post(f"/sending/{undo}", {} if undo == "allow" else None)  # noqa: E731
        return Attempt(request(f"/sending/{name}", {} if name == "allow" else None), undone)

    return attempt


def person(
    name: str, json: Any = None, *, undo: str | None = None, undo_json: Any = None
) -> Callable[[School], Attempt]:
    """A change of Sam's account, and the one that undoes it."""

    def attempt(school: School) -> Attempt:
        path = f"/people/{school.sam(Role.STAFF)}"
        if name == "enable":
            school.post(f"{path}/disable")
        undone = (lambda: school.post(f"{path}/{undo}", undo_json)) if undo else nothing
        return Attempt(request(f"{path}/{name}", json), undone)

    return attempt


def added_person(school: School) -> Attempt:
    school.sam()
    return Attempt(request("/people", {"name": "Lee"}))


def removed_person(school: School) -> Attempt:
    return Attempt(request(f"/people/{school.sam(Role.STAFF)}", None, "DELETE"))


def offices_of_person(school: School) -> Attempt:
    path = f"/people/{school.sam(Role.STAFF)}/offices"
    school.post("/offices", {"name": "North"})
    return Attempt(
        request(path, {"offices": ["North"]}), lambda: school.post(path, {"offices": []})
    )


def ended_session(school: School) -> Attempt:
    sam, sessions = school.sam(Role.STAFF), school.world.app.accounts.sessions
    sessions.start("token", sam, 0, SessionOrigin())
    (session,) = sessions.of(sam)
    return Attempt(request(f"/people/{sam}/sessions/{session.session_id}", None, "DELETE"))


def revoked_token(school: School) -> Attempt:
    system_token(school.world, Role.STAFF, "Other")
    tokens = school.api.get("/tokens").json["items"]
    (token_id,) = [each["id"] for each in tokens if each["name"] == "Other"]
    return Attempt(request(f"/tokens/{token_id}/revoke"))


def webhook(
    name: str, json: Any = None, *, undo: str | None = None, undo_json: Any = None
) -> Callable[[School], Attempt]:
    """A change of an endpoint, and the one that undoes it."""

    def attempt(school: School) -> Attempt:
        path = f"/webhooks/{school.post('/webhooks', WEBHOOK)['id']}"
        if name == "resume":
            school.post(f"{path}/pause")
        undone = (lambda: school.post(f"{path}/{undo}", undo_json)) if undo else nothing
        return Attempt(request(f"{path}/{name}", json), undone)

    return attempt


def removed_webhook(school: School) -> Attempt:
    endpoint_id = school.post("/webhooks", WEBHOOK)["id"]
    return Attempt(request(f"/webhooks/{endpoint_id}", None, "DELETE"))


ATTEMPTS: dict[str, Callable[[School], Attempt]] = {
    "setLaunchRules": launch_rules,
    "placeLegalHold": held,
    "releaseLegalHold": released,
    "markNumberFixed": marked_fixed,
    "addOffice": lambda _school: Attempt(request("/offices", {"name": "North"})),
    "renameOffice": renamed_office,
    "closeOffice": lambda school: Attempt(request(f"{office_of(school)}/close")),
    "setSpendingOfOffice": spending_of_office,
    "importOptOuts": imported,
    "optOut": opt_out,
    "optIn": opt_in,
    "recordConsent": consent,
    "decidePossibleOptOut": possible_opt_out("opt-out"),
    "decidePossibleOptOut, dismissed": possible_opt_out("dismiss"),
    "accountForUnconfirmed": accounted_for,
    "makePermalink": permalink,
    "revokePermalink": revoked_permalink,
    "setRetention": retention,
    "stopSending": sending("stop", "allow"),
    "allowSending": sending("allow", "stop"),
    "addPerson": added_person,
    "changeRole": person("role", {"role": "auditor"}, undo="role", undo_json={"role": "approver"}),
    "setOffices": offices_of_person,
    "disablePerson": person("disable", undo="enable"),
    "enablePerson": person("enable", undo="disable"),
    "signOutPerson": person("sign-out"),
    "resetFactors": person("reset-factors"),
    "removePerson": removed_person,
    "endSession": ended_session,
    "revokeToken": revoked_token,
    "addWebhook": lambda _school: Attempt(request("/webhooks", WEBHOOK)),
    "pauseWebhook": webhook("pause", undo="resume"),
    "resumeWebhook": webhook("resume", undo="pause"),
    "replayWebhook": webhook("replay", {"since": 1}, undo="replay", undo_json={"since": 2}),
    "rotateWebhookSecret": webhook("rotate"),
    "chooseWebhookTypes": webhook(
        "types",
        {"types": ["campaign.completed"]},
        undo="types",
        undo_json={"types": ["delivery.status_changed"]},
    ),
    "removeWebhook": removed_webhook,
}
"""Operation → how it is tried."""
