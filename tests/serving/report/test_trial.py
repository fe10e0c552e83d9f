"""Whether the lists help, as the report of a month tells it: what the page says, and nothing that is not final."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from paper import pages, squeezed
from told_month import effect_of

from serving.effect_tables import TITLES, EffectTables
from serving.experiment import stops
from serving.experiment.stops import Stop
from serving.report.known import Known, gather
from serving.report.part import Part
from serving.report.report import printed
from serving.report.trial import of_lists
from training.effect.harm import State, Verdict

DAY = date(2024, 6, 30)
STOP = Stop(
    "band", "high", date(2024, 6, 9), date(2024, 6, 2), 400, 60, 0.1, 0.02, "Alarm.", datetime(2024, 6, 9, tzinfo=UTC)
)
EMPTY = EffectTables(DAY, "Nobody was drawn by lot yet: the first weekly lists begin it.", "", missing=True, plain={})


@pytest.fixture(scope="module")
def known(filled: Any) -> Known:
    with filled.store.read() as connection:
        return gather(filled.home, connection, "2024-06")


@pytest.fixture(scope="module")
def part(known: Known) -> Part:
    return of_lists(known)


def said(part: Part) -> str:
    return " ".join([*part.said, *(piece.said for piece in part.pieces)])


def test_it_says_what_the_page_says_of_the_effect_of_clients_kept_and_of_what_each_costs(
    known: Known, part: Part
) -> None:
    tables = known.effect
    assert tables is not None
    assert list(part.said) == [tables.said, tables.about]
    assert [piece.title for piece in part.pieces] == [
        TITLES[name] for name in ("effect", "reached", "kept", "power", "harm")
    ]
    for name in ("weekly", "reached", "kept", "power", "harm"):
        assert tables.said_of(name) in said(part)
    assert "a client kept cost" in said(part)
    assert "4 times in 5" in said(part)
    kept = next(piece for piece in part.pieces if piece.title == TITLES["kept"])
    assert kept.rows[0][1] == f"{dict(zip(*columns(tables, 'kept'), strict=True))['clients_kept']:,.0f}"


def columns(tables: EffectTables, name: str) -> tuple[list[str], list[float]]:
    plain = tables.plain[name]
    return plain["columns"], plain["rows"][0]


def test_how_many_were_left_out_and_both_intervals_stand_on_paper(known: Known, part: Part) -> None:
    text = "".join(pages(printed(known, "")))
    effect = part.pieces[0]

    assert part.title == "Do the lists help?"
    assert {"Left out", "from", "to"} <= set(effect.heads)
    for row in effect.rows:
        assert all(squeezed(cell) in text for cell in row)
    assert effect.chart is not None
    assert squeezed("Whoever looks every week") in text


def test_no_part_of_a_branch_and_no_client_is_told(known: Known, part: Part) -> None:
    cells = [cell for piece in part.pieces for row in piece.rows for cell in row]

    assert not [word for word in ("north", "south", "west") if word in " ".join([said(part), *cells])]
    assert TITLES["segments"] not in [piece.title for piece in part.pieces]


def test_where_nothing_was_kept_or_nobody_drawn_one_sentence_says_so(known: Known) -> None:
    nothing = of_lists(replace(known, effect=None))
    nobody = of_lists(replace(known, effect=EMPTY))

    assert [nothing.said[0].count("exitwatch weekly"), len(nothing.said), len(nothing.pieces)] == [1, 1, 0]
    assert (list(nobody.said), list(nobody.pieces)) == ([EMPTY.said], [])


def test_before_enough_is_final_it_says_when_there_will_be_and_no_number_under_twenty(known: Known) -> None:
    early = effect_of(DAY, weeks=28, per_week=30)

    part = of_lists(replace(known, effect=early))

    assert early.missing
    assert part.said[0].startswith("Fewer than 20 clients left out by lot")
    assert "there will be enough about" in part.said[0]
    assert [piece.title for piece in part.pieces] == [TITLES["power"]]
    assert "3 points" in part.pieces[0].said


def test_of_a_lot_that_is_not_to_be_believed_no_effect_is_told(known: Known) -> None:
    assert known.effect is not None
    doubtful = replace(known.effect, said=known.effect.said_of("balance"))

    part = of_lists(replace(known, effect=doubtful))

    assert part.said[0] == known.effect.said_of("balance")
    assert not part.pieces


def test_an_alarm_and_the_lists_that_stopped_are_told(known: Known) -> None:
    harmed = effect_of(DAY, weeks=120, per_week=120, helped=0.3, driven=0.3, share=0.3)

    part = of_lists(replace(known, effect=harmed, stopped=[STOP]))

    harm, stopped = part.pieces[-2:]
    assert harm.said.startswith("Alarm since")
    assert State.STOP.value in harm.rows[0]
    assert stopped.rows == [["band high", "2024-06-09", "Alarm.", "not yet"]]
    assert all(len(row) == len(piece.heads) for piece in part.pieces for row in piece.rows)


def test_what_was_decided_after_the_day_of_the_report_is_not_in_it(fresh: Any) -> None:
    lifted = date(2024, 7, 14)
    with fresh.store.write() as connection:
        rung = Verdict("band", "high", State.STOP, STOP.since_on, 400, 60, 0.1, 0.02, "Alarm.", "")
        stops.keep(connection, [rung], date(2024, 6, 16), STOP.stopped_at)
        stops.lift(connection, "band high", "A. Otieno", "Trained", "Shorter visits", lifted, STOP.stopped_at, _BY)
    with fresh.store.read() as connection:
        told = gather(fresh.home, connection, "2024-05"), gather(fresh.home, connection, "2024-06")
    fresh.store.close()

    assert [[each.lifted_on for each in one.stopped] for one in told] == [[None], [None]]


_BY = stops.OPERATOR
