"""The canonical book: every table and column, its type, unit and meaning. The manual page is made from it."""

from collections.abc import Mapping
from types import MappingProxyType

from features.columns import SQL_TYPES, Column, Kind, Table
from features.leaver_type import LeaverType

__all__ = ["SQL_TYPES", "TABLES", "Column", "Kind", "LeaverType", "Table", "as_markdown", "manual"]


def _known(what: str) -> Column:
    return Column("date", f"The day the row was entered; by default {what}.")


_CLIENT = Column("id", "The client.", required=True)
_REVERSED = Column("date", "The day the row was undone; empty while it stands.")

CLIENTS = Table(
    "One row per client. All attributes but client_id and joined_on are values of today.",
    {
        "client_id": Column("id", "The client's id in the MFI's own system.", required=True),
        "joined_on": Column("date", "When the client joined.", required=True),
        "branch_id": Column("id", "Branch that serves the client now.", current=True),
        "officer_id": Column("id", "Officer who serves the client now.", current=True),
        "group_id": Column("id", "Group the client belongs to now.", current=True),
        "client_type": Column("text", "What is financed.", one_of=("microenterprise", "individual"), current=True),
        "area": Column("text", "Where the client lives.", one_of=("rural", "urban"), current=True),
        "language": Column("text", "Language the client is spoken to in.", audit_only=True, current=True),
        "village": Column("text", "Village or quarter, as the officer knows it.", current=True),
        "phone_ok": Column("boolean", "Whether the phone number on file works.", current=True),
        "gender": Column("text", "As the client states it.", audit_only=True, current=True),
        "birth_year": Column("integer", "Year of birth.", unit="year", audit_only=True, current=True, at_least=1900),
        "poverty_band": Column("text", "The MFI's own poverty band.", audit_only=True, current=True),
        "contact_opt_out": Column("boolean", "The client asked not to be contacted for retention.", current=True),
        "meeting_weekday": Column("integer", "Day of the regular meeting, 1 = Monday.", at_least=1, current=True),
        "known_on": _known("joined_on"),
    },
    key=("client_id",),
    about="joined_on",
    known="joined_on",
    required=True,
)

LOANS = Table(
    "One row per loan. A loan's end is visible only from closed_known_on.",
    {
        "loan_id": Column("id", "The loan.", required=True),
        "client_id": _CLIENT,
        "disbursed_on": Column("date", "When the money was paid out.", required=True),
        "amount": Column("money", "Amount paid out.", unit="currency of the loan", required=True, at_least=0),
        "due_on": Column("date", "Last instalment's due date as agreed at the start."),
        "instalment_count": Column("integer", "Number of instalments agreed.", unit="instalments", at_least=1),
        "product_id": Column("id", "Product."),
        "purpose": Column("text", "What the loan is for, as told."),
        "currency": Column("text", "ISO 4217 code; amounts of two currencies are never added."),
        "interest_rate": Column("number", "Nominal yearly rate.", unit="share per year", at_least=0),
        "closed_on": Column("date", "When the loan ended; empty while it is open."),
        "closed_how": Column("text", "How it ended.", one_of=("repaid", "written_off", "refinanced", "cancelled")),
        "known_on": _known("disbursed_on"),
        "closed_known_on": Column("date", "When the end was entered; by default closed_on."),
    },
    key=("loan_id",),
    about="disbursed_on",
    known="disbursed_on",
    required=True,
    parents={"client_id": ("clients", "client_id")},
)

INSTALMENTS = Table(
    "The schedule. A rescheduled loan has its old rows replaced and new rows known from that day.",
    {
        "loan_id": Column("id", "The loan.", required=True),
        "due_on": Column("date", "When the instalment is due.", required=True),
        "amount_due": Column(
            "money", "What is due, interest and fees included.", unit="currency of the loan", required=True, at_least=0
        ),
        "seq": Column("integer", "Number of the instalment within the loan.", at_least=0),
        "known_on": _known("the day the loan was paid out"),
        "replaced_on": Column("date", "The day another schedule took its place."),
    },
    about="due_on",
    known="loan.disbursed_on",
    parents={"loan_id": ("loans", "loan_id")},
)

REPAYMENTS = Table(
    "Money received for a loan.",
    {
        "loan_id": Column("id", "The loan that was repaid.", required=True),
        "paid_on": Column("date", "When the money was received.", required=True),
        "amount": Column("money", "What was received, fees included.", unit="currency of the loan", required=True),
        "repayment_id": Column("id", "The payment's own id."),
        "channel": Column("text", "How it was paid.", one_of=("cash", "mobile", "bank")),
        "known_on": _known("paid_on"),
        "reversed_on": _REVERSED,
    },
    about="paid_on",
    known="paid_on",
    parents={"loan_id": ("loans", "loan_id")},
)

