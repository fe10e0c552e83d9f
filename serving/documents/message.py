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
    clients = _clients(len(page.lines), language)
    days_met = [(_day(day, language), len(met), _groups(met) if day else "") for day, met in _met(page)]
    head = f"{title(page, language)}\n{_named(page, language)}, {clients}"
    until = language.text("Valid until {day}.", day=language.day(days(page.as_of)[1]))
    # A day may end with the full stop of an abbreviation.
    tail = f"{_where(language)}\n{until.replace('..', '.')}"
    plain = [f"{day}, {_clients(n, language)}" for day, n, _ in days_met]
    texts = (
        "\n".join((head, *(f"{text}{groups}" for text, (_, _, groups) in zip(plain, days_met, strict=True)), tail)),
        "\n".join((head, *plain, tail)),
        f"{head}\n{tail}",
    )
    return next((text for text in texts if len(text) <= LONGEST), f"{clients}\n{tail}")


def as_sms(page: OfficerList, language: Language) -> str:
    """The same in one SMS: as much of it as one takes in the alphabet its letters need."""
    clients = _clients(len(page.lines), language)
    head = f"{_named(page, language)}, {clients}."
    days_met = ", ".join(f"{_day(day, language)} ({language.number(len(met))})" for day, met in _met(page))
    texts = (
        f"{head} {days_met}. {_where(language)}" if days_met else "",
        f"{head} {days_met}." if days_met else "",
        f"{head} {_where(language)}",
        head,
        _named(page, language),
    )
    return next((text for text in texts if text and fits_sms(text)), clients)


def fits_sms(text: str) -> bool:
    """Whether a text is one SMS.

    >>> fits_sms("a" * 160), fits_sms("a" * 161), fits_sms("स" * 70), fits_sms("स" * 71), fits_sms("€" * 81)
    (True, False, True, False, False)
    """
    if set(text) <= _GSM | _GSM_EXTENDED:
        return len(text) + sum(sign in _GSM_EXTENDED for sign in text) <= SMS_GSM
    return len(text.encode("utf-16-be")) // 2 <= SMS_UCS2


def _clients(n: int, language: Language) -> str:
    return language.plural("{n} client", "{n} clients", n)


def _named(page: OfficerList, language: Language) -> str:
    return f"{language.text('List')} {_one_line(page.printed_id)}"


def _where(language: Language) -> str:
    return language.text("Names and reasons: on paper or your page only.")


def _met(page: OfficerList) -> list[tuple[date | None, list[Line]]]:
    """Lines by meeting day, in the order of the week; last those without a meeting. Of the desk none."""
    if page.is_desk:
        return []
    lines = sorted(page.lines, key=lambda line: (line.meeting_on is None, line.meeting_on or date.max))
    return [(day, list(met)) for day, met in groupby(lines, key=lambda line: line.meeting_on)]


def _day(day: date | None, language: Language) -> str:
    return language.text("No meeting") if day is None else language.day(day)


def _groups(met: Iterable[Line]) -> str:
    """The groups that meet, each as the officer knows it."""
    names = sorted({_one_line(line.card.group) for line in met} - {""})
    return f" ({', '.join(names)})" if names else ""


def _one_line(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
