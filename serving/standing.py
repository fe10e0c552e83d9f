"""How a client stands with the MFI on a date: what protects her from a list, and what a line must show."""

from collections.abc import Iterable
from datetime import timedelta

import pandas as pd

from features.book import Known
from features.engines import literal
from serving.contact_times import meeting_day
from serving.settings import Settings

__all__ = ["complaining_about_staff", "details", "in_need", "meeting_day", "rules"]

# A contact without a direction counts as ours, and one that reached nobody counts too: in doubt for the client's peace.
_RULES = """
WITH latest AS (
    SELECT client_id, max(disbursed_on) AS began_on FROM loans
    WHERE closed_how IS NULL OR closed_how <> 'cancelled' GROUP BY client_id
), asked AS (
    SELECT contacts.client_id, max(contacts.happened_on) AS last_on,
        sum(CASE WHEN contacts.happened_on >= latest.began_on THEN 1 ELSE 0 END) AS this_loan
    FROM contacts LEFT JOIN latest ON contacts.client_id = latest.client_id
    WHERE contacts.list_id IS NOT NULL AND coalesce(contacts.direction, 'out') = 'out'
    GROUP BY contacts.client_id
), tries AS (
    SELECT client_id, result IN ('not_reached', 'wrong_number') AS failed,
        row_number() OVER (PARTITION BY client_id ORDER BY happened_on DESC, contact_id DESC) AS place
    FROM contacts WHERE list_id IS NOT NULL AND coalesce(direction, 'out') = 'out'
), unreached AS (
    SELECT client_id, coalesce(min(CASE WHEN failed THEN NULL ELSE place END) - 1, count(*)) AS failed_tries
    FROM tries GROUP BY client_id
), gone AS (
    SELECT departures.client_id FROM departures LEFT JOIN latest ON departures.client_id = latest.client_id
    WHERE departures.leaver_type IN ('DIED', 'MERGE')
        OR (departures.leaver_type <> 'REST' AND departures.left_on >= coalesce(latest.began_on, departures.left_on))
    GROUP BY departures.client_id
), complaining AS (
    SELECT client_id, min(opened_on) AS since,
        max(CASE WHEN about_officer IS NULL THEN 0 ELSE 1 END) AS about_staff
    FROM complaints WHERE closed_on IS NULL GROUP BY client_id
)
SELECT clients.client_id,
    coalesce(asked.last_on > {peace}, false) AS cooling,
    coalesce(asked.this_loan >= {most}, false) AS asked_enough,
    gone.client_id IS NOT NULL AS gone,
    complaining.since AS complaint_since,
    coalesce(complaining.about_staff, 0) > 0 AS about_staff,
    coalesce(unreached.failed_tries, 0) AS failed_tries
FROM clients
LEFT JOIN asked ON clients.client_id = asked.client_id
LEFT JOIN gone ON clients.client_id = gone.client_id
LEFT JOIN complaining ON clients.client_id = complaining.client_id
LEFT JOIN unreached ON clients.client_id = unreached.client_id
ORDER BY clients.client_id
"""

