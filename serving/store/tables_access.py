"""Who may see what: accounts, sessions, tokens and the audit log."""

from sqlalchemy import Boolean, Column, Date, ForeignKey, Integer, String, Table, Text

from serving.store.columns import CODE, ID, Moment, metadata

#: Small facts of this installation, such as the salt of pseudonyms and the key that signs lists.
facts = Table("facts", metadata, Column("name", CODE, primary_key=True), Column("value", Text, nullable=False))

#: People who sign in.
accounts = Table(
    "accounts",
    metadata,
    Column("username", String(80), primary_key=True),
    Column("display_name", String(120), nullable=False, default=""),
    Column("role", CODE, nullable=False),
    Column("of", ID, nullable=False, default=""),
    Column("language", String(10), nullable=False, default=""),
    Column("password_hash", Text, nullable=True),
    Column("oidc_subject", String(300), nullable=True, unique=True),
    Column("active", Boolean, nullable=False, default=True),
    Column("failed", Integer, nullable=False, default=0),
    Column("locked_until", Moment, nullable=True),
    Column("password_changed_at", Moment, nullable=True),
    Column("created_at", Moment, nullable=False),
)

#: Who is signed in: the hash of the cookie, never the cookie.
sessions = Table(
    "sessions",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("username", ForeignKey("accounts.username", ondelete="CASCADE"), nullable=False, index=True),
    Column("csrf", String(64), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
)

#: Browsers on which somebody has signed in before: the hash of a cookie, never the cookie.
devices = Table(
    "devices",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("username", ForeignKey("accounts.username", ondelete="CASCADE"), primary_key=True, index=True),
    Column("failed", Integer, nullable=False, default=0),
    Column("locked_until", Moment, nullable=True),
    Column("expires_at", Moment, nullable=False),
)

#: Sign-ins that were sent to the OpenID Connect provider and have not come back: each is good once.
openid_tries = Table(
    "openid_tries",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("nonce", String(64), nullable=False),
    Column("verifier", String(128), nullable=False),
    Column("redirect_uri", Text, nullable=False),
    Column("back_to", Text, nullable=False),
    Column("expires_at", Moment, nullable=False),
)

#: Machines' way in: the hash of a token, never the token.
tokens = Table(
    "tokens",
    metadata,
    Column("name", CODE, primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("scope", String(240), nullable=False),
    Column("expires_on", Date, nullable=False),
    Column("created_at", Moment, nullable=False),
)

#: Who saw, exported and changed what. Rows are only ever added; triggers refuse anything else.
audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("actor", String(120), nullable=False),
    Column("role", CODE, nullable=False),
    Column("event", CODE, nullable=False, index=True),
    Column("subject", String(300), nullable=False, default="", index=True),
    Column("detail", Text, nullable=False, default="{}"),
    Column("previous", String(64), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
)
