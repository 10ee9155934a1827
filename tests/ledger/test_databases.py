"""The databases that the tests are given: of both kinds, each test's own, and empty."""

import pytest
import sqlalchemy as sa

pytestmark = pytest.mark.both_databases


def test_every_test_has_an_empty_database_of_its_own(database_url):
    engine = sa.create_engine(database_url)
    assert sa.inspect(engine).get_table_names() == []
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE traces (of_test INTEGER)"))
    engine.dispose()


def test_nothing_of_another_test_is_in_it(database_url):
    test_every_test_has_an_empty_database_of_its_own(database_url)
