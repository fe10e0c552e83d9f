"""Archives: written whole, and read only when every part is what the manifest says."""

import json
import stat
import zipfile
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from features.errors import StorageError, UsageError
from serving.archive import archive_written_whole, opened_archive

MOST = 10_000_000
PARTS = {"a.txt": b"ama\n" * 100, "below/b.parquet": bytes(range(256)) * 20, "empty": b""}


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    with archive_written_whole(tmp_path / "a.zip", {"format": 1}) as writing:
        for name, content in PARTS.items():
            writing.add(name, [content[:10], content[10:]])
    return tmp_path / "a.zip"


Entry = tuple[zipfile.ZipInfo, bytes]


def rewritten(archive: Path, change: Callable[[list[Entry]], list[Entry]]) -> Path:
    """The archive with other entries, as somebody who means harm would put it together."""
    with zipfile.ZipFile(archive) as opened:
        entries = [(entry, opened.read(entry)) for entry in opened.infolist()]
    target = archive.with_name("changed.zip")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as into:
        for entry, content in change(entries):
            into.writestr(entry, content)
    return target


def with_part(name: str, content: bytes, kind: int = stat.S_IFREG) -> Callable[[list[Entry]], list[Entry]]:
    """Add a part, and name it in the manifest too."""

    def change(entries: list[Entry]) -> list[Entry]:
        entry = zipfile.ZipInfo(name)
        entry.external_attr = (kind | 0o644) << 16
        entry.compress_type = zipfile.ZIP_DEFLATED
        manifest = json.loads(entries[-1][1])
        manifest["parts"][name] = {"bytes": len(content), "sha256": sha256(content).hexdigest()}
        return [*entries[:-1], (entry, content), (entries[-1][0], json.dumps(manifest).encode())]

    return change


def read(archive: Path, most: int = MOST) -> dict[str, bytes]:
    with opened_archive(archive, most) as opened:
        return {name: opened.read(name) for name in opened.parts}


def test_parts_come_out_as_they_went_in_and_only_the_owner_may_read(archive: Path) -> None:
    assert read(archive) == PARTS
    assert archive.stat().st_mode & 0o777 == 0o600


def test_parts_are_unpacked_and_read_line_by_line(archive: Path, tmp_path: Path) -> None:
    with opened_archive(archive, MOST) as opened:
        assert dict(opened.about) == {"format": 1}
        opened.unpack("below/b.parquet", tmp_path / "out" / "b.parquet")
        assert list(opened.lines("a.txt")) == [b"ama\n"] * 100

    assert (tmp_path / "out" / "b.parquet").read_bytes() == PARTS["below/b.parquet"]


def test_the_same_content_is_the_same_archive(archive: Path, tmp_path: Path) -> None:
    with archive_written_whole(tmp_path / "again.zip", {"format": 1}) as writing:
        for name, content in PARTS.items():
            writing.add(name, [content])

    assert (tmp_path / "again.zip").read_bytes() == archive.read_bytes()


def test_an_archive_is_never_written_over(archive: Path) -> None:
    with pytest.raises(UsageError, match=r"there is a file 'a\.zip' already"), archive_written_whole(archive, {}):
        pass

    assert read(archive) == PARTS


def test_an_error_leaves_no_archive_and_nothing_else(tmp_path: Path) -> None:
    def failing() -> Iterator[bytes]:
        yield b"half"
        raise KeyError

    with pytest.raises(KeyError), archive_written_whole(tmp_path / "a.zip", {}) as writing:
        writing.add("a", failing())

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name",
    ["../evil", "/etc/evil", "a/../../evil", "a//evil", "./evil", "a\\..\\evil", "a\nb", "e\u202evil", f"{'e' * 256}"],
)
def test_a_name_that_leads_elsewhere_is_refused(archive: Path, name: str) -> None:
    with pytest.raises(StorageError, match="leads elsewhere"):
        read(rewritten(archive, with_part(name, b"evil")))


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFDIR, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK])
def test_links_and_devices_are_refused(archive: Path, kind: int) -> None:
    with pytest.raises(StorageError, match="is a link"):
        read(rewritten(archive, with_part("evil", b"/etc/passwd", kind)))


