"""What may be sent to an officer's own phone: that a list is ready and where the week's meetings are, never who or why.

A phone is lost, lent and read by others. So there is no name, number, reason or client id in a message, and of the
desk, whose clients ride on no meeting, not even a group.
"""

from collections.abc import Iterable
from datetime import date
from itertools import groupby

from serving.documents.content import days, title
from serving.languages import Language
from serving.line import Line, OfficerList

#: Signs a message takes, as it is shown on a phone without scrolling far.
LONGEST = 1000
#: Signs of one SMS, in the alphabet of the telephone net (GSM 03.38) and in UCS-2.
SMS_GSM, SMS_UCS2 = 160, 70

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
#: These take two places.
_GSM_EXTENDED = frozenset("^{}\\[~]|€\f")


def as_message(page: OfficerList, language: Language) -> str:
    """A text to send to an officer: how many clients, on which days, and where the names are. At most `LONGEST` signs.

    Group names are left out where they would make it longer than that, and then the days.
    """
    clients, days_met = _clients(page, language), _days(page, language)
    head = f"{title(page, language)}\n{_named(page, language)}: {clients}"
    tail = f"{_where(language)}\n{language.text('Valid until {day}.', day=language.day(days(page.as_of)[1]))}"
    bare = f"{clients}\n{tail}"
    texts = (
        "\n".join((head, *_with_groups(page, days_met), tail)),
        "\n".join((head, *days_met, tail)),
        f"{head}\n{tail}",
    )
    return next((text for text in texts if len(text) <= LONGEST), bare)


def as_sms(page: OfficerList, language: Language) -> str:
    """The same in one SMS: as much of it as one takes in the alphabet its letters need."""
    clients, named = _clients(page, language), _named(page, language)
    days_met = ", ".join(_days(page, language))
    texts = (
        f"{named}: {clients}. {days_met}. {_where(language)}",
        f"{named}: {clients}. {days_met}",
        f"{named}: {clients}. {_where(language)}",
        f"{named}: {clients}",
        named,
    )
    return next((text for text in texts if fits_sms(text)), clients)


def fits_sms(text: str) -> bool:
    """Whether a text is one SMS.

    >>> fits_sms("a" * 160), fits_sms("a" * 161), fits_sms("स" * 70), fits_sms("स" * 71), fits_sms("€" * 81)
    (True, False, True, False, False)
    """
    if set(text) <= _GSM | _GSM_EXTENDED:
        return len(text) + sum(sign in _GSM_EXTENDED for sign in text) <= SMS_GSM
    return len(text.encode("utf-16-be")) // 2 <= SMS_UCS2


def _clients(page: OfficerList, language: Language) -> str:
    return language.plural("{n} client", "{n} clients", len(page.lines))


def _named(page: OfficerList, language: Language) -> str:
    return f"{language.text('List')} {_one_line(page.printed_id)}"


def _where(language: Language) -> str:
    return language.text("Names and reasons: on paper or your page only.")


def _days(page: OfficerList, language: Language) -> tuple[str, ...]:
    """Each meeting day with its number of clients; of the desk none."""
    if page.is_desk:
        return ()
    return tuple(f"{_day(day, language)}: {language.number(len(met))}" for day, met in _met(page))


def _with_groups(page: OfficerList, days_met: Iterable[str]) -> tuple[str, ...]:
    """The same with the groups that meet, each as the officer knows it."""
    groups = [sorted({_one_line(line.card.group) for line in met if day} - {""}) for day, met in _met(page)]
    return tuple(
        f"{text} ({', '.join(names)})" if names else text for text, names in zip(days_met, groups, strict=False)
    )


def _met(page: OfficerList) -> list[tuple[date | None, list[Line]]]:
    """Lines by meeting day, in the order of the week; last those without a meeting."""
    lines = sorted(page.lines, key=lambda line: (line.meeting_on is None, line.meeting_on or date.max))
    return [(day, list(met)) for day, met in groupby(lines, key=lambda line: line.meeting_on)]


def _day(day: date | None, language: Language) -> str:
    return language.text("No meeting") if day is None else language.day(day)


def _one_line(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
