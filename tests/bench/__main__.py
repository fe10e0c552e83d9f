"""Speed and memory beside what a user would use instead: ``python -m tests.bench``."""

import argparse
import json
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE)]

SIZES = (10_000, 100_000, 1_000_000)
PARTS = ("snapshot", "measures", "explain", "score", "weekly", "load", "visits")
EXPLAINED, POSTED = 20_000, 40  # rows explained by both; clients posted one at a time
OFFICERS = 2_000  # whose week is planned
END_ON = date(2025, 12, 28)  # last day of the simulated books
WEEKS, FIVE_YEARS = 156, 260  # of a book; measures are for years


def main() -> None:
    """Measure, print side by side, and write the page."""
    from report import page, printed

    asked = _arguments()
    sizes = sorted(int(each) for each in asked.clients.split(","))
    parts = asked.only or list(PARTS)
    with tempfile.TemporaryDirectory() as spare:
        keep = asked.keep or Path(spare)
        keep.mkdir(parents=True, exist_ok=True)
        stored = keep / "measured.json"
        found: dict[str, Any] = json.loads(stored.read_text("utf-8")) if stored.exists() else {}
        for part in parts:
            _say(f"{part}:")
            found[part] = _measure(part, sizes, keep)
            stored.write_text(json.dumps(found, indent=1), encoding="utf-8")
            _say(printed(part, found[part]))
    if asked.out and set(found) >= set(PARTS):
        asked.out.write_text(page(found, asked.date), encoding="utf-8")
        _say(f"written: {asked.out}")


def _measure(part: str, sizes: list[int], keep: Path) -> dict[str, Any]:
    if part == "snapshot":
        return _snapshots(sizes, keep)
    if part == "measures":
        return _measures(sizes[-1], keep)
    if part == "visits":
        return _visits()
    model = _model(min(sizes), keep)
    largest = sizes[-1]
    if part == "weekly":
        return _week(largest, keep, model)
    if part == "load":
        return _load(largest, keep, model)
    middle = sizes[len(sizes) // 2] if len(sizes) > 1 else largest
    folder = _book(middle, keep)
    from children import measured

    if part == "explain":
        got = measured("explained", bundle=model["bundle"], folder=folder, as_of=str(END_ON), rows=EXPLAINED)
        return got.plain()
    home = keep / "home"
    got = measured(
        "scored", bundle=model["bundle"], home=home, version=model["version"], folder=folder, as_of=str(END_ON)
    )
    sent = measured("posted", home=home, folder=_book(min(sizes), keep), as_of=str(END_ON), clients=POSTED)
    return {**got.plain(), "posted": sent.plain(), "trees": model["trees"]}


def _snapshots(sizes: list[int], keep: Path) -> dict[str, Any]:
    from children import measured

    agreed = []
    for day in (END_ON, date(2025, 5, 14)):
        got = measured("agreement", folder=_book(sizes[0], keep), as_of=str(day))
        agreed.append({"as_of": str(day), **got.answer})
        _say(f"  agree on {day}: {got.answer['features']} features of {got.answer['clients']:,} clients")
    rows = []
    for clients in sizes:
        folder = _book(clients, keep)
        runs: dict[str, list[dict[str, Any]]] = {"in_sql": [], "in_pandas": []}
        for _ in range(3 if clients <= 20_000 else 1):
            for way, done in runs.items():
                done.append(measured(way, folder=folder, as_of=str(END_ON)).plain())
                _say(f"  {clients:,} clients, {way}: {done[-1]['unfinished'] or round(done[-1]['seconds'], 1)}")
        best = {way: min(done, key=lambda one: one.get("seconds", 0.0)) for way, done in runs.items()}
        rows.append({"clients": clients, "book_rows": _rows(folder), **best})
    return {"agreed": agreed, "sizes": rows}


def _measures(clients: int, keep: Path) -> dict[str, Any]:
    from children import measured
    from measuring import agreed

    folder = _book(clients, keep, FIVE_YEARS)
    ours = measured("measured_in_sql", folder=folder, as_of=str(END_ON)).plain()
    theirs = measured("measured_in_pandas", folder=folder, as_of=str(END_ON)).plain()
    months = agreed(ours, theirs) if not ours["unfinished"] and not theirs["unfinished"] else 0
    for each in (ours, theirs):
        each.pop("counts", None)
    told = {"clients": clients, "weeks": FIVE_YEARS, "book_rows": _rows(folder), "months": months}
    return {**told, "ours": ours, "theirs": theirs}


def _visits() -> dict[str, Any]:
    from children import measured

    return measured("planned", officers=OFFICERS).plain()


def _week(clients: int, keep: Path, model: dict[str, Any]) -> dict[str, Any]:
    from children import measured

    folder, home = _book(clients, keep), keep / f"home-{clients}"
    if home.exists():
        import shutil

        shutil.rmtree(home)
    home.mkdir()
    source = keep / "home"
    (home / "models").symlink_to((source / "models").resolve())
    (home / "promotions.jsonl").write_bytes((source / "promotions.jsonl").read_bytes())
    got = measured("week", folder=folder, home=home, as_of=str(END_ON), seconds=1800)
    return {
        "book_clients": clients,
        "book_rows": _rows(folder),
        "trees": model["trees"],
        **got.plain(),
    }


def _load(clients: int, keep: Path, model: dict[str, Any]) -> dict[str, Any]:
    """Over the home that the weekly run left, which is made first where it is not there."""
    from children import measured

    home = keep / f"home-{clients}"
    if not (home / "exitwatch.db").exists():
        _week(clients, keep, model)
    got = measured(
        "under_load",
        home=home,
        folder=_book(clients, keep),
        as_of=str(END_ON),
        version=model["version"],
        registry=keep / "home",
        seconds=1800,
    )
    return got.plain()


def _model(clients: int, keep: Path) -> dict[str, Any]:
    """A model of the default recipe, trained on the smallest book once for all parts."""
    from children import measured

    note = keep / "model.json"
    if not note.exists():
        _say(f"  training on {clients:,} clients")
        got = measured("trained", folder=_book(clients, keep), home=keep / "home", as_of=str(END_ON))
        note.write_text(json.dumps(dict(got.answer)), encoding="utf-8")
    known: dict[str, Any] = json.loads(note.read_text("utf-8"))
    return known


def _book(clients: int, keep: Path, weeks: int = WEEKS) -> Path:
    """The simulated book of so many clients, made if it is not there."""
    from children import measured

    folder = keep / (str(clients) if weeks == WEEKS else f"{clients}-{weeks}-weeks")
    if not (folder / "departures.parquet").exists():
        _say(f"  simulating {clients:,} clients and {weeks} weeks")
        measured("simulated", folder=folder, clients=clients, weeks=weeks, seconds=3600)
    return folder


def _rows(folder: Path) -> int:
    import pyarrow.parquet as pq

    return sum(pq.ParquetFile(file).metadata.num_rows for file in folder.glob("*.parquet"))


def _arguments() -> argparse.Namespace:
    given = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    given.add_argument("--clients", default=",".join(map(str, SIZES)), help="sizes of the simulated MFI, with commas")
    given.add_argument("--only", action="append", choices=PARTS, help="measure this part only; may come several times")
    given.add_argument("--keep", type=Path, help="folder for books, model and figures, to be used again")
    given.add_argument("--date", default=str(END_ON), help="day written on the page; else the book's last day")
    given.add_argument("--out", type=Path, default=HERE.parents[1] / "docs" / "benchmarks.md", help="the page")
    return given.parse_args()


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main()
