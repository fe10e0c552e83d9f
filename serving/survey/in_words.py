"""What may be told of the survey, in sentences."""

from collections.abc import Iterator

from serving.survey.agreement import Agreement, Measured
from serving.survey.model_agreement import ModelAgreement
from serving.survey.progress import Progress
from serving.survey.reasons import name_of

#: Stands beside every comparison of what data shows with what clients say.
ASSOCIATION = (
    "What the data shows is an association; the client's word is tested against it, and not the other way round."
)


def progress_in_words(of: Progress) -> str:
    """How far a sample has come."""
    told, sample = of.told, of.sample
    again = f", again of {sample.again_of}" if sample.again_of else ""
    drawn = "" if told.drawn is None else f", {told.drawn:,} clients"
    parts = [f"{part} {count:,}" for part, count in told.parts.items() if count is not None]
    parts += [] if told.together is None else [f"others together {told.together:,}"]
    return f"{sample.sample_id}: drawn {sample.drawn_on}{again}{drawn}; {', '.join(parts) or 'too few to be told'}"


def agreement_in_words(each: Agreement) -> str:
    """How far two interviews agree on one question."""
    if not each.enough:
        return f"{each.about}: too few pairs to be told"
    told = [f"{name} {measured_in_words(of)}" for name, of in (("kappa", each.kappa), ("alpha", each.alpha))]
    same = "" if each.same_told is None else f", the same in {100 * each.same_told:.0f} %"
    return f"{each.about}: {each.pairs} pairs{same}; {'; '.join(told)}"


def measured_in_words(measured: Measured) -> str:
    """A measure of agreement with its interval."""
    if measured.value is None:
        return "cannot be told, for all say one thing"
    if measured.low is None or measured.high is None:
        return f"{measured.value:.2f} (too few pairs for an interval)"
    return f"{measured.value:.2f} ({measured.low:.2f} to {measured.high:.2f})"


def model_in_words(told: ModelAgreement) -> Iterator[str]:
    """What the data showed before clients left, against what they say."""
    unsaid = "too few to be told" if told.unsaid is None else f"{told.unsaid:,}"
    yield f"clients: {told.clients:,}; answered, but nothing was said of them before: {unsaid}"
    found = told.against_chance
    if found is None:
        yield "how often one of the three drivers is in the client's chain: too few are, or are not, to be told"
    else:
        yield (
            f"one of the three drivers is in the client's chain: {100 * found.hits:.0f} %; "
            f"by chance {100 * found.chance:.0f} %"
        )
        beyond = f"{100 * found.gain:.0f} points ({100 * found.low:.0f} to {100 * found.high:.0f})"
        yield f"beyond chance: {beyond}; chance alone does as well in {100 * found.by_chance:.1f} % of shuffles"
    if told.traceable is not None:
        yield f"chains with a reason that data could show at all: {100 * told.traceable:.0f} %"
    for cell in told.cells:
        yield f"{cell.model} {name_of(cell.model)} -> {cell.survey} {name_of(cell.survey)}: {cell.clients}"
    if told.together:
        yield f"cells too small to be told, together: {told.together}"
    yield f"* {ASSOCIATION}"
