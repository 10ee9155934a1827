"""The offices that a form offers."""

from wtforms.fields.choices import SelectChoice

from webapp.current import application
from webapp.offices.choosing import offices_to_choose


def office_choices() -> list[SelectChoice]:
    """Return the offices of the person; none without offices in the district."""
    app = application()
    mine = [SelectChoice(o.office_id, o.name) for o in offices_to_choose(app.offices, app.scope)]
    all_offices = [SelectChoice("", "The whole district")] if app.scope.is_everything else []
    return [*all_offices, *mine] if mine else []
