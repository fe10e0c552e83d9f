"""How far a report can be trusted: the model's back-test in words, what is final when, what is hidden and why."""

from collections import Counter
from collections.abc import Iterator, Sequence

from features.measures.formulas import GROWTH_WARNED_OF
from features.measures.periods import By, Maturity
from features.measures.suppression import SMALLEST_SHOWN
from serving.analysis import of_model
from serving.kept_measures import KeptMeasures, Row
from serving.report.known import Known
from serving.report.part import Part, Piece

_FAMILIES = {
    "flows": "clients at begin and end, who came and went, F1 and F2",
    "decisions": "decisions and F5",
    "loans": "loans paid off and followed, F3",
}
_GLOSSARY = (
    (
        "F1, dropout by head counts",
        "(clients at begin + came − clients at end) / (clients at begin + came)",
        "Share of all clients dealt with in the period who were gone at its end. Looks low when an institution grows. "
        "Schreiner's flow identity, the usual one of the sector.",
    ),
    (
        "F2, dropout on opening clients",
        "1 − (clients at end − came) / clients at begin",
        "Share of the opening clients that was lost. Looks high when an institution grows. 1 − IRIS PI9319.",
    ),
    (
        "F3, loan renewal",
        "loans to existing and resting clients / loans paid off",
        "Counts loans and not people; above 1 is possible.",
    ),
    (
        "Repeat borrowing",
        "loans to existing and resting clients / all loans of the period",
        "Share of lending that goes to clients who were there before.",
    ),
    (
        "F5, exits per decision",
        "clients who took no new loan within the grace period / clients whose last loan ended",
        "Counts people, and only those who decided; not bent by growth. After Waterfield 2006.",
    ),
)


def of_trust(known: Known) -> Part:
    """What stands behind the figures."""
    kept = known.kept
    said = [
        f"All figures are as they were known on {known.as_of}. A client whose last loan ended is given "
        f"{kept.grace_days} days to come back before she counts as having left, so nothing that ended after "
        f"{kept.settled} is final. Whatever is not final is marked and left out of every rate.",
        f"No number under {SMALLEST_SHOWN} is shown, and none from which one could be worked out: a few people must "
        "not be recognised in a table. A dash stands for whatever is hidden, not final or not known.",
    ]
    return Part("How far to trust this", said, [_maturity(kept), _hidden(kept), *_model(known)])


def of_glossary() -> Part:
    """The formulas."""
    said = [
        "Each rate is of the period that stands beside it; rates of short periods do not add up to those of long ones. "
        f"Where clients grow by more than {GROWTH_WARNED_OF:.0%} a year, F1 looks better and F2 looks worse than how "
        "clients behave: compare by F5. Intervals hold the true figure in 95 of 100 cases (Wilson for shares, Newcombe "
        "for differences)."
    ]
    table = Piece("", "", heads=["Formula", "How", "Read it so"], rows=_GLOSSARY, words=(0, 1, 2))
    return Part("The formulas", said, [table])


def _maturity(kept: KeptMeasures) -> Piece:
    rows = []
    for by in By:
        periods = [row for row in kept.tables["everybody"] if row["by"] == by.value]
        final = [row for row in periods if row["maturity"] == Maturity.FINAL.value]
        waits = [row for row in periods if row["maturity"] in (Maturity.GRACE.value, Maturity.LATE.value)]
        next_one = f"{waits[0]['period']}, on {waits[0]['final_from']}" if waits else "–"
        why = str(waits[0]["maturity"]) if waits else "–"
        rows.append([by.value.capitalize(), str(final[-1]["period"]) if final else "none yet", next_one, why])
    heads = ["By", "Newest that is final", "Next one, and when", "What it waits for"]
    return Piece("What is final", "", heads=heads, rows=rows, words=(0, 1, 2, 3))


def _hidden(kept: KeptMeasures) -> Piece:
    rows = []
    for title, table in (("The whole institution", "everybody"), ("Its segments", "segments")):
        final = [row for row in kept.tables[table] if row["maturity"] == Maturity.FINAL.value]
        found = _families(final)
        rows += [
            [f"{title}: {told}", f"{found[name]:,}", f"{len(final):,}"]
            for name, told in _FAMILIES.items()
            if found[name]
        ]
    ways = [row for row in kept.tables["leaver_types"] if row["maturity"] == Maturity.FINAL.value]
    hidden = sum(row["out"] is None for row in ways)
    if hidden:
        rows.append(["Ways of leaving: clients", f"{hidden:,}", f"{len(ways):,}"])
    said = (
        "How many figures of final periods, by month, quarter and year, are hidden because they or their neighbours "
        "are small. Longer periods and larger parts show more."
    )
    if not rows:
        return Piece("What is hidden", "Nothing of the final periods had to be hidden.")
    return Piece("What is hidden", said, heads=["Figures", "Hidden", "Of"], rows=rows)


def _families(rows: Sequence[Row]) -> Counter[str]:
    return Counter(name for row in rows for name in str(row["hidden"]).split(", ") if name)


def _model(known: Known) -> Iterator[Piece]:
    """The back-test of the model behind lists and drivers."""
    found = list(of_model.of_promotions(list(known.promoted)))
    if not found:
        yield Piece(
            "The model behind lists and drivers",
            "No model was in use. “exitwatch train” makes one and says whether it is good enough.",
        )
    for section in found:
        yield Piece(section.title, section.said, heads=section.heads, rows=section.rows)
