"""Catalogues of messages as files: one .po for each language, and one template that names every message there is."""

import gettext
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from io import BytesIO
from pathlib import Path
from types import MappingProxyType

from babel import Locale, UnknownLocaleError
from babel.messages import Catalog
from babel.messages.plurals import get_plural
from babel.messages.pofile import PoFileError, read_po, write_po

from features.errors import UsageError

FOLDER = Path(__file__).with_name("locales")
#: Every message there is, in English, without any translation.
TEMPLATE = "exitwatch.pot"
_AWAITING = "X-Awaiting-Native-Reader"
_WRAPPED_NOWHERE = 0


@dataclass(frozen=True)
class Entry:
    """One message, and what a catalogue makes of it.

    Attributes
    ----------
    one, many
        English; `many` is empty for a message without plural forms.
    forms
        The translation: one text, or one for each plural form of the language.
    doubtful
        Whether somebody marked the translation as fuzzy.
    hint
        For the translator.
    notes
        What translators wrote beside it.
    """

    one: str
    many: str = ""
    forms: tuple[str, ...] = ()
    doubtful: bool = False
    hint: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Catalogue:
    """The messages of one language, by their English words (those for one thing).

    Attributes
    ----------
    plural_rule
        As the file's ``Plural-Forms`` has it.
    form
        Which plural form a whole number takes.
    awaiting_reader
        Whether a machine made the translation and no native reader has yet been through it.
    """

    entries: Mapping[str, Entry]
    plurals: int
    plural_rule: str
    form: Callable[[int], int]
    awaiting_reader: bool

    def has(self, message: Entry) -> bool:
        """Whether the whole of a message is translated, in every form, and nobody marked it as doubtful."""
        found = self.entries.get(message.one)
        if found is None or found.doubtful or found.many != message.many:
            return False
        return len(found.forms) == (self.plurals if message.many else 1) and all(found.forms)


def catalogue_path(code: str, folder: Path = FOLDER) -> Path:
    """Where the catalogue of a language lies."""
    return folder / code / "LC_MESSAGES" / "exitwatch.po"


def locale_of(code: str) -> Locale:
    """What the Unicode locale data know of a language.

    Raises
    ------
    UsageError
        No language has this code.
    """
    try:
        return Locale.parse(code)
    except (ValueError, UnknownLocaleError):
        raise UsageError(
            f"locales/{code} is no language; name the folder by the code of a language, such as fr"
        ) from None


def codes(folder: Path = FOLDER) -> tuple[str, ...]:
    """Languages that have a catalogue, in alphabetical order; English needs none."""
    return tuple(sorted(path.name for path in folder.glob("*") if catalogue_path(path.name, folder).is_file()))


@cache
def template(folder: Path = FOLDER) -> tuple[Entry, ...]:
    """Every message there is, in the order of the file."""
    return tuple(read(folder / TEMPLATE).entries.values())


def read(path: Path) -> Catalogue:
    """A catalogue as its file has it.

    Raises
    ------
    UsageError
        The file is not there, or is no catalogue.
    """
    try:
        content = path.read_bytes()
        found = read_po(BytesIO(content), abort_invalid=True)
        form = gettext.c2py(found.plural_expr)
    except (PoFileError, ValueError, OSError) as error:
        raise UsageError(f"{path.parent.parent.name}/{path.name} cannot be read as a catalogue: {error}") from None
    entries = {}
    for message in found:
        if message.id:
            one, many = (message.id, "") if isinstance(message.id, str) else (message.id[0], message.id[1])
            said = message.string or ()
            entries[one] = Entry(
                one,
                many,
                forms=(said,) if isinstance(said, str) else tuple(said),
                doubtful=message.fuzzy,
                hint=" ".join(message.auto_comments),
                notes=tuple(message.user_comments),
            )
    return Catalogue(
        entries=MappingProxyType(entries),
        plurals=found.num_plurals,
        plural_rule=found.plural_forms,
        form=form,
        awaiting_reader=re.search(rb'^"%s: yes\\n"$' % _AWAITING.encode(), content, re.MULTILINE) is not None,
    )


def update(messages: Iterable[Entry], folder: Path = FOLDER) -> dict[str, int]:
    """Bring template and catalogues in line with the messages there are: the same messages make the same bytes.

    What is translated stays as it is; a message nobody uses any more goes; a new one is left empty, to be filled in.

    Parameters
    ----------
    messages
        Every message, in the order of the files.

    Returns
    -------
    Language to how many messages are still to be translated.
    """
    wanted = tuple(messages)
    _write(folder / TEMPLATE, wanted, {})
    missing = {}
    for code in codes(folder):
        path = catalogue_path(code, folder)
        old = read(path)
        entries = tuple(_kept(message, old) for message in wanted)
        headers = {"Language": code, "Plural-Forms": old.plural_rule}
        _write(path, entries, headers | ({_AWAITING: "yes"} if old.awaiting_reader else {}))
        missing[code] = sum(not old.has(message) for message in wanted)
    return missing


def begin(code: str, folder: Path = FOLDER) -> Path:
    """An empty catalogue of a new language, with the language's own plural rule and awaiting a native reader.

    Raises
    ------
    UsageError
        There is one already, or no language has this code.
    """
    rule, path = str(get_plural(locale_of(code))), catalogue_path(code, folder)
    if path.exists():
        raise UsageError(f"language={code!r} has a catalogue already; fill in what is empty there")
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, (), {"Language": code, "Plural-Forms": rule, _AWAITING: "yes"})
    return path


def _kept(message: Entry, old: Catalogue) -> Entry:
    found = old.entries.get(message.one)
    if found is None or bool(found.many) != bool(message.many):
        return message
    return replace(message, forms=found.forms, doubtful=found.doubtful, notes=found.notes)


def _write(path: Path, entries: Iterable[Entry], headers: Mapping[str, str]) -> None:
    # Written here and not by Babel, which would put today's date and its own version into every file.
    header = {"Content-Type": "text/plain; charset=utf-8", "Content-Transfer-Encoding": "8bit", **headers}
    lines = ['msgid ""', 'msgstr ""', *(f'"{name}: {value}\\n"' for name, value in header.items()), "", ""]
    catalogue = Catalog(locale=headers.get("Language"))
    for entry in entries:
        empty = ("",) * catalogue.num_plurals if entry.many else ""
        catalogue.add(
            (entry.one, entry.many) if entry.many else entry.one,
            (entry.forms if entry.many else entry.forms[0]) if any(entry.forms) else empty,
            flags=("fuzzy",) if entry.doubtful else (),
            auto_comments=(entry.hint,) if entry.hint else (),
            user_comments=entry.notes,
        )
    written = BytesIO()
    write_po(written, catalogue, width=_WRAPPED_NOWHERE, omit_header=True)
    path.write_bytes("\n".join(lines).encode() + written.getvalue())
