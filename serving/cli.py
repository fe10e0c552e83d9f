"""The command line: every command and how its errors are told."""

import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

import typer

from features.errors import ExitwatchError
from serving import (
    cli_audit,
    cli_book,
    cli_drivers,
    cli_effect,
    cli_feedback,
    cli_manual,
    cli_model,
    cli_objectives,
    cli_outcomes,
    cli_report,
    cli_rights,
    cli_stepped,
    cli_stops,
    cli_store,
    cli_survey,
    cli_uplift,
    cli_users,
    cli_visits,
    cli_week,
)

app = typer.Typer(
    name="exitwatch",
    help="Which microfinance clients are about to leave, why the data says so, and whom to visit this week.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)
app.command("demo")(cli_week.demo)
app.command("simulate")(cli_book.simulate_book)
app.command("check")(cli_book.check_book)
app.command("exits")(cli_book.exits)
app.command("drivers")(cli_drivers.drivers)
app.command("events")(cli_drivers.events)
app.command("effect")(cli_effect.effect)
app.command("train")(cli_model.train_model)
app.command("promotions")(cli_model.promotions)
app.command("score")(cli_model.score_book)
app.command("weekly")(cli_week.weekly)
app.command("visits")(cli_visits.visits)
app.command("report")(cli_report.report)
app.command("serve")(cli_week.serve)
app.command("manual")(cli_manual.manual)
app.command("lists")(cli_store.lists)
app.command("replay")(cli_store.replay)
app.command("backup")(cli_store.back_up)
app.command("restore")(cli_store.restore)
app.command("migrate")(cli_store.migrate)
app.command("retention")(cli_store.retention)
app.add_typer(cli_uplift.app, name="uplift")
app.add_typer(cli_stops.app, name="stops")
app.add_typer(cli_stepped.app, name="stepped")
app.add_typer(cli_users.app, name="users")
app.add_typer(cli_audit.app, name="audit")
app.add_typer(cli_outcomes.app, name="outcomes")
app.add_typer(cli_rights.app, name="rights")
app.add_typer(cli_survey.app, name="survey")
app.add_typer(cli_objectives.app, name="objectives")
app.add_typer(cli_feedback.app, name="feedback")


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code. Errors go to stderr, without a traceback and without client data.

    ``EXITWATCH_DEBUG=1`` shows the traceback of an unforeseen error.
    """
    try:
        app(args=list(arguments), prog_name="exitwatch")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except ExitwatchError as error:
        print(f"exitwatch: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("exitwatch: stopped; what was finished before is whole", file=sys.stderr)
        return 130
    except Exception as error:  # the message of a foreign error may hold rows, so only its kind and place are shown
        if os.environ.get("EXITWATCH_DEBUG"):
            traceback.print_exc()
        print(f"exitwatch: {_unforeseen(error)}", file=sys.stderr)
        return 1
    return 0


def main() -> None:
    """Entry point of the `exitwatch` command. What it writes is readable by whoever typed it alone."""
    os.umask(0o077)
    sys.exit(run(sys.argv[1:]))


def _unforeseen(error: Exception) -> str:
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(place.filename).name} line {place.lineno}"
    return (
        f"an unforeseen {type(error).__name__} in {where}. Nothing half-written was left behind. "
        "Set EXITWATCH_DEBUG=1 to see more; it may show client data."
    )
