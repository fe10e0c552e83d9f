"""Commands of the exit survey: draw a sample, take in answers, compare them, tell the reasons."""

import csv
import io
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from features.errors import DataError, UsageError
from serving.cli_terminal import DEFAULT_HOME, HomeOption, as_date, home_at, now, say
from serving.home import Home
from serving.store.database import Store

if TYPE_CHECKING:
    from serving.survey.reasons import ReasonTable

app = typer.Typer(
    help="The exit survey: whom to ask, what was said, and why clients left.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

SampleOption = Annotated[str, typer.Option("--sample", metavar="NAME", help="A sample, by its name.")]


@dataclass(frozen=True)
class _Here:
    folder: Home
    store: Store
    moment: datetime
    today: date


class _NothingKept(Exception):
    """A row was refused where all or none are to be kept."""


@app.command("import")
def take_in(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .csv or .xlsx file, one interview a row.")],
    home: HomeOption = DEFAULT_HOME,
    *,
    all_or_nothing: Annotated[
        bool, typer.Option("--all-or-nothing", help="Keep no row if one of them is refused.")
    ] = False,
) -> None:
    """Keep the answers of a file. Importing it again changes nothing; of each refused row the column is told.

    The first row names the columns; docs/survey.md has them all. Write no names into the story.
    """
    from serving.access import OPERATOR
    from serving.survey.returned_answers import Taken, read_answers
    from serving.survey.returned_answers import take_in as keep

    rows = read_answers(file)
    taken: list[Taken] = []
    with _here(home) as here:
        try:
            with here.store.write() as connection:
                taken = keep(connection, rows, OPERATOR, here.moment, here.today)
                if all_or_nothing and any(each.became is None for each in taken):
                    raise _NothingKept
        except _NothingKept:
            say("nothing was kept")
    for each in taken:
        if each.became is None:
            say(each.sentence)
    refused = sum(each.became is None for each in taken)
    told = {word: sum(each.became == word for each in taken) for word in ("kept", "refusal", "same")}
    if not (all_or_nothing and refused):
        said = f"{told['kept']} answers and {told['refusal']} refusals kept, {told['same']} were there already"
        say(f"{said}, {refused} refused")
    if refused:
        rest = "no row was kept" if all_or_nothing else "the others are kept"
        raise DataError(
            f"{refused} of {len(rows)} rows were refused, {rest}. Put them right and import the file again."
        )


@app.command("reasons")
def reasons(
    sample: SampleOption = "",
    since: Annotated[str, typer.Option("--from", metavar="DATE", help="Without a sample: the first day.")] = "",
    until: Annotated[str, typer.Option("--until", metavar="DATE", help="Without a sample: the last day.")] = "",
    link: Annotated[str, typer.Option("--link", help="Which reason is the primary one: root or last.")] = "root",
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="A CSV file; else it is printed.")] = None,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Tell the share of leavers who name each primary reason, as IRIS PI9872 asks.

    Of a random sample the shares stand for all leavers of its period; of other answers, for those who answered.
    """
    from serving.access import OPERATOR
    from serving.audit import record
    from serving.events import Event
    from serving.survey.reasons import reasons_between, reasons_of_sample
    from serving.whole import write_whole

    with _here(home) as here, here.store.write() as connection:
        if sample:
            table = reasons_of_sample(connection, sample, link)
        else:
            if not since:
                raise UsageError("say which answers: --sample NAME, or --from DATE")
            last = as_date(until, "--until") if until else here.today
            table = reasons_between(connection, as_date(since, "--from"), last, link)
        by = OPERATOR.name, OPERATOR.role, Event.SURVEY_VIEWED
        record(connection, here.moment, *by, sample, what="reasons", answers=table.answers)
    if out is not None:
        write_whole(out, _as_csv(table))
        say(f"{out.name}: {len(table.shares)} rows")
        return
    _say_reasons(table)


def _say_reasons(table: "ReasonTable") -> None:
    from serving.survey.reasons import name_of

    say(f"clients who left: {'not known' if table.leavers is None else format(table.leavers, ',')}")
    say(f"answers: {table.answers:,}; refusals: {table.refusals:,}; asked by the own officer: {table.by_own_officer:,}")
    for share in table.shares:
        words = name_of(share.codes[0]) if len(share.codes) == 1 else f"{len(share.codes)} reasons together"
        interval = f"{100 * share.low:.0f} to {100 * share.high:.0f}"
        say(f"{100 * share.share:5.1f} %  ({interval})  {', '.join(share.codes)}  {words}, {share.answers} answers")
    for note in table.footnotes:
        say(f"* {note}")


def _as_csv(table: "ReasonTable") -> bytes:
    sink = io.StringIO()
    rows = csv.writer(sink, lineterminator="\n")
    rows.writerow(["link", "reasons", "answers", "share", "low", "high", "leavers"])
    leavers = "" if table.leavers is None else table.leavers
    for share in table.shares:
        figures = [f"{each:.4f}" for each in (share.share, share.low, share.high)]
        rows.writerow([table.link, ";".join(share.codes), share.answers, *figures, leavers])
    return sink.getvalue().encode()


@contextmanager
def _here(home: Path) -> Iterator[_Here]:
    folder = home_at(home)
    settings, moment = folder.settings(), now()
    with closing(folder.store(settings)) as store:
        yield _Here(folder, store, moment, moment.astimezone(ZoneInfo(settings.timezone)).date())
