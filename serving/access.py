"""Who may see and do what. Whatever is not allowed is refused."""

from dataclasses import dataclass
from enum import StrEnum

from serving.refusals import AccountRefused, Why


class Role(StrEnum):
    """What a person or a system does with exitwatch."""

    OFFICER = "officer"
    MANAGER = "manager"
    DESK = "desk"
    ANALYST = "analyst"
    #: Data-protection officer: reads the audit log and serves clients' rights.
    DPO = "dpo"
    ADMIN = "admin"
    #: A system that decides on credit. It may prove who it is, and gets nothing that was scored: a forecast of leaving
    #: is made to help clients, not to judge them.
    CREDIT = "credit"


_OF_SOMETHING = frozenset({Role.OFFICER, Role.MANAGER})
_SCOPES = "officer:<officer_id>, manager:<branch_id>, desk, analyst, dpo, admin, credit"
_UNSCORED = frozenset({Role.CREDIT, Role.DPO})


@dataclass(frozen=True)
class Scope:
    """What one person or token may see and do.

    Parameters
    ----------
    role
        Kind of person.
    of
        The officer's id, or the manager's branch; empty for the others.

    Examples
    --------
    >>> Scope.of_text("officer:O12")
    Scope(role=<Role.OFFICER: 'officer'>, of='O12')
    """

    role: Role
    of: str = ""

    @classmethod
    def of_text(cls, text: str) -> "Scope":
        """The scope that a text such as ``officer:O12`` or ``analyst`` names.

        Raises
        ------
        AccountRefused
            It names none.
        """
        role, _, of = text.partition(":")
        if role not in set(Role):
            raise AccountRefused(Why.ROLE, scope=f"scope={text!r}", known=_SCOPES)
        if (role in _OF_SOMETHING) != bool(of):
            raise AccountRefused(Why.REACH)
        return cls(Role(role), of)

    @property
    def text(self) -> str:
        """As `of_text` reads it."""
        return f"{self.role}:{self.of}" if self.of else str(self.role)

    @property
    def sees_scores(self) -> bool:
        """Whether anything that was scored may be seen: lists, bands, reasons, figures of the model."""
        return self.role not in _UNSCORED

    @property
    def sees_numbers(self) -> bool:
        """Whether probabilities are shown, and not the band alone."""
        return self.role in (Role.ANALYST, Role.ADMIN)

    @property
    def sees_drivers(self) -> bool:
        """Whether summaries of drivers are shown: of the book, or of a manager's own branch."""
        return self.sees_numbers or self.role is Role.MANAGER

    @property
    def sees_measures(self) -> bool:
        """Whether counts and rates of leaving are shown; to a manager those of the branch alone."""
        return self.sees_numbers or self.role is Role.MANAGER

    @property
    def sees_names(self) -> bool:
        """Whether names and phone numbers are shown beside ids. Who counts needs none."""
        return self.role not in (Role.ANALYST, Role.CREDIT)

    @property
    def sees_complaints(self) -> bool:
        """Whether reasons that speak of a complaint may be read: never by the officer it may be about."""
        return self.role is not Role.OFFICER

    def sees_list(self, officer_id: str, branch_id: str, *, is_desk: bool) -> bool:
        """Whether a list may be seen. The desk's own list is seen by no officer and by no branch."""
        match self.role:
            case Role.ANALYST | Role.ADMIN:
                return True
            case Role.DESK:
                return is_desk
            case Role.OFFICER:
                return not is_desk and self.of == officer_id
            case Role.MANAGER:
                return not is_desk and self.of == branch_id
            case _:
                return False

    def sees_client(self, officer_id: str | None, branch_id: str | None) -> bool:
        """Whether anything at all of a client may be seen."""
        match self.role:
            case Role.OFFICER:
                return officer_id is not None and self.of == officer_id
            case Role.MANAGER:
                return branch_id is not None and self.of == branch_id
            case _:
                return self.sees_scores

    def may_record(self, officer_id: str, branch_id: str, *, is_desk: bool) -> bool:
        """Whether outcomes may be entered for a list: by whose it is, and by the branch that types in its paper.

        Those who only look at lists, analysts and administrators, enter nothing.
        """
        acts = self.role in (Role.OFFICER, Role.MANAGER, Role.DESK)
        return acts and self.sees_list(officer_id, branch_id, is_desk=is_desk)

    def may_hold(self, branch_id: str | None) -> bool:
        """Whether peace may be granted or taken back in a branch; None is the whole institution.

        Officers ask for it client by client, with an outcome.
        """
        if self.role is Role.MANAGER:
            return branch_id is not None and self.of == branch_id
        return self.role in (Role.DESK, Role.DPO, Role.ADMIN)

    @property
    def keeps_accounts(self) -> bool:
        """Whether accounts and tokens may be made, changed and closed."""
        return self.role is Role.ADMIN

    @property
    def reads_audit(self) -> bool:
        """Whether the audit log may be read."""
        return self.role in (Role.DPO, Role.ADMIN)

    @property
    def serves_subjects(self) -> bool:
        """Whether a client's own rights may be served: what is kept about her, correction, objection, erasure."""
        return self.role is Role.DPO


@dataclass(frozen=True)
class Actor:
    """Who did something, as the audit log names them.

    Parameters
    ----------
    name
        Username, ``token:NAME``, or ``command line``.
    role
        A `Role`, or ``operator`` at the command line.
    """

    name: str
    role: str


#: Whoever types commands on the server.
OPERATOR = Actor("command line", "operator")


@dataclass(frozen=True)
class Person:
    """Whoever asks: somebody signed in, or a machine with a token.

    Parameters
    ----------
    actor
        Username, or ``token:NAME``: what the audit log calls them.
    scope
        What they may see and do.
    language
        The one they chose; empty if none.
    csrf
        What their forms must send back as the field ``csrf``; None under a token, which no browser sends by itself.
    """

    actor: str
    scope: Scope
    language: str = ""
    csrf: str | None = None

    @property
    def by(self) -> Actor:
        """As the audit log names them."""
        return Actor(self.actor, str(self.scope.role))
