"""How much of a SQLite database the connections of a process keep in memory."""

from ledger.store import sqlite
from ledger.store.engine import open_database, reading
from ledger.store.sqlite import limit_page_caches


def cache_size(file):
    engine = open_database(f"sqlite:///{file}", "views", setting="X", is_durable=False)
    with reading(engine) as connection:
        kibibytes = -connection.exec_driver_sql("PRAGMA cache_size").scalar()
    engine.dispose()
    return kibibytes


def test_a_server_and_a_process_beside_it_keep_a_quarter_of_the_pages(tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite, "_cache_kib", sqlite._cache_kib)
    usual = cache_size(tmp_path / "usual.sqlite3")
    limit_page_caches()
    assert cache_size(tmp_path / "small.sqlite3") == usual // 4
