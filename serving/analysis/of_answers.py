"""Why clients say they left, how far the answers can be trusted, and how far each sample has come."""

from collections.abc import Iterator, Sequence

import pandas as pd

from serving.analysis.section import Section
from serving.charts.bars import bars
from serving.charts.chart import COUNT, NOT_SHOWN, SHARE, Chart, Head
from serving.outcome_codes import REASONS
from serving.survey.agreement import Agreement
from serving.survey.in_words import ASSOCIATION, measured_in_words
from serving.survey.interviewers import Interviewers
from serving.survey.model_agreement import ModelAgreement
from serving.survey.pooling import FEWEST
from serving.survey.progress import PARTS, Progress
from serving.survey.reasons import CATEGORIES, ROOT, ReasonTable, name_of
from serving.survey.words import ASKED_BY, OWN_OFFICER

#: Under which address pages and drawings of the survey lie.
AT = "/analysis/survey"


def of_samples(found: Sequence[Progress]) -> Section:
    """Every sample, and how far it has come."""
    said = (
        f"Random samples of leavers. Numbers below {FEWEST} are not shown, nor what would give them away: they are "
        "added up under Together, or left out."
    )
    if not found:
        said = 'Nobody was drawn yet: "exitwatch survey sample" draws whom to ask, see docs/survey.md.'
    rows = [
        [
            each.sample.sample_id + (f" (asks {each.sample.again_of} again)" if each.sample.again_of else ""),
            str(each.sample.drawn_on),
            *(str(each.sample.plan.get(day, NOT_SHOWN)) for day in ("from_on", "until_on")),
            _count(each.wanted),
            _count(each.told.drawn),
            *(_count(each.told.parts[part]) for part in PARTS),
            _count(each.told.together),
        ]
        for each in found
    ]
    heads = [
        "Sample",
        "Drawn on",
        "Left from",
        "Left until",
        "Answers wanted",
        "Drawn",
        *map(str.capitalize, PARTS),
        "Together",
    ]
    return Section("Samples", said, heads, rows, links=[f"{AT}?sample={each.sample.sample_id}" for each in found])


def of_reasons(name: str, table: ReasonTable, of_whom: str) -> Chart:
    """Shares of reasons in the form of IRIS PI9872, with their intervals."""
    rows = [
        {
            "label": name_of(share.codes[0]) if len(share.codes) == 1 else f"{len(share.codes)} others together",
            "codes": "; ".join(share.codes),
            "names": "; ".join(name_of(code) for code in share.codes),
            "answers": share.answers,
            "value": share.share,
            "low": share.low,
            "high": share.high,
        }
        for share in table.shares
    ]
    shown = pd.DataFrame(rows, columns=["label", "codes", "names", "answers", "value", "low", "high"])
    shown["told"] = [f"{row.label}: {100 * float(str(row.value)):.1f} %" for row in shown.itertuples()]
    link = "What it began with" if table.link == ROOT else "What happened last"
    return bars(
        name,
        f"{link}, as clients say",
        _said(table, of_whom),
        shown,
        {
            "names": Head("Reason"),
            "codes": Head("Code"),
            "answers": Head("Answers", COUNT),
            "value": Head("Share", SHARE),
            "low": Head("From", SHARE),
            "high": Head("To", SHARE),
        },
        unit="%",
        across="share of leavers" if table.leavers is not None else "share of those who answered",
    )


def of_footnotes(table: ReasonTable) -> Section:
    """What has to be read with the shares, and every category there is."""
    notes = [note for note in table.footnotes if not note.startswith(CATEGORIES)]
    rows = [[code, reason.name] for code, reason in REASONS.items()]
    return Section("To be read with it", " ".join(notes), ["Code", "Reason"], rows, folded=CATEGORIES)


def of_interviewers(found: Interviewers) -> Section:
    """Who asked, and whether somebody else than the client's own officer did."""
    rows = [[ASKED_BY[role], f"{count:,}"] for role, count in found.shown]
    if found.together is not None:
        rows.append(["Others together", f"{found.together:,}"])
    if not rows:
        return Section("Who asked", f"Fewer than {FEWEST} interviews, so nothing is told of who asked.")
    own = dict(found.shown).get(OWN_OFFICER)
    said = (
        "No reason about staff is taken from an interview by the client's own officer; whoever was asked by somebody "
        "else could speak more freely."
    )
    if own is not None and found.total:
        said = f"{100 * own / found.total:.0f} % were asked by their own officer. {said}"
    return Section("Who asked", said, ["Interviewer", "Interviews"], rows)


