"""What other hours would change."""

import drawn_branches
import pytest

from serving.visits.what_if import what_if


def test_more_hours_keep_no_fewer_clients_and_each_hour_less_than_the_one_before() -> None:
    pages, kept, settings = drawn_branches.branch(3, 4)

    table = what_if(pages, kept, settings, [3.0, 0.0, 1.5, 12.0])

    assert table["hours"].tolist() == [0.0, 1.5, 3.0, 12.0]
    assert table["kept"].is_monotonic_increasing
    assert table["more"].dropna().is_monotonic_decreasing
    assert (table["planned"] + table["left"] == 32).all()
    assert table.loc[0, ["planned", "kept", "way"]].tolist() == [0, 0, 0]
    assert table.loc[3, "kept"] == pytest.approx(sum(kept.values()))
    assert table.loc[1, "more"] == pytest.approx(table.loc[1, "kept"] / (1.5 * 3 * 4))


def test_without_lists_nothing_changes() -> None:
    _, _, settings = drawn_branches.branch(3, 1)

    assert what_if([], {}, settings, [1.0])["kept"].tolist() == [0]
