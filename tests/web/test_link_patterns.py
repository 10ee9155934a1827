"""Addresses in templates are those that Flask builds, although most are built from a pattern."""

import flask
import pytest

from webapp.pages import link_patterns

DELIVERY, OTHER = "del_" + "a" * 24, "del_" + "b2" * 12
CAMPAIGN = "cam_" + "c" * 24

LINKS = [
    ("contacts.show", {"delivery_id": DELIVERY}),
    ("contacts.show", {"delivery_id": OTHER}),
    ("contacts.show", {"delivery_id": "no id/é&?~~0~~"}),
    ("acts.confirm_resend", {"campaign_id": CAMPAIGN, "delivery_id": DELIVERY}),
    ("acts.confirm_resend", {"campaign_id": CAMPAIGN, "delivery_id": OTHER}),
    ("contacts.confirm_opt_out", {"delivery_id": DELIVERY, "back": "campaign"}),
    ("contacts.confirm_opt_out", {"delivery_id": OTHER, "back": None}),
    ("contacts.confirm_opt_out", {"delivery_id": OTHER, "back": "None"}),
    ("audit.index", {"delivery": OTHER, "campaign": CAMPAIGN}),
    ("audit.index", {"delivery": DELIVERY, "campaign": CAMPAIGN}),
    ("campaigns.show", {"campaign_id": CAMPAIGN, "after": 50}),
    ("campaigns.show", {"campaign_id": CAMPAIGN, "after": 100, "status": "failed"}),
    ("campaigns.show", {"campaign_id": CAMPAIGN, "_anchor": "rows", "_external": True}),
]


@pytest.mark.parametrize("where", ["/campaigns", "/campaigns?as_of=1", "/texts/campaigns"])
def test_each_address_is_that_of_flask(where, staff):
    app = staff.client.application
    path, _, query = where.partition("?")
    prefix = path.removesuffix("/campaigns")
    base = f"http://localhost{prefix}"
    with app.test_request_context("/campaigns", base_url=base, query_string=query):
        app.preprocess_request()
        for endpoint, values in LINKS:
            built = link_patterns.url_for(endpoint, **values)
            assert built == flask.url_for(endpoint, **values)


def test_a_page_uses_them(staff):
    assert staff.client.application.jinja_env.globals["url_for"] is link_patterns.url_for
