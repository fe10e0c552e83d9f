"""A made-up institution for the tests and pictures of the pages: two branches, two officers, a desk, two weeks."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from serving import accounts, issued
from serving.access import OPERATOR, Scope
from serving.home import Home, week_of
from serving.issued import Issue, Origin
from serving.line import DESK, Card, Change, Line, OfficerList, Said, check_letters
from serving.passwords import Passwords
from serving.settings import LIST_SETTINGS, Settings
from serving.store.database import Store

#: A Sunday; its lists are for week 27.
AS_OF = date(2024, 6, 30)
#: Tuesday of that week, a quarter past ten in Nairobi.
NOW = datetime(2024, 7, 2, 7, 15, tzinfo=UTC)
TIMEZONE = "Africa/Nairobi"
INSTITUTION = "Umoja Microfinance"

MONDAY, TUESDAY, THURSDAY = (AS_OF + timedelta(days=days) for days in (1, 2, 4))


def line(client_id: str, place: int, name: str, **more: object) -> Line:
    """One line; whatever is not given is ordinary."""
    card = Card(
        name=name,
        phone=f"+254 700 000 {place:03d}",
        phone_works=True,
        group="Amani",
        village="Kondele",
        language="Swahili",
        cycle=3,
        last_contact_kind="visit",
    )
    plain = Line(
        client_id=client_id,
        place=place,
        rank=place,
        band="high" if place < 3 else "medium" if place < 6 else "low",
        reasons=(Said("RNW-1", "days_to_loan_end", 12.0), Said("GRP-2", "meetings_missed_91d", 4.0)),
        reasons_note="",
        changes=(),
        changes_note="unchanged",
        action="renewal_talk",
        avoid="Do not press for a new loan.",
        last_contact_on=AS_OF - timedelta(days=41),
        last_contact_result="reached",
        loan_ends_on=AS_OF + timedelta(days=12),
        meeting_on=MONDAY,
        carried_over=False,
        routed=(),
        card=card,
    )
    on_card = {key: value for key, value in more.items() if key in Card.__dataclass_fields__}
    on_line = {key: value for key, value in more.items() if key not in on_card}
    return replace(plain, **on_line, card=replace(card, **on_card))  # type: ignore[arg-type]


def lines_of_amina() -> tuple[Line, ...]:
    """Eight lines with one of everything."""
    return (
        line("K-20417", 1, "Wanjiru Kamau", visitor="woman", changes_note="new", household_id="h-7"),
        line(
            "K-20533",
            2,
            "Achieng’ Odhiambo",
            reasons=(Said("WAIT-1", "wait_days", 34.0), Said("AMT-1", "approved_to_requested", 0.6)),
            changes=(Change("wait_days", 34.0, 12.0),),
            changes_note="",
            action="expedite",
            avoid="Do not promise an amount or a date that is not yet decided.",
            hours_from="14:00",
            reach_by="call",
        ),
        line("K-19002", 3, "Mary Njeri", carried_over=True, phone_works=False, meeting_on=MONDAY),
        line(
            "K-18777",
            4,
            "Halima Abdi",
            group="Upendo",
            group_id="g-upendo",
            village="Manyatta",
            meeting_on=TUESDAY,
            safe_to_call=False,
            reasons=(Said("ARR-1", "late_share_last3", 2 / 3),),
            action="review",
            avoid="Do not collect at this visit, and do not offer a loan.",
        ),
        line(
            "K-20888",
            5,
            "Grace Auma",
            group="Upendo",
            group_id="g-upendo",
            village="Manyatta",
            meeting_on=TUESDAY,
            phone_works=None,
        ),
        line(
            "K-17310",
            6,
            "Peter Kiprotich",
            group="Tujenge",
            village="Nyalenda",
            meeting_on=THURSDAY,
            state="resting",
            loan_ends_on=AS_OF - timedelta(days=9),
            reasons=(Said("RST-1", "resting_days", 9.0), Said("GRD-1", "savings_to_loan", 1.4)),
            action="ask_return",
        ),
        line(
            "K-21004", 7, "Esther Moraa", group="", village="Mamboleo", meeting_on=None, reasons=(), reasons_note="none"
        ),
        line(
            "K-20099",
            8,
            "Joseph Otieno Ouma-Nyar-Gem wa Mtaa wa Kati",
            group="",
            meeting_on=None,
            last_contact_on=None,
            last_contact_kind="",
            phone="",
            phone_works=None,
        ),
    )


def lines_of_the_desk() -> tuple[Line, ...]:
    """Lines routed to the desk for every reason there is."""
    return (
        line(
            "N-30011",
            1,
            "Fatuma Hassan",
            routed=("complaint", "conduct"),
            open_complaint=True,
            action="independent_call",
            avoid="Do not talk about a new loan first.",
            group="Baraka",
            village="Njoro",
        ),
        line(
            "K-20222",
            2,
            "Samuel Kariuki",
            routed=("complaint",),
            open_complaint=True,
            action="close_complaint",
            avoid="Do not talk about a new loan first.",
            hours_from="14:00",
            hours_until="16:00",
        ),
        line("N-30555", 3, "Ruth Chebet", routed=("unreachable",), carried_over=True, village="Molo"),
        line("K-20601", 4, "Daniel Mutua", routed=("no_officer",), phone_works=False),
    )


def made(owner: str, name: str, branch: str, branch_name: str, as_of: date, lines: Sequence[Line]) -> OfficerList:
    """A list of somebody."""
    week = week_of(as_of)
    number = f"{week}-{owner}"
    check = check_letters(number, [each.client_id for each in lines])
    return OfficerList(number, owner, name, branch, branch_name, week, as_of, "en", check, tuple(lines))


def lists(as_of: date = AS_OF) -> list[OfficerList]:
    """Everybody's lists of a week."""
    kofi = tuple(
        line(f"N-3{place:04d}", place, name, group="Jitegemee", village="Njoro")
        for place, name in enumerate(("Abena Owusu", "Yaw Boateng", "Efua Asante"), 1)
    )
    joyce = tuple(line(f"K-4{place:04d}", place, name) for place, name in enumerate(("Rose Atieno", "Ali Juma"), 1))
    return [
        made("o1", "Amina Otieno", "b1", "Kisumu", as_of, lines_of_amina()),
        made("o2", "Kofi Mensah", "b2", "Nakuru", as_of, kofi),
        made("o3", "Joyce Wambui", "b1", "Kisumu", as_of, joyce),
        made(DESK, "Retention desk", "", "", as_of, lines_of_the_desk()),
    ]


