"""The demo campaign: forty contacts, whose numbers choose what the stand-in does with the text."""

from io import BytesIO

from ledger.commands.launch import launch
from ledger.commands.launch_order import LaunchOrder
from ledger.domain.events import CallbackReceived, CampaignCreated, CampaignText, Form
from ledger.domain.resend_policy import ResendPolicy
from ledger.messages.contact_file import read_contacts
from ledger.messages.template import Template
from ledger.reader import LedgerReader
from webapp.bootstrap import Application
from webapp.standin_account import ACCOUNT_SID

_NAME = "Fall aid reminder"
_MESSAGE = "Hi {{first_name}}, your aid form is due Friday. Reply STOP to end."
_FIRST_WAIT_SECONDS = 20

_PEOPLE = (
    ("Amara Okafor", "+14155550101"),
    ("Ben Ito", "+14155551007"),
    ("Chloe Martin", "+14155530006"),
    ("Dev Patel", "+14155521610"),
    ("Eve Lund", "+14155551001"),
    ("Farid Nasser", "+14155530003"),
    ("Grace Kim", "+14155530008"),
    ("Hugo Silva", "+14155551009"),
    ("Ines Costa", "+14155520429"),
    ("Jonas Weber", "+14155521211"),
    ("Kemi Adeyemi", "+14155530007"),
    ("Leo Rossi", "+14155551006"),
    ("Mina Park", "+14155530005"),
    ("Noah Brandt", "+14155551002"),
)
_CLASS = [
    "Olga Petrova",
    "Priya Nair",
    "Quinn Harper",
    "Rosa Diaz",
    "Samir Haddad",
    "Tess Nguyen",
    "Uma Rao",
    "Victor Lind",
    "Wanda Kowal",
    "Ximena Ruiz",
    "Yusuf Demir",
    "Zoe Clarke",
    "Anders Holm",
    "Bela Novak",
    "Carla Mendes",
    "Dario Conti",
    "Elif Kaya",
    "Finn Murphy",
    "Gita Shah",
    "Hana Sato",
    "Ivan Horvat",
    "Julia Fischer",
    "Karim Aziz",
    "Lena Vogel",
    "Marco Bianchi",
    "Nadia Popescu",
]


def launch_demo(app: Application, by: str) -> None:
    """Launch the demo campaign, unless the ledger has a campaign already; it texts at any hour."""
    app.views.catch_up()
    if app.status.campaigns():
        return
    people = [*_PEOPLE, *((name, f"+1415555{2000 + i}") for i, name in enumerate(_CLASS))]
    lines = ["first_name,last_name,phone"]
    lines += [f"{name.replace(' ', ',')},{phone}" for name, phone in people]
    template = Template.parse(_MESSAGE)
    parsed = read_contacts(
        BytesIO("\n".join(lines).encode()), region="US", template=template, skip_invalid=False
    )
    policy = ResendPolicy(first_wait_seconds=_FIRST_WAIT_SECONDS)
    order = LaunchOrder(
        name=_NAME, message=_MESSAGE, rows=parsed.rows, columns=parsed.columns, policy=policy
    )
    launch(app.ledger, order, app.accounts.id_of(by))


def is_earlier_demonstration(reader: LedgerReader) -> bool:
    """Whether an earlier version of the program made this ledger with `up --simulate`.

    Ledgers did not record that then. Such a ledger begins with the demo campaign, and every
    callback in it names the account of the stand-in.
    """
    first = reader.events(limit=1, topics=(CampaignCreated.topic,))
    text = getattr(first[0].event, "private", None) if first else None
    return text == CampaignText(name=_NAME, message=_MESSAGE) and not _has_other_account(reader)


def _has_other_account(reader: LedgerReader) -> bool:
    after = 0
    while callbacks := reader.events(after, topics=(CallbackReceived.topic,)):
        for callback in callbacks:
            form = getattr(callback.event, "private", None)
            if isinstance(form, Form) and dict(form.parameters).get("AccountSid") != ACCOUNT_SID:
                return True
        after = callbacks[-1].seq
    return False
