"""What officers and clients read, in their language: messages, figures, days and the sentences of the features.

The English words are the message. Other languages lie in ``serving/locales/<code>/LC_MESSAGES/exitwatch.po``; a
language whose catalogue lacks a message is refused, so nobody reads a page half in English.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import MappingProxyType

from babel import Locale
from babel.dates import format_date, format_time
from babel.numbers import format_decimal, format_percent
from jinja2 import Environment

from features.errors import UsageError
from features.feature import Feature, Unit
from models.changed import CHANGED, Beside, beside
from serving.catalogues import FOLDER, catalogue_path, codes, locale_of, read, template

ENGLISH = "en"
LESS_THAN = "less than {figure}"
DAYS = ("{n} day", "{n} days")
POINTS = ("{n} percentage point", "{n} percentage points")

#: As `Feature.figure` speaks it: rounded there and nowhere else, so that all languages round alike.
_FIGURE = re.compile(r"(less than )?(-?[\d,]+(?:\.\d+)?)(?: %| days?| percentage points?)?")
#: English pages of this system have always had the space that other languages have too.
_PER_CENT = {ENGLISH: "#,##0 %"}
#: Whole numbers that between them show every plural form a language has.
_SAMPLE = range(201)


class UntranslatedMessage(LookupError):
    """A message that no catalogue knows: a mistake in the code or a catalogue, which the tests find."""


@dataclass(frozen=True, eq=False)
class Language:
    """One language, and everything that is said in it.

    Attributes
    ----------
    code
        As browsers and books have it: "fr".
    native
        What its speakers call it.
    awaiting_reader
        Whether a machine made the translation and no native reader has yet been through it.
    """

    code: str
    native: str
    awaiting_reader: bool
    _locale: Locale
    _words: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    _form: Callable[[int], int] = field(default=lambda n: int(n != 1), repr=False)

    def text(self, message: str, /, **values: object) -> str:
        """A message, with the values in their places.

        Parameters
        ----------
        message
            In English, as the catalogues have it; ``{name}`` stands for a value.

        Raises
        ------
        UntranslatedMessage
            No catalogue has the message.
        """
        return self._forms(message)[0].format(**values)

    def plural(self, one: str, many: str, /, n: int, **values: object) -> str:
        """A message about `n` things; ``{n}`` in it stands for the number as this language writes it."""
        return self._counted((one, many), Decimal(n)).format(n=self.number(n), **values)

    def number(self, value: float, decimals: int = 0) -> str:
        """A number with exactly so many decimals. Rounding is half to even, as for every spoken figure."""
        text = format(value, f".{decimals}f")
        pattern = self._locale.decimal_formats[None].pattern.split(";")[0].split(".")[0]
        exact = f"{pattern}.{'0' * decimals}" if decimals else pattern
        return format_decimal(Decimal(text) + 0, format=exact, locale=self._locale)

    def day(self, day: date) -> str:
        """A day of this week or next: "Mon 1 Jul"."""
        return format_date(day, "EEE d MMM", locale=self._locale)

    def full_day(self, day: date) -> str:
        """A day of any year: "1 Jul 2024"."""
        return format_date(day, "d MMM y", locale=self._locale)

    def weekday(self, day: date) -> str:
        """The day of the week: "Monday"."""
        return format_date(day, "EEEE", locale=self._locale)

    def hour(self, at: str | time) -> str:
        """A time of the day, of 24 hours: "08:30"."""
        return format_time(time.fromisoformat(at) if isinstance(at, str) else at, "HH:mm", locale=self._locale)

    def figure(self, feature: Feature, value: float) -> str:
        """The figure as `Feature.figure` rounds it, with its unit.

        >>> gap = Feature("gap", "contact", "OFF-2", Unit.DAYS, 1, "m", "no contact for {value}")
        >>> language("en").figure(gap, 40.0)
        '40 days'

        Raises
        ------
        ValueError
            The figure is not known, and so cannot be spoken.
        """
        return self._spoken(feature, feature.figure(value))

    def say(self, feature: Feature, value: float) -> str:
        """The sentence for one client's figure.

        Raises
        ------
        ValueError
            The figure is not known, or is not for saying.
        """
        words = feature.words(value)
        shown = abs(value) if words == feature.below else value
        return self.text(words, value=self.figure(feature, shown))

    def change(self, feature: Feature, new: float, old: float | None) -> str:
        """The sentence for this week's figure, with last week's beside it; None where last week's was not known.

        Raises
        ------
        ValueError
            This week's figure is not for saying, or there is nothing to say beside it.
        """
        way = beside(feature, new, old)
        if way is None:
            raise ValueError(f"{feature.name} is spoken as it was last week, or has no words for last week's figure")
        figure = before = ""
        if old is not None and way in (Beside.FIGURE, Beside.TIMES, Beside.SENTENCE):
            figure, before = self.figure(feature, abs(old)), self.say(feature, old)
        return self.text(CHANGED[way], said=self.say(feature, new), figure=figure, before=before)

    def speak_in(self, environment: Environment) -> Environment:
        """Give a template environment ``_``, ``ngettext`` and the filters day, full_day, weekday, hour and number."""
        environment.globals.update(_=self.text, ngettext=self.plural, lang=self.code)
        environment.filters.update(
            day=self.day, full_day=self.full_day, weekday=self.weekday, hour=self.hour, number=self.number
        )
        return environment

    def _spoken(self, feature: Feature, english: str) -> str:
        found = _FIGURE.fullmatch(english)
        if found is None:
            raise ValueError(f"{feature.name} is spoken as {english!r}, which is no figure")
        number = Decimal(found[2].replace(",", ""))
        match feature.unit:
            case Unit.SHARE:
                said = self._per_cent(number)
            case Unit.DAYS:
                said = self._counted(DAYS, number).format(n=self._plain(number))
            case Unit.POINTS:
                said = self._counted(POINTS, number).format(n=self._plain(number))
            case _:
                said = self._plain(number)
        return self.text(LESS_THAN, figure=said) if found[1] else said

    def _plain(self, number: Decimal) -> str:
        return format_decimal(number, locale=self._locale, decimal_quantization=False)

    def _per_cent(self, number: Decimal) -> str:
        pattern = _PER_CENT.get(self.code)
        return format_percent(number / 100, pattern, locale=self._locale, decimal_quantization=False)

    def _counted(self, forms: tuple[str, str], number: Decimal) -> str:
        return self._forms(*forms)[self._form(self._stand_in(abs(number)))]

    def _forms(self, *english: str) -> tuple[str, ...]:
        if self.code == ENGLISH:
            return english
        try:
            return self._words[english[0]]
        except KeyError:
            raise UntranslatedMessage(f"language={self.code!r} has no words for {english[0]!r}") from None

    def _stand_in(self, number: Decimal) -> int:
        """A whole number of the same plural form: catalogues have none for fractions, which else are said as two is."""
        if number == number.to_integral_value():
            return int(number)
        form = self._locale.plural_form
        return next((n for n in _SAMPLE if form(n) == form(number)), 2)


@cache
def language(code: str) -> Language:
    """A language by its code.

    Raises
    ------
    UsageError
        There is no such language, or its catalogue lacks messages.

    Examples
    --------
    >>> language("en").text("{first} to {last}", first="Mon", last="Sun")
    'Mon to Sun'
    """
    return load(code, FOLDER)


def load(code: str, folder: Path) -> Language:
    """A language by its code, from the catalogues in a folder.

    Raises
    ------
    UsageError
        There is no such language, or its catalogue lacks messages.
    """
    known = (ENGLISH, *codes(folder))
    if code not in known:
        raise UsageError(
            f"language={code!r} is not known; there are {', '.join(sorted(known))}. "
            "Choose one of them, or add a catalogue as CONTRIBUTING.md tells"
        )
    locale = locale_of(code)
    if code == ENGLISH:
        return Language(code, _native(locale), awaiting_reader=False, _locale=locale)
    catalogue, needed = read(catalogue_path(code, folder)), template(folder)
    missing = [message for message in needed if not catalogue.has(message)]
    if missing:
        raise UsageError(
            f"language={code!r} lacks {len(missing)} of {len(needed)} messages, the first is {missing[0].one!r}; "
            f"fill in {catalogue_path(code, folder).relative_to(folder.parent).as_posix()}"
        )
    return Language(
        code,
        _native(locale),
        awaiting_reader=catalogue.awaiting_reader,
        _locale=locale,
        _words=MappingProxyType({one: entry.forms for one, entry in catalogue.entries.items()}),
        _form=catalogue.form,
    )


class _Languages(Mapping[str, str]):
    """Code to native name, read from the folders when first asked for."""

    def __getitem__(self, code: str) -> str:
        return _found()[code]

    def __iter__(self) -> Iterator[str]:
        return iter(_found())

    def __len__(self) -> int:
        return len(_found())


#: Every language there is, by its code, with the name its speakers give it.
LANGUAGES: Mapping[str, str] = _Languages()


@cache
def _found() -> Mapping[str, str]:
    return MappingProxyType({code: _native(locale_of(code)) for code in (ENGLISH, *codes())})


def _native(locale: Locale) -> str:
    name = locale.get_language_name(locale) or locale.language
    return name[0].upper() + name[1:]
