"""What is signed and kept on a phone: the list as HTML, whose it is, and until when it may be read."""

import json
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from serving.languages import Language
from serving.line import OfficerList

#: Days after its week in which a list may still be read on a phone that has no network or is signed out.
READABLE_AFTER = 7
_WEEK = 7
_DIGEST_LETTERS = 20


@dataclass(frozen=True)
class Document:
    """A list as a phone keeps it.

    Parameters
    ----------
    content
        The very text that is signed.
    """

    content: str

    @property
    def digest(self) -> str:
        """Tells whether the phone has this very one."""
        return sha256(self.content.encode()).hexdigest()[:_DIGEST_LETTERS]


def document(account: str, language: Language, page: OfficerList, title: str, html: str) -> Document:
    """The document of a list. The same list gives the same text.

    Parameters
    ----------
    html
        The list and its form, without anything that belongs to a session.
    """
    content = {
        "account": account,
        "language": language.code,
        "list_id": page.list_id,
        "check": page.check,
        "title": title,
        "readable_until": (page.as_of + timedelta(days=_WEEK + READABLE_AFTER)).isoformat(),
        "html": html,
    }
    return Document(json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")))