APPLICATIONS = Table(
    "Requests for a loan, granted or not.",
    {
        "application_id": Column("id", "The application.", required=True),
        "client_id": _CLIENT,
        "applied_on": Column("date", "When the client asked.", required=True),
        "requested_amount": Column("money", "What the client asked for.", unit="currency of the loan", at_least=0),
        "decided_on": Column("date", "When it was decided; the decision is visible from then."),
        "decision": Column("text", "What was decided.", one_of=("approved", "refused", "withdrawn")),
        "approved_amount": Column("money", "What was granted.", unit="currency of the loan", at_least=0),
        "loan_id": Column("id", "The loan that came of it."),
        "known_on": _known("applied_on"),
    },
    key=("application_id",),
    about="applied_on",
    known="applied_on",
    parents={"client_id": ("clients", "client_id")},
)

SAVINGS = Table(
    "Movements on savings accounts.",
    {
        "client_id": _CLIENT,
        "moved_on": Column("date", "When the money moved.", required=True),
        "kind": Column("text", "What moved it.", required=True, one_of=("deposit", "withdrawal", "interest", "fee")),
        "amount": Column("money", "How much, always positive.", unit="local currency", required=True, at_least=0),
        "account_id": Column("id", "The account."),
        "compulsory": Column("boolean", "Whether the MFI requires these savings."),
        "balance_after": Column("money", "Balance of the account after the movement.", unit="local currency"),
        "known_on": _known("moved_on"),
        "reversed_on": _REVERSED,
    },
    about="moved_on",
    known="moved_on",
    parents={"client_id": ("clients", "client_id")},
)

CONTACTS = Table(
    "Visits, calls, messages, meetings and surveys, tried or held.",
    {
        "contact_id": Column("id", "The contact.", required=True),
        "client_id": _CLIENT,
        "happened_on": Column("date", "When it happened or was tried.", required=True),
        "kind": Column("text", "What it was.", required=True, one_of=("visit", "call", "message", "meeting", "survey")),
        "direction": Column("text", "Who began: out = the MFI, in = the client.", one_of=("out", "in")),
        "officer_id": Column("id", "Who made it."),
        "result": Column(
            "text",
            "What came of it.",
            one_of=("reached", "not_reached", "wrong_number", "refused", "promised", "other"),
        ),
        "topic": Column("text", "What it was about, as a short code."),
        "list_id": Column("id", "The weekly list that asked for it."),
        "known_on": _known("happened_on"),
        "reversed_on": _REVERSED,
    },
    key=("contact_id",),
    about="happened_on",
    known="happened_on",
    parents={"client_id": ("clients", "client_id")},
)

ATTENDANCE = Table(
    "Who came to the regular meeting.",
    {
        "client_id": _CLIENT,
        "meeting_on": Column("date", "Day of the meeting.", required=True),
        "attended": Column("boolean", "Whether the client came.", required=True),
        "group_id": Column("id", "The group that met."),
        "known_on": _known("meeting_on"),
    },
    about="meeting_on",
    known="meeting_on",
    parents={"client_id": ("clients", "client_id")},
)

COMPLAINTS = Table(
    "Complaints and how long they stayed open.",
    {
        "complaint_id": Column("id", "The complaint.", required=True),
        "client_id": _CLIENT,
        "opened_on": Column("date", "When it was made.", required=True),
        "closed_on": Column("date", "When it was settled; empty while open."),
        "topic": Column("text", "What it is about, as a short code."),
        "about_officer": Column("id", "The officer complained about; hidden from that officer."),
        "known_on": _known("opened_on"),
        "closed_known_on": Column("date", "When the settling was entered; by default closed_on."),
    },
    key=("complaint_id",),
    about="opened_on",
    known="opened_on",
    parents={"client_id": ("clients", "client_id")},
)

ASSIGNMENTS = Table(
    "Which officer served a client when. Without it, officer features of a past date are not known.",
    {
        "client_id": _CLIENT,
        "officer_id": Column("id", "The officer; empty while the post was vacant."),
        "from_on": Column("date", "First day.", required=True),
        "to_on": Column("date", "Last day; empty while it lasts."),
        "known_on": _known("from_on"),
    },
    about="from_on",
    known="from_on",
    parents={"client_id": ("clients", "client_id")},
)

MEMBERSHIPS = Table(
    "Which group a client belonged to when. Without it, group features of a past date are not known.",
    {
        "client_id": _CLIENT,
        "group_id": Column("id", "The group.", required=True),
        "from_on": Column("date", "First day.", required=True),
        "to_on": Column("date", "Last day; empty while it lasts."),
        "known_on": _known("from_on"),
    },
    about="from_on",
    known="from_on",
    parents={"client_id": ("clients", "client_id")},
)

DEPARTURES = Table(
    "Leavings the MFI knows the kind of: a register, an exit interview, or what a visit found.",
    {
        "client_id": _CLIENT,
        "left_on": Column("date", "When the client left.", required=True),
        "leaver_type": Column("text", "How.", required=True, one_of=tuple(kind.value for kind in LeaverType)),
        "reasons": Column("text", "Driver codes in the client's own order, separated by ';'."),
        "known_on": _known("left_on"),
        "reversed_on": _REVERSED,
    },
    about="left_on",
    known="left_on",
    parents={"client_id": ("clients", "client_id")},
)