_LINES = """
WITH mine AS (
    SELECT loans.* FROM loans JOIN asked_lines ON loans.client_id = asked_lines.client_id
    WHERE loans.closed_how IS NULL OR loans.closed_how <> 'cancelled'
), paid AS (
    SELECT repayments.loan_id, sum(repayments.amount) AS paid FROM repayments
    JOIN mine ON repayments.loan_id = mine.loan_id GROUP BY repayments.loan_id
), due AS (
    SELECT instalments.loan_id, instalments.due_on,
        sum(instalments.amount_due) OVER (PARTITION BY instalments.loan_id ORDER BY instalments.due_on) AS due_so_far
    FROM instalments JOIN mine ON instalments.loan_id = mine.loan_id
), schedule AS (
    SELECT due.loan_id, max(due.due_on) AS last_due_on,
        min(CASE WHEN due.due_so_far > coalesce(paid.paid, 0) THEN due.due_on END) AS unpaid_since
    FROM due LEFT JOIN paid ON due.loan_id = paid.loan_id GROUP BY due.loan_id
), loan AS (
    SELECT mine.client_id, mine.closed_on, mine.closed_how, coalesce(mine.due_on, schedule.last_due_on) AS ends_on,
        CASE WHEN mine.closed_on IS NULL THEN
            CASE WHEN {scheduled} AND schedule.loan_id IS NOT NULL THEN schedule.unpaid_since ELSE mine.due_on END
        END AS late_since,
        CASE WHEN mine.closed_on IS NULL AND ({scheduled} AND schedule.loan_id IS NOT NULL OR mine.due_on IS NOT NULL)
            THEN 0 WHEN mine.closed_on IS NULL THEN 1 ELSE 0 END AS lateness_unknown
    FROM mine LEFT JOIN schedule ON mine.loan_id = schedule.loan_id
), lending AS (
    SELECT client_id, count(*) AS cycle,
        sum(CASE WHEN closed_on IS NULL THEN 1 ELSE 0 END) AS open_loans,
        max(CASE WHEN closed_on IS NULL THEN ends_on END) AS open_until,
        max(closed_on) AS ended_on,
        greatest(coalesce(max(date_diff('day', late_since, {day})), 0), 0) AS days_late,
        sum(lateness_unknown) AS lateness_unknown,
        sum(CASE WHEN closed_how = 'written_off' THEN 1 ELSE 0 END) AS written_off
    FROM loan GROUP BY client_id
), met AS (
    SELECT contacts.client_id, contacts.happened_on, contacts.kind, contacts.result,
        row_number() OVER (PARTITION BY contacts.client_id
            ORDER BY contacts.happened_on DESC, contacts.contact_id DESC) AS place
    FROM contacts JOIN asked_lines ON contacts.client_id = asked_lines.client_id
)
SELECT asked_lines.client_id, lending.cycle, lending.open_loans,
    CASE WHEN lending.open_loans > 0 THEN lending.open_until ELSE lending.ended_on END AS loan_ends_on,
    lending.days_late, lending.lateness_unknown > 0 AS lateness_unknown, lending.written_off > 0 AS written_off,
    met.happened_on AS last_contact_on, met.kind AS last_contact_kind, met.result AS last_contact_result
FROM asked_lines
LEFT JOIN lending ON asked_lines.client_id = lending.client_id
LEFT JOIN met ON asked_lines.client_id = met.client_id AND met.place = 1
ORDER BY asked_lines.client_id
"""


def rules(known: Known, settings: Settings) -> pd.DataFrame:
    """What decides, before any ranking, whether a client may stand on a list and on whose.

    Returns
    -------
    DataFrame indexed by client_id (every known client, sorted)
        ``cooling`` (a contact that a list asked for is younger than the cool-off), ``asked_enough`` (as many such
        contacts as one loan allows), ``gone`` (died, merged or known to have left), ``complaint_since`` (date of the
        oldest open complaint, NaT where none), ``about_staff`` (an open complaint names an officer), ``failed_tries``
        (how many of the latest contacts that lists asked for reached nobody, up to one that did).
    """
    peace = known.as_of - timedelta(days=settings.cool_off_days)
    frame = known.frame(_RULES.format(peace=literal(peace), most=settings.contacts_per_loan))
    return frame.set_index("client_id")


def complaining_about_staff(known: Known) -> frozenset[str]:
    """Clients with an open complaint that names an officer, however long it has been open."""
    asked = "SELECT client_id FROM complaints WHERE closed_on IS NULL AND about_officer IS NOT NULL GROUP BY client_id"
    return frozenset(known.frame(asked)["client_id"])


def in_need(known: Known, settings: Settings, client_ids: Iterable[str]) -> frozenset[str]:
    """Clients who are in arrears or over-indebted, or whose loan was written off: no lot keeps help from them."""
    asked = sorted(set(client_ids))
    if not asked:
        return frozenset()
    found = details(known, asked)
    late = found["days_late"].fillna(0) >= settings.arrears_days
    owing = found["written_off"].fillna(value=False).astype(bool)
    many = found["open_loans"].fillna(0) >= settings.many_loans
    return frozenset(found.index[late | owing | many])


def details(known: Known, client_ids: Iterable[str]) -> pd.DataFrame:
    """What a line shows of a client's loans and contacts.

    Parameters
    ----------
    client_ids
        The clients on this week's lists.

    Returns
    -------
    DataFrame indexed by client_id (sorted)
        cycle, open_loans, loan_ends_on (of a resting client the day her last loan ended), days_late (0 where nothing
        is late), lateness_unknown (there is neither a schedule nor a due date to tell), written_off (a loan was, so
        that something is owed whatever else she repays), last_contact_on, last_contact_kind, last_contact_result.
    """
    asked = pd.DataFrame({"client_id": pd.Series(sorted(set(client_ids)), dtype="str")})
    known.put("asked_lines", asked)
    scheduled = known.has("instalments") and known.has("repayments")
    shape = _LINES.format(day=literal(known.as_of), scheduled="true" if scheduled else "false")
    return known.frame(shape).set_index("client_id")
