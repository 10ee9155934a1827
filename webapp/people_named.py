"""People with a certain name, by the index that the search over everything uses."""

from collections.abc import Sequence

from projections.names import Person
from projections.tables.folding import fold
from webapp.bootstrap import Application
from webapp.followers import have_followers_read


def people_named(
    app: Application, words: str, limit: int, *, until: int | None = None
) -> Sequence[Person]:
    """Return people with a name that has every word, or its beginning; `until` is a past seq.

    Where somebody has exactly this name, only those who have it are returned.
    """
    have_followers_read(app)
    ids = app.people_search.find(words, limit).contact_ids
    names = app.names if until is None else app.names.as_of(until)
    known = names.people(ids)
    people = [known[contact_id] for contact_id in ids if known[contact_id].name]
    exact = [person for person in people if fold(person.name) == fold(words)]
    return exact or people
