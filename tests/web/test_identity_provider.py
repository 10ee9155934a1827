"""Signing in by an identity provider, against a small one that answers over HTTP."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from werkzeug.test import TestResponse

from kit.accounts import add_account, disable, set_password
from kit.identity_provider import CLIENT, SECRET, IdentityProvider, identity_provider
from kit.sign_in import CHEAP, PASSWORD, Browser
from kit.world import World
from ledger.domain.events import AccountEvent
from ledger.domain.people import STREAM
from ledger.domain.vocabulary import Role
from ledger.errors import BadSetting, Refused
from webapp.accounts import Accounts
from webapp.accounts.hashing import PasswordHasher
from webapp.app import create_app
from webapp.people import People
from webapp.settings import read_settings
from webapp.sign_in_settings import OidcSettings, SignInSettings, TwoFactorPolicy

ROLES = {"ledger-admins": Role.ADMIN, "teachers": Role.VIEWER, "office": Role.STAFF}


class Visitor(Browser):
    """Somebody in front of the real pages of a ledger that has a provider."""

    def __init__(
        self,
        world: World,
        provider: IdentityProvider,
        *,
        is_only: bool = False,
        policy: TwoFactorPolicy = TwoFactorPolicy.OPTIONAL,
    ) -> None:
        oidc = OidcSettings(
            issuer=provider.issuer,
            client_id=CLIENT,
            client_secret=SECRET,
            roles=ROLES,
            groups_claim="groups",
            name="the school login",
            is_only=is_only,
        )
        settings = replace(world.app.settings, sign_in=SignInSettings(two_factor=policy, oidc=oidc))
        application = replace(world.app, settings=settings)
        application.accounts.hasher = PasswordHasher(CHEAP)
        super().__init__(create_app(application).test_client())
        self.provider, self.accounts = provider, application.accounts

    def come(self, subject: str = "1", name: str = "ortiz", **claims: object) -> TestResponse:
        """Sign in at the provider, and come back."""
        sent = self.open("/sign-in/provider?next=/account")
        assert sent.status_code == 302, sent.text
        claims = {"preferred_username": name, "groups": ["ledger-admins"], **claims}
        return self.open(self.provider.send_back(sent.headers["Location"], subject, **claims))

    def role(self, name: str = "ortiz") -> Role:
        return self.accounts.known(name).access.role


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    with identity_provider() as running:
        yield running


@pytest.fixture
def visitor(recording_world: World, provider: IdentityProvider) -> Visitor:
    return Visitor(recording_world, provider)


def changes(world: World) -> list[tuple[str, str]]:
    events: list[AccountEvent] = [e.event for e in world.app.ledger.reader.stream(STREAM)]
    return [(event.topic, event.actor) for event in events]


def test_the_first_sign_in_makes_an_account_with_the_role_of_the_group(recording_world, visitor):
    add_account(visitor.accounts, "A. Admin")
    answer = visitor.come(groups=["teachers", "office", "others"])
    assert answer.headers["Location"] == "/account"
    page = visitor.open("/account").text
    assert "ortiz" in page
    assert "Linked: it signs you in here" in page
    assert visitor.role() is Role.STAFF
    assert changes(recording_world) == [("AccountAddedByProvider", "identity_provider")]
    recording_world.app.access_recorder.wait()
    signed_in = [
        e.event.means for e in recording_world.app.ledger.reader.events() if e.topic == "SignedIn"
    ]
    assert signed_in == ["provider"]


@pytest.mark.both_databases
def test_the_role_follows_the_groups_and_the_name_does_not_matter(recording_world, visitor):
    visitor.come()
    add_account(visitor.accounts, "A. Admin")
    visitor.press("/account", "/sign-out")
    visitor.come(name="ortiz-perez", groups=["teachers"])
    assert visitor.role() is Role.VIEWER
    assert changes(recording_world)[-1] == ("AccountRoleChanged", "identity_provider")


def test_the_last_admin_stays_one_whatever_the_groups_say(visitor):
    visitor.come()
    visitor.press("/account", "/sign-out")
    assert visitor.come(groups=["teachers"]).status_code == 302
    assert visitor.role() is Role.ADMIN


def test_nobody_without_a_mapped_group_gets_in(recording_world, visitor):
    for groups in ([], ["others"]):
        answer = visitor.come(groups=groups)
        assert answer.status_code == 403
        assert "in no group that may use Delivery Ledger" in answer.text
    assert changes(recording_world) == []
    assert visitor.open("/account").status_code == 302


def test_a_first_person_who_is_no_admin_does_not_become_one(visitor):
    answer = visitor.come(groups=["teachers"])
    assert answer.status_code == 403
    assert "There is no admin here yet." in answer.text


def test_an_account_of_the_same_name_is_not_taken_over_but_may_be_linked(recording_world, visitor):
    set_password(visitor.accounts, "Ortiz", PASSWORD)
    answer = visitor.come()
    assert answer.status_code == 403
    assert "There is an account Ortiz here already" in answer.text
    visitor.sign_in("Ortiz")
    page = visitor.press("/account", "/account/provider").text
    address = page.partition('button-primary" href="')[2].partition('"')[0].replace("&amp;", "&")
    linked = visitor.open(visitor.provider.send_back(address, "1", groups=["ledger-admins"]))
    assert linked.headers["Location"] == "/account"
    visitor.press("/account", "/sign-out")
    assert visitor.come().status_code == 302
    assert [topic for topic, _ in changes(recording_world)] == ["AccountProviderLinked"]


def test_a_disabled_account_stays_out(visitor):
    add_account(visitor.accounts, "A. Admin")
    visitor.come()
    disable(visitor.accounts, visitor.accounts.known_id_of("ortiz"))
    assert visitor.open("/account").status_code == 302
    answer = visitor.come()
    assert answer.status_code == 403
    assert "Your account is disabled." in answer.text


@pytest.mark.parametrize(
    "changed",
    [
        {"nonce": "another"},
        {"aud": "another client"},
        {"iss": "https://elsewhere.example"},
        {"exp": 1},
        {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    ],
)
def test_a_token_that_proves_nothing_lets_nobody_in(recording_world, visitor, changed):
    visitor.provider.changed = changed
    assert visitor.come().status_code == 403
    assert changes(recording_world) == []


def test_a_token_signed_by_another_key_lets_nobody_in(visitor):
    visitor.come()
    visitor.press("/account", "/sign-out")
    sent = visitor.open("/sign-in/provider").headers["Location"]
    kid = visitor.provider.key.kid
    visitor.provider.change_keys()
    visitor.provider.key = type(visitor.provider.key).generate_key("P-256", {"kid": kid})
    assert visitor.open(visitor.provider.send_back(sent, "1")).status_code == 403


def test_new_keys_of_the_provider_are_fetched(visitor, monkeypatch):
    monkeypatch.setattr("webapp.oidc.provider._AWAY_SECONDS", 0)
    visitor.come()
    visitor.press("/account", "/sign-out")
    visitor.provider.change_keys()
    assert visitor.come().status_code == 302


def test_an_answer_counts_once_and_in_the_browser_that_asked(recording_world, visitor):
    sent = visitor.open("/sign-in/provider").headers["Location"]
    back = visitor.provider.send_back(sent, "1", groups=["ledger-admins"], name="ortiz")
    other = Visitor(recording_world, visitor.provider)
    assert other.open(back).status_code == 400
    assert visitor.open(back).status_code == 302
    visitor.press("/account", "/sign-out")
    assert visitor.open(back).status_code == 400


def test_a_provider_that_is_away_leaves_the_password(visitor):
    set_password(visitor.accounts, "ito", PASSWORD)
    visitor.provider.is_away = True
    answer = visitor.open("/sign-in/provider")
    assert answer.status_code == 503
    assert "Sign in another way, or try again in a minute." in answer.text
    assert visitor.sign_in("ito").status_code == 302


def test_passwords_can_be_switched_off(recording_world, provider):
    visitor = Visitor(recording_world, provider, is_only=True)
    set_password(visitor.accounts, "ito", PASSWORD)
    page = visitor.open("/sign-in").text
    assert "Sign in with the school login" in page
    assert 'type="password"' not in page
    forged = visitor.press("/account/password", "/sign-in", username="ito", password=PASSWORD)
    assert forged.status_code in {400, 422}
    assert visitor.open("/account").status_code == 302


def test_the_last_admin_is_the_one_whom_the_provider_lets_in_where_it_alone_does(
    recording_world, provider
):
    Visitor(recording_world, provider, is_only=True).come()
    app = recording_world.app
    accounts = Accounts(
        app.accounts_engine, secret_key="secret", clock=app.clock, is_provider_only=True
    )
    people, ortiz = People(app.ledger, accounts), accounts.known_id_of("ortiz")
    password = add_account(accounts, "with a password")
    set_password(app.accounts, "with a password", PASSWORD)
    assert accounts.has_admin_with_lasting_way_in()
    with pytest.raises(Refused, match="ortiz is the only admin who can sign in"):
        people.remove(ortiz, password)
    people.disable(password, ortiz)
    assert app.accounts.with_id(password).is_disabled


def test_who_comes_from_the_provider_needs_no_second_factor_here(recording_world, provider):
    visitor = Visitor(recording_world, provider, policy=TwoFactorPolicy.REQUIRED)
    visitor.come()
    assert visitor.open("/campaigns").status_code == 200
    visitor.press("/account", "/sign-out")
    set_password(visitor.accounts, "ortiz", PASSWORD)
    visitor.sign_in()
    assert visitor.open("/campaigns").headers["Location"] == "/account/two-factor"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("LEDGER_OIDC_ISSUER", "http://login.school.example", "begins with https"),
        ("LEDGER_OIDC_CLIENT_SECRET", "", "LEDGER_OIDC_CLIENT_SECRET is not set"),
        ("LEDGER_OIDC_ROLES", "teachers=chief", "ledger-admins=admin"),
    ],
)
def test_a_wrong_setting_is_refused_with_what_it_must_be(name, value, sentence):
    right = {
        "LEDGER_SECRET_KEY": 32 * "x",
        "LEDGER_OIDC_ISSUER": "https://login.school.example/",
        "LEDGER_OIDC_CLIENT_ID": "ledger",
        "LEDGER_OIDC_CLIENT_SECRET": "secret",
        "LEDGER_OIDC_ROLES": "ledger-admins=admin, teachers=viewer",
    }
    oidc = read_settings(right).sign_in.oidc
    assert oidc
    assert (oidc.issuer, oidc.roles["teachers"]) == (right["LEDGER_OIDC_ISSUER"], Role.VIEWER)
    with pytest.raises(BadSetting, match=sentence):
        read_settings({**right, name: value})


def test_a_missing_library_is_said_at_the_start(monkeypatch):
    monkeypatch.setattr("webapp.sign_in_settings.find_spec", lambda _: None)
    settings = {
        "LEDGER_SECRET_KEY": 32 * "x",
        "LEDGER_OIDC_ISSUER": "https://login.school.example",
        "LEDGER_OIDC_CLIENT_ID": "ledger",
        "LEDGER_OIDC_CLIENT_SECRET": "secret",
        "LEDGER_OIDC_ROLES": "ledger-admins=admin",
    }
    with pytest.raises(BadSetting, match=r"Install `delivery-ledger\[oidc\]`"):
        read_settings(settings)


def _old_sign_in(visitor: Visitor) -> None:
    with visitor.client.session_transaction() as session:
        session["fs_paa"] -= 3600


def _again(visitor: Visitor, path: str, subject: str = "1", **claims: object) -> TestResponse:
    """Press the button of the page that asks again, sign in at the provider, and come back."""
    sent = visitor.open(path)
    assert sent.status_code == 302, sent.text
    assert "prompt=login" in sent.headers["Location"]
    claims = {"groups": ["ledger-admins"], **claims}
    return visitor.open(visitor.provider.send_back(sent.headers["Location"], subject, **claims))


def test_who_has_no_password_proves_it_again_at_the_provider(visitor):
    visitor.come()
    _old_sign_in(visitor)
    asked = visitor.open(visitor.open("/audit/events.csv").headers["Location"]).text
    assert "Sign in with the school login again" in asked
    path = asked.partition('href="/sign-in/provider/again')[2].partition('"')[0]
    answer = _again(visitor, f"/sign-in/provider/again{path.replace('&amp;', '&')}")
    assert answer.headers["Location"] == "/audit/events.csv"
    assert visitor.open("/audit/events.csv", buffered=True).status_code == 200


def test_a_form_that_waits_is_sent_once_it_was_proved_again(visitor):
    visitor.come()
    _old_sign_in(visitor)
    asked = visitor.press("/people", name="ito", role="viewer")
    assert "What you entered is kept." in asked.text
    assert "press Continue" in _again(visitor, "/sign-in/provider/again").text
    assert visitor.press("/people", name="ito", role="viewer").status_code == 200
    assert visitor.role("ito") is Role.VIEWER


@pytest.mark.parametrize(
    ("subject", "claims", "words"),
    [
        ("1", {"auth_time": 1_700_000_000}, "without asking who you are"),
        ("1", {"auth_time": None}, "without asking who you are"),
        ("2", {}, "You proved to be somebody else"),
    ],
)
def test_an_old_proof_or_that_of_somebody_else_does_not_count(visitor, subject, claims, words):
    visitor.come()
    _old_sign_in(visitor)
    answer = _again(visitor, "/sign-in/provider/again", subject, **claims)
    assert (answer.status_code, words in answer.text) == (403, True)
    assert visitor.open("/audit/events.csv").status_code == 302
