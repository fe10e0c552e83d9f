"""Measures as files: one long table as CSV or Parquet, or a workbook with a sheet for each table."""

import io
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import pandas as pd

from features.errors import UsageError
from features.measures.flows import EVERYBODY
from features.measures.periods import By
from features.measures.published import Measures
from serving.delimited import as_csv
from serving.whole import write_whole


def tables(measures: Measures, by: By, segments: tuple[str, ...]) -> Mapping[str, pd.DataFrame]:
    """The tables of one length of period: name to table."""
    whole = measures.everybody.assign(segment=EVERYBODY, title="the whole institution")
    cut = measures.segments[measures.segments["segment"].isin(segments)]
    periods = pd.concat([part for part in (whole, cut) if len(part)], ignore_index=True)
    front = ["segment", "title", "value"]
    periods = periods[[*front, *(name for name in periods.columns if name not in front)]]
    looked = measures.differences[measures.differences["segment"].isin(segments)]
    return {
        "periods": _of(periods, by),
        "leaver types": _of(measures.leaver_types, by),
        "why counts differ": _of(measures.breaks, by),
        "how long clients last": measures.survival,
        "differences": looked,
    }


def _of(table: pd.DataFrame, by: By) -> pd.DataFrame:
    return table[table["by"] == by.value].reset_index(drop=True)


def refuse_other_shapes(file: Path) -> None:
    """Refuse a name that ends in none of the shapes, before any work is done for it.

    Raises
    ------
    UsageError
        It does.
    """
    if file.suffix not in _SHAPES:
        raise UsageError(f"--out={file.name!r} ends in none of {', '.join(_SHAPES)}. Take one of those.")


def write(measures: Measures, by: By, segments: tuple[str, ...], file: Path) -> None:
    """Write the measures; CSV and Parquet hold the periods, a workbook all tables. The same measures, the same bytes.

    Raises
    ------
    UsageError
        The name ends in none of the three.
    StorageError
        The file cannot be written.
    """
    refuse_other_shapes(file)
    write_whole(file, _SHAPES[file.suffix](tables(measures, by, segments), measures))


def _csv(all_tables: Mapping[str, pd.DataFrame], _measures: Measures) -> bytes:
    table = all_tables["periods"].astype(object)
    return as_csv([str(name) for name in table.columns], table.where(table.notna(), None).itertuples(index=False))


def _parquet(all_tables: Mapping[str, pd.DataFrame], _measures: Measures) -> bytes:
    file = io.BytesIO()
    all_tables["periods"].to_parquet(file, index=False)
    return file.getvalue()


def _xlsx(all_tables: Mapping[str, pd.DataFrame], measures: Measures) -> bytes:
    file = io.BytesIO()
    as_text = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with pd.ExcelWriter(file, engine="xlsxwriter", engine_kwargs={"options": as_text}) as book:
        day = measures.as_of
        # A fixed moment, so that the same measures give the same bytes.
        created = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a workbook knows no zones
        book.book.set_properties({"title": f"Exit measures, {day}", "created": created})
        for name, table in all_tables.items():
            table.to_excel(book, sheet_name=name, index=False, freeze_panes=(1, 0))
    return file.getvalue()


_SHAPES: Mapping[str, Callable[[Mapping[str, pd.DataFrame], Measures], bytes]] = {
    ".csv": _csv,
    ".xlsx": _xlsx,
    ".parquet": _parquet,
}
