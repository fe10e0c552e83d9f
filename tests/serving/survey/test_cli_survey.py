"""The commands of the exit survey, as they are typed."""

from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter
from sqlalchemy import select

from serving import cli_survey
from serving.cli import run
from serving.home import Home
from serving.settings import Settings
from serving.store.tables import survey_answers

HEAD = "client_id,interviewed_on,consent,interviewer_role,leaver_type,reasons\n"
GOOD = "c1,2024-07-01,yes,outside,VOL,BUS-1\nc2,2024-07-01,no,outside,,\n"


@pytest.fixture
def typed(home: Home, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    def typed(*arguments: str) -> tuple[int, str]:
        code = run(["survey", *arguments, "--home", str(home.path)])
        told = capsys.readouterr()
        return code, told.out + told.err

    return typed


def kept(home: Home) -> list[str]:
    store = home.store(Settings())
    with store.read() as connection:
        found = sorted(connection.execute(select(survey_answers.c.client_id)).scalars())
    store.close()
    return found


def test_a_file_is_kept_once_however_often_it_is_imported(
    typed: Callable[..., tuple[int, str]], home: Home, tmp_path: Path
) -> None:
    file = tmp_path / "answers.csv"
    file.write_text(HEAD + GOOD)

    first, again = typed("import", str(file)), typed("import", str(file))

    assert first == (0, "1 answers and 1 refusals kept, 0 were there already, 0 refused\n")
    assert again == (0, "0 answers and 0 refusals kept, 2 were there already, 0 refused\n")
    assert kept(home) == ["c1", "c2"]


@pytest.mark.parametrize(("option", "left"), [([], ["c1", "c2"]), (["--all-or-nothing"], [])])
def test_each_refused_row_is_told_by_its_number_and_column_and_never_with_what_stood_there(
    typed: Callable[..., tuple[int, str]], home: Home, tmp_path: Path, option: list[str], left: list[str]
) -> None:
    file = tmp_path / "answers.csv"
    file.write_text(HEAD + GOOD + "secret,2024-07-01,yes,outside,VOL,ABC-7\n\nsecret,someday,yes,outside,VOL,BUS-1\n")

    code, told = typed("import", str(file), *option)

    assert code == 3
    assert "row 4, column reasons: refused. This is none of the driver codes" in told
    assert "row 6, column interviewed_on: refused. Write the day as 2024-07-02." in told
    assert "secret" not in told
    assert kept(home) == left


def test_a_workbook_is_read_as_a_table_is(typed: Callable[..., tuple[int, str]], home: Home, tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "answers.xlsx")
    sheet = book.add_worksheet()
    for column, name in enumerate(HEAD.strip().split(",")):
        sheet.write(0, column, name)
    for column, value in enumerate(["c1", 45474, "yes", "outside", "VOL", "BUS-1"]):
        sheet.write(2, column, value)
    book.close()

    assert typed("import", str(tmp_path / "answers.xlsx"))[0] == 0
    assert kept(home) == ["c1"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.txt", HEAD, "neither .csv nor .xlsx"),
        ("a.csv", "", "is empty"),
        ("a.csv", "client_id,consent\n", "no column 'interviewed_on'"),
        ("a.csv", HEAD.replace("reasons", "salary"), "has a column 6 that no file"),
        ("a.csv", HEAD.replace("reasons", "consent"), "a column twice"),
        ("a.csv", HEAD + '"c1', "not a whole CSV"),
        ("a.xlsx", HEAD, "cannot be read as an XLSX"),
    ],
)
def test_a_file_that_is_no_table_of_answers_is_refused_with_what_to_do(
    typed: Callable[..., tuple[int, str]], tmp_path: Path, name: str, content: str, said: str
) -> None:
    (tmp_path / name).write_text(content)

    code, told = typed("import", str(tmp_path / name))

    assert code in (2, 3)
    assert said in told


def test_the_reasons_are_printed_and_written_with_their_footnotes(
    typed: Callable[..., tuple[int, str]], home: Home, tmp_path: Path
) -> None:
    file, out = tmp_path / "answers.csv", tmp_path / "reasons.csv"
    rows = "".join(f"c{n},2024-07-01,yes,outside,VOL,{'BUS-1' if n % 2 else 'PRC-1'}\n" for n in range(60))
    file.write_text(HEAD + rows)
    typed("import", str(file))

    code, told = typed("reasons", "--year", "2024")
    written = typed("reasons", "--year", "2024", "--out", str(out))

    assert (code, written[0]) == (0, 0)
    assert "50.0 %  (38 to 62)  BUS-1  Business is weak or closed, 30 answers" in told
    assert "* IRIS PI9872" in told
    assert out.read_text().splitlines() == [
        "link,reasons,answers,share,low,high,leavers",
        "root,BUS-1,30,0.5000,0.3774,0.6226,",
        "root,PRC-1,30,0.5000,0.3774,0.6226,",
    ]
    assert cli_survey.app.registered_commands
    assert typed("reasons")[0] == typed("reasons", "--year", "24")[0] == 2