def of_interviews(again: str, found: Sequence[Agreement]) -> Section:
    """How far second interviews say what the first said."""
    told = [each for each in found if each.enough]
    said = (
        f"Asked again as {again}, by somebody else. 1 is always the same, 0 is no more often than by chance; below "
        "about 0.4 rather mend the form than act on the answers."
    )
    if not told:
        said = f"Asked again as {again}: fewer than {FEWEST} clients have answered twice, so nothing is told."
    rows = [
        [
            each.about.capitalize(),
            f"{each.pairs:,}",
            NOT_SHOWN if each.same_told is None else f"{100 * each.same_told:.0f} %",
            measured_in_words(each.kappa),
            measured_in_words(each.alpha),
        ]
        for each in told
    ]
    heads = ["Question", "Asked twice", "The same", "Cohen's kappa", "Krippendorff's alpha"]
    return Section("Do two interviews say the same?", said, heads, rows)


def of_model(found: ModelAgreement) -> Iterator[Section]:
    """How far what the data showed before is what clients say."""
    beyond = found.against_chance
    if beyond is None:
        said = f"Of {found.clients:,} clients both is known, but fewer than {FEWEST} agree, or do not; nothing is told."
    else:
        sure = "surely more than chance" if beyond.low > 0 else "no more than chance may give"
        said = (
            f"Of {found.clients:,} clients, one of the three drivers shown before they left is in their own chain in "
            f"{100 * beyond.hits:.0f} %; chance alone would give {100 * beyond.chance:.0f} %. The difference of "
            f"{100 * beyond.gain:.0f} points ({100 * beyond.low:.0f} to {100 * beyond.high:.0f}) is {sure}."
        )
    if found.traceable is not None:
        said += f" {100 * found.traceable:.0f} % name a reason that data could show at all."
    rows = [[_named(cell.model), _named(cell.survey), f"{cell.clients:,}"] for cell in found.cells]
    if found.together:
        rows.append(["All others together", NOT_SHOWN, f"{found.together:,}"])
    heads = ["The data showed first", "The client says first", "Clients"]
    yield Section("Does the data show what clients say?", f"{said} {ASSOCIATION}", heads, rows)


def of_hits(found: ModelAgreement) -> Chart:
    """How often what the data showed before is in what the client says, beside chance."""
    beyond = found.against_chance
    values = (None, None) if beyond is None else (beyond.hits, beyond.chance)
    table = pd.DataFrame(
        {
            "label": ["one of the model's three drivers", "by chance alone", "a reason data could show at all"],
            "value": pd.Series([*values, found.traceable], dtype="float64"),
        }
    )
    table["told"] = [f"{row.label}: {_per_cent(row.value)}" for row in table.itertuples()]
    said = f"Of {found.clients:,} clients both is known. "
    if beyond is None:
        said += f"Fewer than {FEWEST} agree, or do not, so that nothing is told of how many do."
    else:
        said += (
            f"In {_per_cent(beyond.hits)} of the chains stands one of the model's three drivers, by chance it would be "
            f"{_per_cent(beyond.chance)}: {100 * beyond.gain:.0f} points more "
            f"({100 * beyond.low:.0f} to {100 * beyond.high:.0f})."
        )
    return bars(
        "hits",
        "What the data showed before she left, in what she says herself",
        said,
        table,
        {"label": Head("In her chain of reasons"), "value": Head("Share of clients", SHARE)},
        across="share of clients",
    )


def _per_cent(value: object) -> str:
    return Head("", SHARE).said(value)


def _said(table: ReasonTable, of_whom: str) -> str:
    if not table.shares:
        return f"{of_whom}: fewer than {FEWEST} answers. Too few to tell any reason."
    first = table.shares[0]
    alone = len(first.codes) == 1
    most = f"Most often: {name_of(first.codes[0]).lower()}, {100 * first.share:.0f} %." if alone else ""
    refusals = f"fewer than {FEWEST}" if table.refusals is None else f"{table.refusals:,}"
    return f"{of_whom}: {table.answers:,} answers, {refusals} who did not want to. {most}".strip()


def _named(code: str) -> str:
    return f"{code} {name_of(code)}"


def _count(count: int | None) -> str:
    return NOT_SHOWN if count is None else f"{count:,}"
