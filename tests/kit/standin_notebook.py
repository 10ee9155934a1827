"""Changes what a running stand-in has written down about its texts."""

from webapp.standin.standin import StandIn


def change_messages(standin: StandIn, sql: str, *values: object) -> None:
    """Execute a statement on the table `messages`, as the stand-in's own threads do.

    Without its lock, another thread could roll the change back with its own transaction.
    """
    notebook = standin._notebook
    with notebook._changed, notebook._sqlite:
        notebook._sqlite.execute(sql, values)
