"""The command of the week's plan: which line is met on which day, and what other hours would change."""

from collections import Counter
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from features.errors import UsageError
from serving.cli_terminal import DEFAULT_HOME, HomeOption, home_at, now, progress, say


def visits(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to write the plan; ends in .csv.")],
    week: Annotated[str, typer.Option("--week", metavar="WEEK", help="As 2025-W31; else the newest.")] = "",
    hours: Annotated[
        list[float] | None,
        typer.Option("--hours", metavar="HOURS", min=0, max=100, help="Tell what so many hours a day would change."),
    ] = None,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Plan the visits and calls of a week's lists: which line on which day, what was moved, and what does not fit."""
    from serving import issued, kept_scores
    from serving.access import OPERATOR
    from serving.audit import record
    from serving.events import Event
    from serving.home import is_week
    from serving.languages import language
    from serving.visits.expected import expected
    from serving.visits.plan import plan_week
    from serving.visits.table import as_table
    from serving.visits.told import chances, left
    from serving.visits.week import as_of_today
    from serving.visits.what_if import what_if
    from serving.whole import write_whole

    if out.suffix != ".csv":
        raise UsageError(f"--out={out.name!r} does not end in .csv; a plan is nothing else")
    if week and not is_week(week):
        raise UsageError(f"--week={week!r} is not a week; write it as 2025-W31")
    folder = home_at(home)
    settings = folder.settings()
    today = now().astimezone(ZoneInfo(settings.timezone)).date()
    with progress() as told, closing(folder.store(settings)) as store:
        told("visits")
        with store.read() as connection:
            of = issued.newest(connection, week or None)
            drawn = [] if of is None else issued.sheets(connection, of)
            lists = as_of_today(connection, drawn, today, language(settings.language), settings)
        pages = [each.page for each in lists]
        in_peace = {client for each in lists for client in each.in_peace}
        if of is None:
            raise UsageError("no list was issued for it; run `exitwatch weekly` first, or see `exitwatch lists`")
        scores = kept_scores.on(folder, of.as_of)
        if scores is None:
            raise UsageError(f"the scores of {of.as_of} are not kept any more; no plan can be made of week {of.week}")
        kept = expected(pages, scores, settings, folder)
        plans = plan_week(pages, kept, settings, in_peace=in_peace)
        table = what_if(pages, kept, settings, hours, in_peace) if hours else None
        write_whole(out, as_table(pages, plans))
        with store.write() as connection:
            lines = sum(len(page.lines) for page in pages)
            who, role = OPERATOR.name, OPERATOR.role
            record(connection, now(), who, role, Event.LIST_EXPORTED, of.week, format="visits", lines=lines)
    english = language("en")
    planned = sum(len(plan.planned) for plan in plans)
    first, last = of.as_of + timedelta(days=1), of.as_of + timedelta(days=7)
    say(f"week {of.week}, {first} to {last}: {planned} of {lines} lines have a day")
    say(f"expected to keep {sum(plan.kept for plan in plans):.1f} of {sum(kept.values()):.1f} clients")
    for why, many in sorted(Counter(why for plan in plans for why in plan.left.values()).items()):
        say(f"{many:>5}  {left(why, english)}")
    say(chances(english, scores.uplift_version))
    if table is not None:
        say()
        say(f"{'hours a day':>11}  {'lines':>6}  {'kept':>6}  {'kept by one hour more':>22}")
        names = ["hours", "planned", "kept", "more"]
        for each, lines_planned, clients, more in table[names].to_numpy(dtype=float).tolist():
            further = "" if more != more else f"{more:.3f}"
            say(f"{each:>11g}  {lines_planned:>6.0f}  {clients:>6.1f}  {further:>22}")
    say(f"Open {out}")
