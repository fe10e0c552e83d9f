"""Small facts of this installation, kept in the operational database."""

from sqlalchemy import Connection, delete, insert, select

from serving.store.tables import facts


def fact(connection: Connection, name: str) -> str | None:
    """The value of a fact; None where it was never written."""
    value = connection.execute(select(facts.c.value).where(facts.c.name == name)).scalar()
    return None if value is None else str(value)


def set_fact(connection: Connection, name: str, value: str) -> None:
    """Write a fact, in place of what it was."""
    connection.execute(delete(facts).where(facts.c.name == name))
    connection.execute(insert(facts).values(name=name, value=value))
