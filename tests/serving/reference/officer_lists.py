"""Made-up lists of a credit officer with some 400 clients: real sentences and figures, invented people."""

import random
from datetime import date, timedelta

from features.catalogue import FEATURES
from features.drivers import ACTIONS, DRIVERS
from features.feature import Feature, Unit
from models.changed import beside
from serving.languages import Language
from serving.line import DESK, Card, Change, Line, OfficerList, Said, check_letters

AS_OF = date(2024, 6, 30)
NAMES = (
    "Wanjiku Achieng Otieno",
    "Fatuma Hassan Abdi",
    "Grace Nyambura",
    "Mary Atieno Ouma",
    "Esther Wambui Kariuki",
    "Rehema Juma",
    "Beatrice Chebet",
    "Halima Salim Omar",
    "Agnes Mutheu Kilonzo",
    "Joyce Akinyi",
)
GROUPS = ("Umoja", "Tumaini Traders", "Bidii Women", "Old Station Traders", "Neema")
#: What an officer may be told, as far as it is spoken: one feature after the other.
SPOKEN = tuple(
    feature
    for feature in FEATURES.values()
    if feature.spoken and DRIVERS[feature.driver].shown and DRIVERS[feature.driver].avoid
)


def officer_list(count: int = 8, seed: int = 1, officer: str = "o17", language: str = "en") -> OfficerList:
    """A list of so many lines, each different from seed to seed."""
    rng = random.Random(seed)
    days = sorted(rng.choice((0, 1, 1, 2, 3, 3, 4, 9)) for _ in range(count))
    lines = [_line(rng, place, day, for_desk=officer == DESK) for place, day in enumerate(days, start=1)]
    return bound(lines, officer, language)


def bound(lines: list[Line], officer: str = "o17", language: str = "en") -> OfficerList:
    """Lines as a list."""
    desk = officer == DESK
    name = f"2024-W27-{officer}"
    return OfficerList(
        list_id=name,
        officer_id=officer,
        officer_name="Retention desk" if desk else "Moses Traore",
        branch_id="" if desk else "b3",
        branch_name="" if desk else "Bright Corner",
        week="2024-W27",
        as_of=AS_OF,
        language=language,
        check=check_letters(name, [line.client_id for line in lines]),
        lines=tuple(lines),
    )


def figure(feature: Feature, rng: random.Random) -> float:
    """A figure such as clients have."""
    match feature.unit:
        case Unit.FLAG:
            return 1.0
        case Unit.SHARE | Unit.POINTS | Unit.INDEX:
            return rng.randrange(4, 96) / 100
        case Unit.RATIO:
            return rng.randrange(20, 300) / 100
        case Unit.CURRENCY:
            return float(rng.randrange(20, 900) * 100)
        case Unit.COUNT | Unit.CALENDAR:
            return float(rng.randrange(2, 12))
    return float(rng.randrange(2, 190))


def _line(rng: random.Random, place: int, day: int, *, for_desk: bool) -> Line:
    told = tuple(Said(feature.driver, feature.name, figure(feature, rng)) for feature in rng.sample(SPOKEN, 3))
    driver, first = DRIVERS[told[0].driver], told[0]
    assert driver.action in ACTIONS
    change = Change(first.feature, first.value, round(first.value * 0.6, 2))
    worth_telling = place % 3 == 1 and beside(FEATURES[first.feature], change.new, change.old) is not None
    return Line(
        client_id=f"C{rng.randrange(10**8):08d}",
        place=place,
        rank=place,
        band=rng.choice(("high", "high", "medium", "low")),
        reasons=told,
        reasons_note="",
        changes=(change,) if worth_telling else (),
        changes_note="" if worth_telling else "unchanged",
        action=driver.action.value,
        avoid=driver.avoid,
        last_contact_on=AS_OF - timedelta(days=rng.randrange(5, 90)),
        last_contact_result=rng.choice(("reached", "not_reached", "promised")),
        loan_ends_on=AS_OF + timedelta(days=rng.randrange(-9, 90)),
        meeting_on=None if day == 9 else AS_OF + timedelta(days=1 + day),
        carried_over=place % 4 == 2,
        routed=("complaint",) if for_desk and place < 3 else (),
        card=Card(
            name=NAMES[(place - 1) % len(NAMES)],
            phone=f"+99907{rng.randrange(10**6):06d}",
            phone_works=rng.choice((True, True, False, None)),
            group=GROUPS[day % len(GROUPS)],
            village=rng.choice(("Clay Hill", "Dry River", "Crossroads")),
            language=rng.choice(("Swahili", "Kikuyu", "Dholuo")),
            reach_by=rng.choice(("", "call", "visit")),
            hours_from=rng.choice(("", "10:00")),
            safe_to_call=False if place == 4 else None,
            visitor="woman" if place == 6 else "",
            cycle=rng.randrange(1, 8),
            last_contact_kind=rng.choice(("visit", "call", "meeting")),
            open_complaint=for_desk and place < 3,
        ),
    )


def longest(tongue: Language, count: int = 10) -> OfficerList:
    """A list on which everything is as long as it gets in a language: its longest sentences, and every remark."""
    rng = random.Random(7)

    def length(feature: Feature) -> int:
        return len(tongue.say(feature, figure(feature, rng)))

    features = sorted(SPOKEN, key=length)[-3:]
    told = [Change(feature.name, figure(feature, rng), figure(feature, rng)) for feature in features]
    changes = tuple(each for each in told if beside(FEATURES[each.feature], each.new, each.old) is not None)
    driver = max(
        (driver for driver in DRIVERS.values() if driver.shown),
        key=lambda driver: len(tongue.text(ACTIONS[driver.action])) + len(tongue.text(driver.avoid)),
    )
    card = Card(
        name="Wanjiku Achieng Nyambura Otieno-Kariuki wa Mwangaza",
        phone="+999 07 123 456 789",
        phone_works=False,
        group="Old Station Road Traders and Market Women United",
        village="Upper Clay Hill beyond the Dry River",
        language="Kiswahili cha Kibera",
        reach_by="meeting",
        hours_from="10:30",
        hours_until="16:30",
        safe_to_call=False,
        visitor="woman",
        cycle=12,
        state="resting",
        last_contact_kind="meeting",
    )
    lines = [
        Line(
            client_id=f"BRANCH-17-CLIENT-{place:08d}",
            place=place,
            rank=place,
            band="medium",
            reasons=tuple(Said(feature.driver, feature.name, figure(feature, rng)) for feature in features),
            reasons_note="",
            changes=changes,
            changes_note="" if changes else "unchanged",
            action=driver.action.value,
            avoid=driver.avoid,
            last_contact_on=date(2023, 9, 27),
            last_contact_result="promised",
            loan_ends_on=date(2023, 9, 27),
            meeting_on=date(2024, 7, 1 + place % 7) if place % 8 else None,
            carried_over=True,
            routed=(),
            card=card,
        )
        for place in range(1, count + 1)
    ]
    return bound(sorted(lines, key=lambda line: line.place), language=tongue.code)