def issue(store: Store, as_of: date = AS_OF, drawn: Sequence[OfficerList] | None = None) -> Issue:
    """Put the lists of a week in force."""
    settings = Settings(institution=INSTITUTION, timezone=TIMEZONE).as_dict()
    kept = {name: settings[name] for name in LIST_SETTINGS}
    week, before = week_of(as_of), week_of(as_of - timedelta(days=7))
    with store.write() as connection:
        last = before if issued.newest(connection, before) else ""
        origin = Origin("m" * 64, "b" * 64, last, "0")
        return issued.issue(connection, lists(as_of) if drawn is None else drawn, week, as_of, kept, origin, {}, NOW)


#: Username to scope.
PEOPLE = {
    "amina": "officer:o1",
    "kofi": "officer:o2",
    "joyce": "officer:o3",
    "beatrice": "manager:b1",
    "bashir": "manager:b2",
    "dorcas": "desk",
    "ann": "analyst",
    "paula": "dpo",
    "adam": "admin",
    "credo": "credit",
}
PASSWORD = "maize drum ladder river"  # noqa: S105 - of made-up people


def settle_in(store: Store, passwords: Passwords) -> None:
    """An account for everybody."""
    hashed = passwords.hash(PASSWORD)
    with store.write() as connection:
        for name, scope in PEOPLE.items():
            accounts.add(
                connection,
                name,
                Scope.of_text(scope),
                OPERATOR,
                NOW - timedelta(days=30),
                password_hash=hashed,
                display_name=name.title(),
            )


def settings_file(home: Home, database_url: str = "") -> None:
    """Settings of the institution."""
    text = f'institution = "{INSTITUTION}"\ntimezone = "{TIMEZONE}"\n'
    home.settings_file.write_text(text + (f'database_url = "{database_url}"\n' if database_url else ""))
