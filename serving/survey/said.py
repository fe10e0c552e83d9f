"""One cell of the form, read from text or refused with its column."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from uuid import NAMESPACE_OID, UUID, uuid5

from serving.given import printable
from serving.survey.refusals import AnswerRefused, Why
from serving.survey.words import COLUMNS

LONGEST_STORY = 1_000
_NUMBER = re.compile(r"(?:[0-9][\s./()-]*){7,}")
_LANGUAGE = re.compile("[a-z]{2,3}")
_YES, _NO = frozenset({"yes", "y", "true", "1"}), frozenset({"no", "n", "false", "0"})


def own_id(said: Mapping[str, str]) -> str:
    """The id that was sent, or one that the same words always give."""
    if said["answer_id"]:
        return as_id(said["answer_id"], "answer_id")
    words = "\n".join(f"{name}={said[name]}" for name in COLUMNS)
    return str(uuid5(NAMESPACE_OID, words.encode("utf-8", "backslashreplace").decode()))


def as_id(text: str, column: str) -> str:
    """An id, refused where it is no UUID."""
    try:
        return str(UUID(text)) if len(text) == 36 else _refused(Why.NO_ID, column)
    except ValueError:
        return _refused(Why.NO_ID, column)


def _refused(why: Why, column: str) -> str:
    raise AnswerRefused(why, column) from None


def as_day(said: Mapping[str, str], column: str) -> date | None:
    """A day; None where none was written."""
    if not said[column]:
        return None
    try:
        if len(said[column]) != 10:
            raise ValueError("not ten signs")
        return datetime.strptime(said[column], "%Y-%m-%d").date()  # noqa: DTZ007 - a day on the owner's calendar
    except ValueError:
        raise AnswerRefused(Why.NOT_A_DATE, column) from None


def as_yes(said: Mapping[str, str], column: str) -> bool | None:
    """Yes or no; None where neither was written."""
    word = said[column].casefold()
    if word not in _YES | _NO | {""}:
        raise AnswerRefused(Why.YES_OR_NO, column)
    return None if not word else word in _YES


def one_of(said: Mapping[str, str], column: str, words: tuple[str, ...]) -> str:
    """A word of a closed list, however it is capitalised."""
    found = {word.casefold(): str(word) for word in words}
    if said[column] and said[column].casefold() not in found:
        raise AnswerRefused(Why.WORD, column, ", ".join(words))
    return found.get(said[column].casefold(), "")


def short(said: Mapping[str, str], column: str, longest: int) -> str:
    """Words of so many signs at most, all of them printable."""
    if len(said[column]) > longest or not printable(said[column]):
        raise AnswerRefused(Why.SIGNS, column)
    return said[column]


def as_language(text: str) -> str:
    """The code of a language."""
    if text and not _LANGUAGE.fullmatch(text.casefold()):
        raise AnswerRefused(Why.LANGUAGE, "language")
    return text.casefold()


def as_story(text: str, client_id: str) -> str:
    """What was told, on one line; whatever looks like a phone number or is her id is refused."""
    if len(text) > 4 * LONGEST_STORY:
        raise AnswerRefused(Why.STORY_LONG, "story")
    flat = unicodedata.normalize("NFC", " ".join(text.split()))
    if not printable(flat):
        raise AnswerRefused(Why.SIGNS, "story")
    if len(flat) > LONGEST_STORY:
        raise AnswerRefused(Why.STORY_LONG, "story")
    if _NUMBER.search(flat) or client_id in flat.split():
        raise AnswerRefused(Why.STORY_NAMES, "story")
    return flat
