"""Style, script and pictures of the pages: read once, packed once, and named by a hash so that phones keep them."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

from serving.pages.icon import icon

_FOLDER = Path(__file__).with_name("static")
_MEDIA = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
_ICONS = MappingProxyType(
    {
        "icon-192.png": (192, False),
        "icon-512.png": (512, False),
        "icon-192-maskable.png": (192, True),
        "icon-512-maskable.png": (512, True),
    }
)
_PICTURE = "image/png"


@dataclass(frozen=True)
class Asset:
    """One file as it is sent, and the same packed with gzip; empty where packing gains nothing."""

    content: bytes
    packed: bytes
    media: str


@dataclass(frozen=True)
class Assets:
    """Everything the pages are dressed in.

    Parameters
    ----------
    digest
        Of all of it; another release has another one, so a browser never mixes two.
    """

    digest: str
    files: Mapping[str, Asset]

    def address(self, name: str) -> str:
        """Where a file lies."""
        return f"/static/{self.digest}/{name}"

    def find(self, digest: str, name: str) -> Asset | None:
        """A file of this release; None for any other name or release."""
        if digest != self.digest:
            return None
        return _drawn(name) if name in _ICONS else self.files.get(name)

    @property
    def kept_by_phones(self) -> tuple[str, ...]:
        """Addresses a phone needs where there is no network."""
        return tuple(self.address(name) for name in (*self.files, "icon-192.png"))


@cache
def assets() -> Assets:
    """The files of this release."""
    files = {path.name: path.read_bytes() for path in sorted(_FOLDER.iterdir()) if path.suffix in _MEDIA}
    drawing = Path(__file__).with_name("icon.py").read_bytes()
    whole = sha256(b"".join(name.encode() + b"\0" + content for name, content in files.items()) + drawing)
    packed = {
        name: Asset(content, gzip.compress(content, 9, mtime=0), _MEDIA[Path(name).suffix])
        for name, content in files.items()
    }
    return Assets(whole.hexdigest()[:12], MappingProxyType(packed))


@cache
def _drawn(name: str) -> Asset:
    size, maskable = _ICONS[name]
    return Asset(icon(size, maskable=maskable), b"", _PICTURE)
