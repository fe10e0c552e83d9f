"""Pictures of the analysts' pages: ``python -m tests.serving.pages.screenshots_analysis [FOLDER [NAME...]]``.

FOLDER is what `exitwatch demo --clients 2000 --dir FOLDER` made; without one it is made, which takes some minutes. Each
NAME is a picture to take anew; without any it is all of them. They are made by hand and looked at, in colours and in
grey, not by the tests.
"""

import io
import shutil
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent / "reference"))

from chromium import browser, serving, settled
from kept import keep_trial
from playwright.sync_api import Browser, Page

from features.book import Book
from features.connectors.folder import open_book
from features.connectors.simulated import SimulationSettings
from features.exit import ExitDefinition
from features.indicator import Value
from features.intervals import wilson
from serving import accounts, findings, sessions
from serving.access import Actor, Scope
from serving.api.callers import COOKIE
from serving.app import create_app
from serving.cli import run
from serving.driver_tables import EVENTS, keep_tables, read_tables
from serving.effect import Effect
from serving.findings import Finding, Stage
from serving.home import Home
from serving.kept_scores import on
from serving.objectives.measured import measure
from serving.objectives.objective import FILE, Objective, read_objectives
from serving.objectives.values import Figure, keep
from serving.pages.analysis_page import PLACES, WITHIN
from serving.store.database import Store
from serving.survey import drawing, samples
from serving.survey.entry import record
from serving.survey.form import Answer
from serving.survey.sampling import Design
from tests.studies.planted import planted
from training.drivers.event_study import event_study
from training.drivers.events import officer_changes

INTO = Path(__file__).parents[3] / "docs" / "images" / "analysis"
PHONE, DESK = 320, 1280
#: Points; longer pages are cut where a reader has seen enough.
LONGEST = {PHONE: 1800, DESK: 1500}
COLOURS = 96
BY = Actor("ann", "analyst")
SAMPLE = "leavers-2025"
#: Root reasons as clients of the pictures give them, and how many in a hundred.
REASONS = {"BUS-1": 27, "ARR-2": 22, "CMPT-1": 18, "WAIT-1": 14, "OFF-1": 9, "GRP-2": 6, "HLT-1": 4}
OBJECTIVES = """
[[objective]]
name = "Clients come back"
indicator = "retention_rate"
baseline = {baseline:.3f}
baseline_on = {begun}
target = {target:.3f}
by = {by}
owner = "Head of operations"
goal = "Clients who need us keep a lender they know"
kind = "process"
means = "A talk with everybody four weeks before the end"

[[objective]]
name = "Rural clients are content"
indicator = "satisfaction_rate"
segment = {{ area = "rural" }}
baseline = 0.61
baseline_on = {begun}
target = 0.75
by = {by}
owner = "Head of research"
goal = "Clients are better off with us than without"
kind = "result"
means = "Payment days that follow the harvest"
"""

#: What rural clients said at meetings, of 240 each time.
CONTENT = (0.61, 0.64, 0.63, 0.68, 0.70)