OFFICERS = Table(
    "Reference: officers. Attributes are values of today.",
    {
        "officer_id": Column("id", "The officer.", required=True),
        "name": Column("text", "Name on the list's head.", current=True),
        "branch_id": Column("id", "Branch.", current=True),
        "from_on": Column("date", "First day in service.", current=True),
        "to_on": Column("date", "Last day in service; empty while it lasts.", current=True),
    },
    key=("officer_id",),
)

BRANCHES = Table(
    "Reference: branches. Attributes are values of today.",
    {
        "branch_id": Column("id", "The branch.", required=True),
        "name": Column("text", "Name.", current=True),
        "area": Column("text", "Kind of area.", one_of=("rural", "urban"), current=True),
    },
    key=("branch_id",),
)

PRODUCTS = Table(
    "Reference: loan products. Attributes are values of today.",
    {
        "product_id": Column("id", "The product.", required=True),
        "name": Column("text", "Name.", current=True),
        "max_amount": Column("money", "Largest loan.", unit="local currency", current=True, at_least=0),
        "lending": Column("text", "Who borrows.", one_of=("group", "individual"), current=True),
    },
    key=("product_id",),
)

GROUPS = Table(
    "Reference: groups and centres. Attributes are values of today.",
    {
        "group_id": Column("id", "The group.", required=True),
        "name": Column("text", "Name.", current=True),
        "branch_id": Column("id", "Branch.", current=True),
        "centre": Column("text", "Centre the group meets at.", current=True),
        "meeting_weekday": Column("integer", "Day of the meeting, 1 = Monday.", at_least=1, current=True),
    },
    key=("group_id",),
)

DIRECTORY = Table(
    "Names, numbers and wishes, joined only where a list is made. No feature and no model ever sees this table. "
    "All are values of today.",
    {
        "client_id": _CLIENT,
        "name": Column("text", "Name, as the officer calls the client.", audit_only=True, current=True),
        "phone": Column("text", "Number to call.", audit_only=True, current=True),
        "household_id": Column("id", "Clients who live together bear the same.", audit_only=True, current=True),
        "reach_by": Column(
            "text",
            "How the client wants to be reached.",
            one_of=("meeting", "visit", "call", "message"),
            audit_only=True,
            current=True,
        ),
        "hours_from": Column("text", "Earliest hour that suits the client, as 09:00.", audit_only=True, current=True),
        "hours_until": Column("text", "Latest hour that suits the client, as 17:30.", audit_only=True, current=True),
        "safe_to_call": Column("boolean", "Whether a call puts nobody in danger.", audit_only=True, current=True),
        "visitor": Column(
            "text",
            "Whom the client wants to be visited by.",
            one_of=("woman", "man", "anyone"),
            audit_only=True,
            current=True,
        ),
    },
    key=("client_id",),
    parents={"client_id": ("clients", "client_id")},
)

TABLES: Mapping[str, Table] = MappingProxyType(
    {
        "clients": CLIENTS,
        "loans": LOANS,
        "instalments": INSTALMENTS,
        "repayments": REPAYMENTS,
        "applications": APPLICATIONS,
        "savings": SAVINGS,
        "contacts": CONTACTS,
        "attendance": ATTENDANCE,
        "complaints": COMPLAINTS,
        "assignments": ASSIGNMENTS,
        "memberships": MEMBERSHIPS,
        "departures": DEPARTURES,
        "officers": OFFICERS,
        "branches": BRANCHES,
        "products": PRODUCTS,
        "groups": GROUPS,
        "directory": DIRECTORY,
    }
)


def as_markdown(name: str) -> str:
    """Manual page of one table.

    >>> print(as_markdown("branches").splitlines()[0])
    ### branches
    """
    table = TABLES[name]
    need = "Required." if table.required else "Optional."
    lines = [f"### {name}", "", f"{table.meaning} {need}", "", "| column | kind | meaning |", "|---|---|---|"]
    for column, spec in table.columns.items():
        shown = column if spec.required else f"*{column}*"
        meaning = spec.meaning
        if spec.one_of:
            meaning += " One of: " + ", ".join(spec.one_of) + "."
        if spec.unit:
            meaning += f" Unit: {spec.unit}."
        if spec.audit_only:
            meaning += " Audit only, never a model input."
        lines.append(f"| {shown} | {spec.kind} | {meaning} |")
    return "\n".join(lines) + "\n"


def manual() -> str:
    """The whole manual page of the canonical book; `docs/book.md` is this text."""
    head = (
        "# The canonical book\n\n"
        "One CSV or Parquet file per table. Columns in *italics* are optional; so is every table but clients and\n"
        "loans. A column that is not named here is refused unless a mapping names it. This page is written from\n"
        "`features/schema.py` by `make docs`.\n\n"
    )
    return head + "\n".join(as_markdown(name) for name in TABLES)
