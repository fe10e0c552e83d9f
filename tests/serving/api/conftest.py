"""A running application over the home that two weekly runs left."""

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from serving.app import create_app

Ask = Callable[..., httpx.Response]


class Client:
    """Asks an application without a socket, one request at a time."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def one() -> httpx.Response:
            door = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=door, base_url="http://exitwatch") as client:
                return await client.request(method, path, **more)

        return asyncio.run(one())


@pytest.fixture(scope="session")
def client(lived: Any) -> Client:
    return Client(create_app(lived.home.path, now=lambda: datetime(2024, 7, 1, 8, 0, tzinfo=UTC)))


@pytest.fixture(scope="session")
def client_of() -> Callable[[FastAPI], Client]:
    """A client of another application."""
    return Client


@pytest.fixture(scope="session")
def ask(client: Client, lived: Any) -> Ask:
    """Ask as somebody: ``ask("officer:o0", "/v1/lists/current")``; without anybody, without a token."""

    def asked(scope: str | None, path: str, method: str = "GET", **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {lived.tokens[scope]}"} if scope else {}
        return client.request(method, path, headers=headers | more.pop("headers", {}), **more)

    return asked


def plain(value: Any) -> Any:
    """As JSON carries it."""
    if isinstance(value, date):
        return value.isoformat()
    return value.item() if hasattr(value, "item") else value


@pytest.fixture(scope="session")
def posted(lived: Any) -> Callable[..., dict[str, Any]]:
    """Body of a scoring request with the raw history of some clients."""

    def body(*clients: str, context: str = "stored") -> dict[str, Any]:
        loans = lived.tables["loans"]
        loan_ids = set(loans.loc[loans["client_id"].isin(clients), "loan_id"])
        tables = {}
        for name, frame in lived.tables.items():
            if "client_id" in frame:
                frame = frame[frame["client_id"].isin(clients)]
            elif "loan_id" in frame:
                frame = frame[frame["loan_id"].isin(loan_ids)]
            else:
                continue
            rows = frame.astype("object").where(frame.notna(), None).to_dict("records")
            tables[name] = [
                {
                    k: v.isoformat() if isinstance(v, date) else v.item() if hasattr(v, "item") else v
                    for k, v in row.items()
                }
                for row in rows
            ]
        return {"as_of": "2024-06-30", "tables": tables, "context": context}

    return body