def asked(store: Store, book: Book, today: date, now: datetime) -> None:
    """A sample of leavers was drawn, and most of it has answered; a part was asked again."""
    design = Design(today - timedelta(days=700), today - timedelta(days=100), margin=0.07, response=0.8, by=("branch",))
    rng = np.random.default_rng(4)
    names, weights = list(REASONS), np.array(list(REASONS.values())) / 100

    def chain(root: str = "") -> str:
        first = root or str(rng.choice(names, p=weights))
        second = str(rng.choice([name for name in names if name != first]))
        return f"{first}; {second}"

    def answer(client: str, sample: str, who: tuple[str, str], reasons: str) -> None:
        said = {
            "client_id": client,
            "interviewed_on": (today - timedelta(days=10)).isoformat(),
            "consent": "yes" if rng.random() > 0.13 else "no",
            "interviewer": who[0],
            "interviewer_role": who[1],
            "leaver_type": "VOL",
            "reasons": reasons,
            "private_consent": "yes",
            "sample_id": sample,
        }
        with store.write() as connection:
            record(connection, Answer.of(said), BY, "file", now, today)

    drawn_on = today - timedelta(days=40)
    with store.write() as connection:
        drawing.draw_first(connection, book, today, SAMPLE, design, BY, now, drawn_on)
        handed = drawing.handed(connection, book, SAMPLE, BY, now, drawn_on)
    said = {}
    for place, each in enumerate(handed[: 5 * len(handed) // 6]):
        said[each.client_id] = chain()
        who = ("rose", "outside") if place % 3 else ("ann", "analyst")
        answer(each.client_id, SAMPLE, who, said[each.client_id])
    with store.write() as connection:
        drawing.draw_second(connection, book, f"{SAMPLE}-again", SAMPLE, 0.5, 2, BY, now, drawn_on)
        again = [each.client_id for each in samples.drawn(connection, f"{SAMPLE}-again")]
    for client in again:
        root = said[client].split(";")[0] if rng.random() < 0.75 else ""
        answer(client, f"{SAMPLE}-again", ("paul", "outside"), chain(root))


def wanted(home: Home, store: Store, book: Book, today: date, now: datetime) -> None:
    """Two objectives were set a year and a half ago, from the book as it was known then, and measured every quarter."""
    begun, file = today - timedelta(days=540), home.path / FILE

    def write(baseline: float) -> tuple[Objective, ...]:
        words = {"begun": begun, "by": begun + timedelta(days=900), "baseline": baseline, "target": baseline + 0.06}
        file.write_text(OBJECTIVES.format(**words), encoding="utf-8")
        return read_objectives(file).objectives

    before = measure(book, write(0.5), begun)[0].value.value
    objectives = write(before or 0.5)
    ends = [today - timedelta(days=days) for days in range(450, -1, -90)]
    figures = [each for end in ends for each in measure(book, objectives, end)]
    for end, share in zip(ends, CONTENT, strict=False):
        value = Value(share, 240, *wilson(share * 240, 240))
        since = end - timedelta(days=90)
        figures.append(Figure("satisfaction_rate", "area=rural", since, end, value, "Survey at meetings", "Rose"))
    with store.write() as connection:
        keep(connection, figures, BY, now)


def found(store: Store, today: date, now: datetime) -> list[Finding]:
    """Three findings: one measured, one whose next step is late, one dropped."""
    words = (
        ("New clients of the second branch wait three weeks for the second loan", "Head of operations"),
        ("Weekly meetings cost market women half a day", "Head of branches"),
        ("Some clients would rather pay by phone", "Head of products"),
    )
    begun = today - timedelta(days=300)
    effect = Effect.of("retention_rate", Value(0.71, 0, 0.67, 0.75), Value(0.77, 0, 0.73, 0.81))
    with store.write() as connection:
        made = [
            findings.add(connection, text, owner, begun, BY, now, today - timedelta(days=9), Stage.REPORT)
            for text, owner in words
        ]

        def step(each: Finding, days: int, note: str, **said: object) -> None:
            findings.move(
                connection,
                each.finding_id,
                today - timedelta(days=days),
                note,
                BY,
                now,
                today,
                **{"due_on": today - timedelta(days=9)} | said,  # type: ignore[arg-type]
            )

        step(made[0], 280, "Discussed with the branch", decision="Decide within a week")
        step(made[0], 250, "Begun", change="One visit less, one signature less")
        step(made[0], 230, "Told at meetings", told="Clients at meetings, staff by letter")
        step(made[0], 20, "Half a year later", effect=effect)
        step(made[1], 60, "Discussed with all branches", decision="Meet every second week in two branches")
        step(made[2], 200, "Asked the operator", stage=Stage.DROPPED, decision="Too dear by now; asked again in a year")
        return [findings.one(connection, each.finding_id) or each for each in made]


def followed(home: Home, day: date) -> None:
    """What followed when officers left, in another institution: the demonstration is too young to compare anybody.

    There a stranger, or nobody, in the officer's place makes clients leave, and the study has to find that out.
    """
    settings = SimulationSettings(clients=3_000, weeks=182, seed=4, clients_per_officer=40, drivers={"OFF-1": 0.5})
    book, until = planted(settings).book, settings.end_on
    found = event_study(book, until, officer_changes(book, until), ExitDefinition()).finding
    scores = on(home, day)
    tables = None if scores is None else read_tables(scores)
    assert tables
    missing = {part: why for part, why in tables.missing.items() if part != EVENTS}
    rows = [[None if pd.isna(cell) else cell for cell in row] for row in found.table.astype(object).to_numpy().tolist()]
    plain = {"said": found.said, "columns": list(found.table.columns), "rows": rows}
    keep_tables(home, replace(tables, missing=missing, plain={**tables.plain, EVENTS: plain}))


def filled(_: Page) -> None:
    """As the page opens."""


def reasons_chosen(page: Page) -> None:
    """The form of an answer half filled in."""
    page.get_by_label("Client's number").fill("C0001234")
    page.get_by_label("Who asked").fill("rose")
    page.get_by_label("Who that is").select_option("outside")
    page.get_by_label("Yes").check()
    page.get_by_label("How the client left").select_option("VOL")
    page.get_by_label("1. What it began with").select_option("HLT-1")
    page.get_by_label("2. What came then").select_option("ARR-2")


class Camera:
    """Takes pictures of pages as an analyst sees them."""

    def __init__(self, started: Browser, address: str, cookie: str, names: Collection[str]) -> None:
        self.browser, self.address, self.cookie, self.names = started, address, cookie, names

    def take(
        self, name: str, path: str, act: Callable[[Page], None] = filled, since: str = "", until: str = ""
    ) -> None:
        """A page on a phone and on a desk; from one heading to another, where they are given."""
        if self.names and name not in self.names:
            return
        for width in (PHONE, DESK):
            context = self.browser.new_context(base_url=self.address, viewport={"width": width, "height": 800})
            context.add_cookies([{"name": COOKIE, "value": self.cookie, "url": self.address}])
            page = context.new_page()
            answer = page.goto(path)
            assert answer
            assert answer.status == 200, path
            settled(page)
            act(page)
            for picture in page.locator("img.chart").all():
                picture.scroll_into_view_if_needed()
                page.wait_for_function("(it) => it.complete && it.naturalWidth > 0", arg=picture.element_handle())
            page.evaluate("() => scrollTo(0, 0)")
            top, end = (_above(page, heading) for heading in (since, until))
            raw = page.screenshot(full_page=True)
            context.close()
            with Image.open(io.BytesIO(raw)) as taken:
                bottom = min(taken.height, end or top + LONGEST[width])
                seen = taken.convert("RGB").crop((0, top, taken.width, bottom))
                few = seen.quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
                few.save(INTO / f"{name}-{width}.png", optimize=True)


def _above(page: Page, heading: str) -> int:
    """The height at which a heading begins, with some air; 0 for none."""
    box = page.get_by_role("heading", name=heading).bounding_box() if heading else None
    return 0 if box is None else int(box["y"]) - 10


@contextmanager
def demonstration(folder: Path | None) -> Iterator[Path]:
    """A copy of what `exitwatch demo` leaves, to fill and to throw away."""
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary) / "demo"
        if folder is None:
            assert run(["demo", "--clients", "2000", "--dir", str(copy)]) == 0
        else:
            shutil.copytree(folder, copy)
        yield copy


def main(folder: Path | None, names: Collection[str] = ()) -> None:
    """Make pictures anew: all of them, or those that are named."""
    INTO.mkdir(parents=True, exist_ok=True)
    for width in (PHONE, DESK):
        for old in INTO.glob(f"*-{width}.png"):
            if not names:
                old.unlink()
    with demonstration(folder) as demo:
        home = Home(demo / "home")
        today = home.scored_dates()[-1] + timedelta(days=2)
        now = datetime.combine(today, time(8), UTC)
        app = create_app(home.path, now=lambda: now)
        store: Store = app.state.served.store
        book = open_book(demo / "book")
        asked(store, book, today, now)
        wanted(home, store, book, today, now)
        first = found(store, today, now)[1]
        keep_trial(home, home.scored_dates()[-1])
        followed(home, home.scored_dates()[-1])
        with store.write() as connection:
            accounts.add(connection, "grace", Scope.of_text("analyst"), BY, now, oidc_subject="grace")
            cookie = sessions.begin(connection, accounts.existing(connection, "grace"), now, 12)[0]
        with browser() as started, serving(app) as address:
            camera = Camera(started, address, cookie, names)
            within = [each for inner in WITHIN.values() for each in inner if each[0] not in dict(PLACES)]
            for path, title in [*PLACES, *within]:
                camera.take(title.lower().replace(" ", "-"), f"/analysis{path}")
            camera.take("effect-by-action", "/analysis/effect", since="The same by parts", until="How long until")
            camera.take("profit", "/analysis/model", since="How many are worth a contact?")
            camera.take("sample", f"/analysis/survey?sample={SAMPLE}")
            camera.take("answer", f"/analysis/survey/answer?sample={SAMPLE}", reasons_chosen)
            camera.take("finding", f"/analysis/findings/{first.finding_id}")
        store.close()
    size = sum(file.stat().st_size for file in INTO.glob("*.png"))
    sys.stdout.write(f"{len(list(INTO.glob('*.png')))} pictures, {size / 1e6:.2f} MB\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None, sys.argv[2:])
