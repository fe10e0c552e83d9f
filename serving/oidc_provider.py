"""An OpenID Connect provider, spoken to: its description, its keys, and what its ID tokens prove."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from ssl import SSLContext
from typing import Any
from urllib.parse import quote_plus, urlsplit

import httpx
from authlib.common.urls import add_params_to_uri  # type: ignore[import-untyped]
from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]
from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from features.errors import Busy, UsageError

#: A provider signs with a key of its own; a secret shared with it, or nothing, is no signature.
_ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
)
_SCOPE = "openid profile"
_LEEWAY_SECONDS = 60
_DESCRIBED_FOR = timedelta(hours=1)
_SECONDS = 10.0
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class Sent:
    """What went to the provider with a sign-in, and must come back or be shown with its answer.

    Parameters
    ----------
    verifier
        Of PKCE: only who has it can use the code.
    """

    state: str
    nonce: str
    verifier: str
    redirect_uri: str


class Provider:
    """One provider; the network is reached when something is asked of it, never before.

    Parameters
    ----------
    secret
        None for a client that has none and proves itself by PKCE alone.
    """

    def __init__(self, issuer: str, client_id: str, secret: str | None) -> None:
        self.issuer = issuer
        self.client_id = client_id
        self._secret = secret
        self._lock = threading.Lock()
        self._described: tuple[datetime, Mapping[str, Any]] | None = None
        self._keys: KeySet | None = None

    def way_in(self, sent: Sent, now: datetime) -> str:
        """Address to send a browser to.

        Raises
        ------
        UsageError
            The provider is not reached over HTTPS, or calls itself otherwise.
        Busy
            It does not answer.
        """
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": sent.redirect_uri,
            "scope": _SCOPE,
            "state": sent.state,
            "nonce": sent.nonce,
            "code_challenge": create_s256_code_challenge(sent.verifier),
            "code_challenge_method": "S256",
        }
        return str(add_params_to_uri(str(self._description(now)["authorization_endpoint"]), list(asked.items())))

    def claims(self, code: str, sent: Sent, now: datetime) -> Mapping[str, Any] | None:
        """What the ID token says that a code is good for: signed by the provider, for this client, now, and with the
        nonce that was sent. None where any of it is not so.

        Raises
        ------
        Busy
            The provider does not answer.
        """
        described = self._description(now)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": sent.redirect_uri,
            "code_verifier": sent.verifier,
        }
        methods = described.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        login: httpx.BasicAuth | None = None
        if self._secret is not None and "client_secret_basic" in methods:
            # Both stand form-encoded in the header: RFC 6749, 2.3.1.
            login = httpx.BasicAuth(quote_plus(self.client_id), quote_plus(self._secret))
        else:
            form["client_id"] = self.client_id
            if self._secret is not None:
                form["client_secret"] = self._secret
        answer = self._asked("POST", str(described["token_endpoint"]), data=form, auth=login)
        token = answer.get("id_token") if answer else None
        return self._verified(token, sent.nonce, now) if isinstance(token, str) else None

    def _verified(self, token: str, nonce: str, now: datetime) -> Mapping[str, Any] | None:
        decoded = self._decoded(token, now, anew=False) or self._decoded(token, now, anew=True)
        if decoded is None:
            return None
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            {
                "iss": {"essential": True, "value": self.issuer},
                "aud": {"essential": True, "value": self.client_id},
            },
            {"nonce": nonce, "client_id": self.client_id},
        )
        try:
            claims.validate(now=int(now.timestamp()), leeway=_LEEWAY_SECONDS)
        except (JoseError, ValueError, TypeError):
            return None
        return dict(claims)

    def _decoded(self, token: str, now: datetime, *, anew: bool) -> jwt.Token | None:
        """A token whose signature is the provider's; `anew` reads its keys again, for one may be new."""
        try:
            return jwt.decode(token, self._key_set(now, anew=anew), algorithms=_ALGORITHMS)
        except (JoseError, ValueError, TypeError, KeyError):
            return None

    def _description(self, now: datetime) -> Mapping[str, Any]:
        """The provider's own description of itself, read again every hour."""
        with self._lock:
            if self._described is None or not timedelta() <= now - self._described[0] < _DESCRIBED_FOR:
                found = self._asked("GET", self.issuer.rstrip("/") + "/.well-known/openid-configuration")
                needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
                if found is None or found.get("issuer") != self.issuer or not all(found.get(name) for name in needed):
                    raise UsageError(f"oidc_issuer={self.issuer!r} is not how that provider names itself")
                for name in needed:
                    _over_https(str(found[name]))
                self._described, self._keys = (now, found), None
            return self._described[1]

    def _key_set(self, now: datetime, *, anew: bool) -> KeySet:
        described = self._description(now)
        with self._lock:
            if self._keys is None or anew:
                found = self._asked("GET", str(described["jwks_uri"])) or {}
                signing = [key for key in found["keys"] if key["kty"] != "oct" and key.get("use", "sig") == "sig"]
                self._keys = KeySet.import_key_set({"keys": signing})
            return self._keys

    def _asked(self, method: str, url: str, **more: Any) -> dict[str, Any] | None:
        """The JSON object at an address; None where the answer is no such thing, or a refusal."""
        _over_https(url)
        head = {"Accept": "application/json"}
        try:
            answer = httpx.request(method, url, timeout=_SECONDS, headers=head, verify=self._trusted, **more)
        except httpx.HTTPError as error:
            raise Busy("the sign-in provider does not answer; try again later, or sign in with a password") from error
        if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise Busy("the sign-in provider has trouble; try again later, or sign in with a password")
        try:
            found = answer.json() if answer.status_code == httpx.codes.OK else None
        except ValueError:
            return None
        return found if isinstance(found, dict) else None

    @cached_property
    def _trusted(self) -> SSLContext:
        """Who vouches for the provider's certificate: read once, for it takes a while."""
        return httpx.create_ssl_context()


def _over_https(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise UsageError("the sign-in provider is not reached over https; oidc_issuer must begin with https://")
