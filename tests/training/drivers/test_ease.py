"""The table of how easy a driver is to act on."""

from pathlib import Path

import pytest

from features.drivers import DRIVERS
from features.errors import UsageError
from training.drivers.ease import Who, load_ease


def test_every_driver_that_can_be_acted_on_and_is_traced_has_a_row_of_its_own() -> None:
    table = load_ease()

    wanted = {code for code, driver in DRIVERS.items() if driver.traced and driver.actionable}
    assert {code for code in wanted if table[code].who is Who.NOBODY} == set()


def test_what_a_table_leaves_out_is_nobodys(tmp_path: Path) -> None:
    file = tmp_path / "ease.toml"
    file.write_text('[OFF-2]\nwho = "officer"\ncost = "low"\nweeks = 4\n')

    table = load_ease(file)

    assert table["OFF-2"].score == 1.0
    assert table["GRP-2"].score == 0.0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[OFF-2", "cannot be read as TOML"),
        ("[OFF-7]\n", r"\[OFF-7\], which is no driver"),
        ('[OFF-2]\nwho = "officer"\n', "needs who, cost and weeks"),
        ('[OFF-2]\nwho = "cook"\ncost = "low"\nweeks = 4\n', "who='cook' is none of officer"),
        ('[OFF-2]\nwho = "officer"\ncost = "low"\nweeks = -1\n', "weeks=-1 is no whole number"),
    ],
)
def test_a_table_that_cannot_be_meant_is_refused_with_what_to_write(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "ease.toml"
    file.write_text(text)

    with pytest.raises(UsageError, match=said):
        load_ease(file)
