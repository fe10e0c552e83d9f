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
from serving.cli_terminal import DEFAULT_HOME, DataOption, HomeOption, as_date, home_at, now, opened, say
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


@app.command("sample")
def sample(
    book: Annotated[Path | None, typer.Argument(metavar="BOOK", help="A folder of tables, or a book.toml.")] = None,
    as_of: Annotated[str, typer.Option("--as-of", metavar="DATE", help="The day on which we stand.")] = "",
    since: Annotated[str, typer.Option("--from", metavar="DATE", help="First day of leaving.")] = "",
    until: Annotated[str, typer.Option("--until", metavar="DATE", help="Last day of leaving.")] = "",
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="What the sample is called.")] = "",
    margin: Annotated[float, typer.Option("--margin", help="How far a share may be off, such as 0.07.")] = 0.07,
    confidence: Annotated[float, typer.Option("--confidence", help="With which certainty.")] = 0.95,
    response: Annotated[float, typer.Option("--response", help="Share expected to be found and to agree.")] = 0.6,
    strata: Annotated[str, typer.Option("--by", help="Strata: branch, leaver_type, cycle.")] = "branch,leaver_type",
    seed: Annotated[int, typer.Option("--seed", help="Of the draw; the same gives the same sample.")] = 1,
    again_of: Annotated[str, typer.Option("--again-of", metavar="NAME", help="Ask part of a sample again.")] = "",
    share: Annotated[float, typer.Option("--share", help="With --again-of: which part.")] = 0.1,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Whom to ask, as a form to fill in.")
    ] = None,
    data: DataOption = None,
    home: HomeOption = DEFAULT_HOME,
    *,
    replay: Annotated[bool, typer.Option("--replay", help="Draw it again and compare; changes nothing.")] = False,
    known: Annotated[bool, typer.Option("--list", help="Name the samples there are.")] = False,
) -> None:
    """Draw a random sample of leavers, write down its plan, and hand out whom to ask.

    A sample is drawn once: the same name again hands out those who have not answered yet. Whoever must be left in peace
    is never handed out, and is counted.
    """
    from serving.access import OPERATOR
    from serving.feedback import with_outcomes
    from serving.survey import drawing
    from serving.survey.sampling import Design
    from serving.whole import write_whole

    with _here(home) as here:
        if known:
            _say_samples(here)
            return
        if book is None or not name:
            raise UsageError("say what to draw from and what to call it: BOOK --name NAME")
        if not again_of and not (as_of and since and until):
            raise UsageError("say when: --as-of DATE --from DATE --until DATE")
        day = as_date(as_of) if as_of else here.today
        source = with_outcomes(opened(book, data, day), here.store).book
        now_and_today = (here.moment, here.today)
        if again_of:
            with here.store.write() as connection:
                made = drawing.draw_second(connection, source, name, again_of, share, seed, OPERATOR, *now_and_today)
        else:
            by = tuple(part.strip() for part in strata.split(",") if part.strip())
            times = as_date(since, "--from"), as_date(until, "--until")
            design = Design(*times, margin, confidence, response, by, seed)
            if replay:
                with here.store.write() as connection:
                    drawing.replay(connection, source, day, name, design, OPERATOR, here.moment)
                say(f"{name}: the same clients in the same order")
                return
            with here.store.write() as connection:
                made = drawing.draw_first(connection, source, day, name, design, OPERATOR, *now_and_today)
        for line in made.told:
            say(line)
        if out is not None:
            with here.store.write() as connection:
                asked = drawing.handed(connection, source, name, OPERATOR, *now_and_today)
            write_whole(out, drawing.as_form(asked))
            say(f"{out.name}: {len(asked)} clients to ask")


@app.command("agreement")
def agreement(
    sample: SampleOption = "",
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Compare: second interviews with first ones, or what the data showed before leaving with what clients said.

    With a sample of clients asked again, how far two interviewers agree; with any other, how far model and client do.
    """
    from serving.access import OPERATOR
    from serving.audit import record
    from serving.events import Event
    from serving.survey import model_agreement, samples
    from serving.survey.agreement import interviews_compared
    from serving.survey.in_words import agreement_in_words, model_in_words

    by = OPERATOR.name, OPERATOR.role, Event.SURVEY_VIEWED
    with _here(home) as here, here.store.write() as connection:
        of = samples.sample(connection, sample) if sample else None
        if of is not None and of.again_of:
            found = interviews_compared(connection, sample)
            record(connection, here.moment, *by, sample, what="interviews", answers=found[0].pairs)
            for each in found:
                say(agreement_in_words(each))
            return
        if sample and of is None:
            raise UsageError(f"there is no sample {sample!r}; `exitwatch survey sample --list` names those there are")
        told = model_agreement.compare(*model_agreement.said_before(connection, here.folder, sample))
        record(connection, here.moment, *by, sample, what="model", answers=told.clients)
    for line in model_in_words(told):
        say(line)


def _say_samples(here: _Here) -> None:
    from serving.access import OPERATOR
    from serving.audit import record
    from serving.events import Event
    from serving.survey import samples
    from serving.survey.in_words import progress_in_words
    from serving.survey.progress import progress

    with here.store.write() as connection:
        by = OPERATOR.name, OPERATOR.role, Event.SURVEY_VIEWED
        record(connection, here.moment, *by, what="samples", answers=0)
        for each in samples.samples(connection):
            say(progress_in_words(progress(connection, each)))


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
    year: Annotated[int, typer.Option("--year", help="Whoever was asked that year without being drawn.")] = 0,
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
    from serving.survey.reasons import reasons_of_sample, reasons_of_year
    from serving.whole import write_whole

    with _here(home) as here, here.store.write() as connection:
        if sample:
            table = reasons_of_sample(connection, sample, link)
        else:
            if not year:
                raise UsageError("say which answers: --sample NAME, or --year YEAR")
            table = reasons_of_year(connection, year, link)
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
    refusals, own = ("too few to say" if n is None else f"{n:,}" for n in (table.refusals, table.by_own_officer))
    say(f"answers: {table.answers:,}; refusals: {refusals}; asked by the own officer: {own}")
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