def test_what_unpacks_to_more_than_is_allowed_is_refused_before_it_is_unpacked(archive: Path) -> None:
    bomb = rewritten(archive, with_part("bomb", bytes(50_000_000)))
    assert bomb.stat().st_size < 200_000

    with pytest.raises(StorageError, match=r"unpacks to 0\.1 GB, more than the 0\.0 GB allowed"):
        read(bomb)


def test_a_part_that_says_it_is_smaller_than_it_is_is_refused(archive: Path) -> None:
    def lie(entries: list[Entry]) -> list[Entry]:
        changed = with_part("bomb", bytes(1_000_000))(entries)
        manifest = json.loads(changed[-1][1])
        manifest["parts"]["bomb"]["bytes"] = 10
        return [*changed[:-1], (changed[-1][0], json.dumps(manifest).encode())]

    with pytest.raises(StorageError, match="'bomb' of the archive is not what was put into it"):
        read(rewritten(archive, lie))


def test_a_part_nobody_named_and_a_part_that_is_missing_are_refused(archive: Path) -> None:
    extra = rewritten(archive, lambda entries: [(zipfile.ZipInfo("extra"), b""), *entries])
    with pytest.raises(StorageError, match="other parts than its manifest names"):
        read(extra)
    with pytest.raises(StorageError, match="other parts than its manifest names"):
        read(rewritten(archive, lambda entries: entries[1:]))


def test_two_parts_of_one_name_are_refused(archive: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        twice = rewritten(archive, lambda entries: [*entries, entries[0]])

    with pytest.raises(StorageError, match="two parts of one name"):
        read(twice)


def test_a_changed_part_is_refused_by_name(archive: Path) -> None:
    changed = rewritten(archive, lambda entries: [(entries[0][0], b"kofi" * 100), *entries[1:]])

    with pytest.raises(StorageError, match=r"'a\.txt' of the archive is not what was put into it"):
        read(changed)


@pytest.mark.parametrize("manifest", [b"", b"[]", b"{}", b'{"parts": {"a.txt": 1}}', b"[" * 100_000, b'{"parts": []}'])
def test_an_archive_without_a_readable_manifest_is_refused(archive: Path, manifest: bytes) -> None:
    with pytest.raises(StorageError, match="no manifest that can be read"):
        read(rewritten(archive, lambda entries: [*entries[:-1], (entries[-1][0], manifest)]))
    with pytest.raises(StorageError, match="no manifest that can be read"):
        read(rewritten(archive, lambda entries: entries[:-1]))


def test_cut_off_and_foreign_files_are_refused(archive: Path, tmp_path: Path) -> None:
    whole = archive.read_bytes()
    for content in (b"", b"no zip", whole[: len(whole) // 2], whole[:-30], whole[100:]):
        (tmp_path / "bad.zip").write_bytes(content)
        with pytest.raises(StorageError, match="damaged"):
            read(tmp_path / "bad.zip")
    with pytest.raises(UsageError, match="no file"):
        read(tmp_path / "missing.zip")


def test_no_changed_byte_goes_unseen(archive: Path, tmp_path: Path) -> None:
    """Each byte in turn: what is read is refused, or is exactly what was written."""
    whole = archive.read_bytes()
    for place in range(0, len(whole), 7):
        (tmp_path / "bad.zip").write_bytes(whole[:place] + bytes([whole[place] ^ 0x41]) + whole[place + 1 :])
        try:
            found = read(tmp_path / "bad.zip")
        except StorageError:
            continue
        assert found == PARTS


def test_an_archive_that_changes_after_it_was_verified_is_seen(tmp_path: Path) -> None:
    with archive_written_whole(tmp_path / "a.zip", {}) as writing:
        writing.add("b.png", [b"original" * 100_000])
    with opened_archive(tmp_path / "a.zip", MOST) as opened:
        (tmp_path / "a.zip").write_bytes((tmp_path / "a.zip").read_bytes().replace(b"original", b"exchange"))
        with pytest.raises(StorageError):
            opened.unpack("b.png", tmp_path / "b.png")
