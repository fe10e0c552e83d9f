"""Signing in through an OpenID Connect provider, where the settings name one."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from features.errors import UsageError
from serving import accounts
from serving.access import Actor, Role, Scope
from serving.audit import record
from serving.events import Event
from serving.oidc_provider import Provider, Sent
from serving.settings import Settings
from serving.signing_in import SignedIn, enter
from serving.store.database import Store
from serving.store.tables import accounts as accounts_table
from serving.store.tables import openid_tries

#: So long may somebody take at the provider.
STATE_LASTS = timedelta(minutes=10)

_NAMES = ("preferred_username", "email", "sub")
_LONGEST_NAME = 120


class Why(StrEnum):
    """Why somebody was not let in."""

    ANSWER = "answer"  # what came back is not the provider's answer to what was sent
    ROLE = "role"  # the provider names no role, or none there is
    TAKEN = "taken"  # an account of that name signs in with a password
    DISABLED = "disabled"


@dataclass(frozen=True)
class Begun:
    """A sign-in on its way to the provider.

    Parameters
    ----------
    url
        Where the browser goes.
    state
        What the browser must keep in a cookie and show on its return, so that nobody signs in with another's answer.
    """

    url: str
    state: str


@dataclass(frozen=True)
class Entered:
    """Somebody was let in, and the page to go on to."""

    signed_in: SignedIn
    back_to: str


class OpenID:
    """Signing in through the provider that the settings name.

    Parameters
    ----------
    secret
        The client's secret, from the environment; None for a client that has none.
    """

    def __init__(self, settings: Settings, secret: str | None = None) -> None:
        self._settings = settings
        self._provider = Provider(settings.oidc_issuer, settings.oidc_client_id, secret)

    @property
    def offered(self) -> bool:
        """Whether the settings name a provider."""
        return bool(self._settings.oidc_issuer)

    def begin(self, store: Store, now: datetime, redirect_uri: str, back_to: str = "/") -> Begun:
        """Send somebody to the provider.

        Parameters
        ----------
        redirect_uri
            Address of the page to which the provider sends them back; the provider must know it.
        back_to
            The page of this server to go on to afterwards.

        Raises
        ------
        UsageError
            No provider is named, it is not reached over HTTPS, or it calls itself otherwise.
        Busy
            The provider does not answer.
        """
        if not self.offered:
            raise UsageError("no OpenID Connect provider is named; set oidc_issuer and oidc_client_id")
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        url = self._provider.way_in(Sent(state, nonce, verifier, redirect_uri), now)
        with store.write() as connection:
            connection.execute(delete(openid_tries).where(openid_tries.c.expires_at <= now))
            connection.execute(
                insert(openid_tries).values(
                    digest=_digest(state),
                    nonce=nonce,
                    verifier=verifier,
                    redirect_uri=redirect_uri,
                    back_to=back_to,
                    expires_at=now + STATE_LASTS,
                )
            )
        return Begun(url, state)

    def finish(self, store: Store, now: datetime, kept_state: str | None, answer: Mapping[str, str]) -> Entered | Why:
        """Let somebody in whom the provider sent back; written to the audit log either way.

        Parameters
        ----------
        kept_state
            From the browser's cookie.
        answer
            Parameters of the address the provider sent the browser to: state, code, perhaps iss.

        Raises
        ------
        Busy
            The provider does not answer.
        """
        state, code = answer.get("state", ""), answer.get("code", "")
        with store.write() as connection:
            sent, back_to = _taken(connection, state, now)
        claims = None
        if (
            sent is not None
            and code
            and secrets.compare_digest(_digest(kept_state or ""), _digest(state))
            and answer.get("iss", self._settings.oidc_issuer) == self._settings.oidc_issuer
        ):
            claims = self._provider.claims(code, sent, now)
        with store.write() as connection:
            found = Why.ANSWER if claims is None else self._admitted(connection, claims, now)
            if isinstance(found, SignedIn):
                return Entered(found, back_to)
            subject = _username(claims) if claims else ""
            record(connection, now, "nobody", "", Event.SIGN_IN_FAILED, subject, way="openid", why=str(found))
            return found

    def _admitted(self, connection: Connection, claims: Mapping[str, Any], now: datetime) -> SignedIn | Why:
        """Into the account of whoever the claims tell of, made at the first time, in the role they name today."""
        scope = self._scope(claims)
        if scope is None:
            return Why.ROLE
        subject = sha256(f"{claims['iss']}\n{claims['sub']}".encode()).hexdigest()
        row = connection.execute(select(accounts_table).where(accounts_table.c.oidc_subject == subject)).first()
        if row is not None and not row.active:
            return Why.DISABLED
        if row is not None:
            by = Actor(row.username, str(scope.role))
            account = accounts.change(connection, row.username, by, now, scope=scope)
        else:
            name = _username(claims)
            if not name:
                return Why.ANSWER
            if accounts.find(connection, name) is not None:
                return Why.TAKEN
            shown = str(claims.get("name", ""))[:_LONGEST_NAME]
            account = accounts.add(
                connection,
                name,
                scope,
                Actor(name, str(scope.role)),
                now,
                oidc_subject=subject,
                display_name=shown if shown.isprintable() else "",
            )
        return enter(connection, account, "openid", now, self._settings)

    def _scope(self, claims: Mapping[str, Any]) -> Scope | None:
        """What the claims let see; None where they do not say it in the words there are. There is no default."""
        role, of = claims.get(self._settings.oidc_role_claim), claims.get(self._settings.oidc_scope_claim, "")
        if role not in tuple(Role) or not isinstance(of, str):
            return None
        try:
            return Scope.of_text(f"{role}:{of}" if of else role)
        except UsageError:
            return None


def _username(claims: Mapping[str, Any]) -> str:
    """The name the account bears; empty where no claim can be one."""
    for claim in _NAMES:
        try:
            return accounts.normalised(str(claims.get(claim) or ""))
        except UsageError:
            continue
    return ""


def _taken(connection: Connection, state: str, now: datetime) -> tuple[Sent | None, str]:
    """What was sent with a state, which is good once and not for long; and the page to go on to."""
    mine = openid_tries.c.digest == _digest(state)
    row = connection.execute(select(openid_tries).where(mine)).first()
    connection.execute(delete(openid_tries).where(mine))
    if row is None or row.expires_at <= now:
        return None, "/"
    return Sent(state, row.nonce, row.verifier, row.redirect_uri), row.back_to


def _digest(state: str) -> str:
    return sha256(state.encode("utf-8", "surrogatepass")).hexdigest()
