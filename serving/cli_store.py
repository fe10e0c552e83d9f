"""Commands about what is kept: backup, restore, another version's tables, erasing what is old, making lists again."""

from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from sqlalchemy import Connection

from features.errors import BrokenLog, UsageError
from serving.cli_terminal import DEFAULT_HOME, HomeOption, home_at, now, progress, say
from serving.home import Home, is_week

_GIGABYTE = 10**9


def back_up(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The archive to write, such as 2025-W31.zip.")],
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Write folder and database into one archive, also while the server runs.

    Whoever holds the archive holds everything: keep it where only those may read it who may read the database.
    """
    from serving.backup import back_up

    folder = _existing(home)
    with progress() as told:
        made = back_up(folder, folder.database_url(folder.settings()), file, now(), version("exitwatch"), told)
    say(f"{file.name}: {made.parts:,} parts, {made.rows:,} rows, {made.size / 1e6:,.1f} MB")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An archive that `exitwatch backup` wrote.")],
    home: HomeOption = DEFAULT_HOME,
    database: Annotated[
        str,
        typer.Option("--database", metavar="URL", help="An empty database to restore into; else the settings'."),
    ] = "",
    most_gb: Annotated[
        float, typer.Option("--most-gb", min=0.001, help="An archive that unpacks to more is refused.")
    ] = 64.0,
    *,
    force: Annotated[
        bool, typer.Option("--force", help="Move a working folder that is not empty aside, and keep it.")
    ] = False,
) -> None:
    """Verify an archive, then bring folder and database back. Stop the server first.

    Ends with 5 if the audit log that came back is not as it was written.
    """
    from serving.backup import restore

    most = int(most_gb * _GIGABYTE)
    with progress() as told:
        done = restore(file, Home(home), now(), url=database, force=force, most_bytes=most, told=told)
    say(f"restored {done.parts:,} parts and {done.rows:,} rows of {done.made_at[:16]} UTC, version {done.software}")
    if done.aside is not None:
        say(f"what was there before is in {done.aside}")
    say(_erased_again(done.erased_since, done.made_at[:10]))
    if database:
        say("Name the same database in settings.toml, as database_url, or in the environment.")
    if done.audit.first_break is not None:
        broken = done.audit.first_break
        raise BrokenLog(f"everything was restored, but the audit log is broken at row {broken.seq}: {broken.why}")
    say(f"the audit log is whole: {done.audit.rows:,} rows")


def migrate(home: HomeOption = DEFAULT_HOME) -> None:
    """Bring the database to this version. Make a backup first. Tokens of an older version's file are taken over."""
    from serving import tokens
    from serving.access import OPERATOR
    from serving.audit import record
    from serving.events import Event
    from serving.store.database import migrate, open_store, revision

    folder, moment = home_at(home), now()
    settings = folder.settings()
    url = folder.database_url(settings)
    with closing(open_store(url, any_version=True)) as store:
        before = revision(store)
    after = migrate(url)
    with closing(open_store(url)) as store, store.write() as connection:
        taken = tokens.take_over(folder.tokens_file(settings), connection, moment)
        by = (OPERATOR.name, OPERATOR.role)
        if before != after:
            record(connection, moment, *by, Event.MIGRATED, version=after)
        if taken:
            record(connection, moment, *by, Event.TOKENS_TAKEN_OVER, tokens=taken)
    say(f"tables are of version {after}" + ("" if before == after else f", before {before or 'there were none'}"))
    if taken:
        say(f"{taken} tokens were taken over; {settings.tokens_file} is not read any more and may be deleted")


def retention(
    home: HomeOption = DEFAULT_HOME,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what a run would erase.")] = False,
) -> None:
    """Erase what is older than the settings allow to keep, and finish erasures that were interrupted."""
    from serving.access import OPERATOR
    from serving.retention import clean, due

    folder, moment = _existing(home), now()
    settings = folder.settings()
    today = moment.astimezone(ZoneInfo(settings.timezone)).date()
    with closing(folder.store(settings)) as store:
        found = (
            due(store, folder, settings, today) if dry_run else clean(store, folder, settings, moment, today, OPERATOR)
        )
    say(f"{'kind':<10} {'older than':<12} {'rows':>9} {'folders':>9}")
    for each in found:
        say(f"{each.what:<10} {each.before.isoformat():<12} {each.rows:>9,} {each.folders:>9,}")
    say("nothing was erased: this was a look" if dry_run else "erased")


def lists(
    week: Annotated[str, typer.Argument(metavar="[WEEK]", help="A week such as 2025-W31; else all weeks.")] = "",
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Show which lists were issued: weeks with their revisions, or the lists of one week. No client is named."""
    from serving.issue_counts import drawn_lists, drawn_weeks

    if week and not is_week(week):
        raise UsageError(f"{week!r} is not a week; write it as 2025-W31")
    folder = _existing(home)
    with closing(folder.store(folder.settings())) as store, store.read() as connection:
        if not week:
            for drawn in drawn_weeks(connection):
                at = drawn.issued_at.strftime("%Y-%m-%d %H:%M")
                counted = f"{drawn.lists} lists, {drawn.lines} lines{_erased(drawn.erased)}"
                say(f"{drawn.week}  revision {drawn.revision}  as of {drawn.as_of}  issued {at} UTC  {counted}")
            return
        found = drawn_lists(connection, week)
    if not found:
        raise UsageError(f"no list was issued for {week}; `exitwatch lists` names the weeks there are")
    for each in found:
        who = ", ".join(part for part in (each.officer_name, each.branch_name) if part)
        say(f"{each.list_id}-{each.check}  revision {each.revision}  {each.lines} lines{_erased(each.erased)}  {who}")


def replay(
    list_id: Annotated[
        str, typer.Argument(metavar="LIST", help="Its id, such as 2025-W31-O12, or as printed: 2025-W31-O12-kfm.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write the files into.")],
    revision: Annotated[
        int | None, typer.Option("--revision", min=1, help="Which draw of the week; else the last.")
    ] = None,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Make a past list again, byte for byte as it was issued, from what was stored of it."""
    from serving.access import OPERATOR
    from serving.audit import record
    from serving.events import Event
    from serving.replay import replay
    from serving.whole import write_whole

    folder = _existing(home)
    with closing(folder.store(folder.settings())) as store:
        with store.read() as connection:
            bare, draw = _unprinted(connection, list_id)
            made = replay(connection, bare, version("exitwatch"), revision or draw)
        for name, content in made.files.items():
            write_whole(out / name, content)
        with store.write() as connection:
            record(connection, now(), OPERATOR.name, OPERATOR.role, Event.LIST_REPLAYED, bare, same=True)
    say(f"{bare}, revision {made.issue.revision}: {len(made.files)} files, the same bytes as issued")
    for name in made.files:
        say(f"  {out / name}")


def _erased_again(clients: int | None, since: str) -> str:
    if clients is None:
        return (
            f"whoever was erased since {since} is here again and may be listed: erase them once more before the next "
            "weekly run, `exitwatch rights erase CLIENT` for each in your register of requests"
        )
    if clients == 0:
        return "nobody is here again who was erased since, as far as the folder moved aside knows"
    many = "1 client was" if clients == 1 else f"{clients:,} clients were"
    return f"{many} erased since and left out of all lists: run `exitwatch retention` to erase them once more"


def _existing(home: Path) -> Home:
    folder = Home(home)
    if not folder.settings_file.exists():
        raise UsageError(f"{home.name!r} is no working folder; name it with --home or EXITWATCH_HOME")
    return folder


def _unprinted(connection: Connection, printed: str) -> tuple[str, int | None]:
    """A list's id without the letters that are printed behind it, and the draw they tell of."""
    from serving.issued import sheet

    bare, _, check = printed.rpartition("-")
    found = sheet(connection, bare, check)
    return (printed, None) if found is None else (bare, found[0].revision)


def _erased(lines: int) -> str:
    return f" ({lines} erased)" if lines else ""
