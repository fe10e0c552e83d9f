"""The manual page of the features, made from the catalogue."""

from collections.abc import Mapping
from types import MappingProxyType

from features.catalogue import FAMILIES, by_driver
from features.drivers import ACTIONS, DRIVERS
from features.feature import ROUNDING, Feature

#: Words the sentences of the catalogue use in one sense only.
GLOSSARY: Mapping[str, str] = MappingProxyType(
    {
        "T": "the date stood on. Everything is as it was known at the end of T.",
        "in the last N days": "on T or one of the N - 1 days before it. *a to b days ago*: both ends included.",
        "loan": "a loan known on T and not cancelled. The *newest* is the one with the latest disbursed_on, then the "
        "largest loan_id; the loan *before* another is the next in that order. *Open*: no closed_on is known;"
        " *ended*: one is. *Fresh*: open, or ended in the last 182 days. *Term*: days from disbursed_on to "
        "due_on.",
        "amounts": "of loans are those in the newest loan's currency only.",
        "borrowing day": "a day on which a loan was taken. *Gap*: days from one borrowing day to the next.",
        "spell": "loans each of which began before or on the day all earlier ones of the spell had ended. "
        "*Rest*: days from the end of a spell to the start of the next. A spell with an open loan "
        "lasts.",
        "plan": "the *instalments* of a loan known on T with an amount above 0. Those after the end of an ended loan "
        "do not count as due, nor do those of loans that are not fresh. *Usual instalment*: the mean amount "
        "of the plan. The latest instalments are those with the latest due_on, then the smaller delay.",
        "payment": "a repayment that stands.",
        "settled": "an instalment is, on the first day on which the payments of its loan reach the sum of the"
        " amounts due up to its due_on. *Delay*: days from due_on to the day it was settled; if it"
        " was not, to the end of the loan; if that is open, to T; not below 0. *Late*: with a "
        "delay of 1 or more.",
        "charge": "of an ended loan with a plan, fresh or among the newest two: sum of the plan minus amount,"
        " divided by amount, not below 0 and not above 0.15, rounded half up to a millionth. Above "
        "that a charge goes on growing after the due day where penalties are added, and would tell "
        "of what came later.",
        "ordinary contact": "one that no weekly list asked for, because those depend on an earlier score. "
        "*Failed*: not reached, or a wrong number. *Held*: not failed, and not a message."
        " *Incoming*: begun by the client; *outgoing*: every other.",
        "application": "*pending*: without a decided_on, and made in the last 182 days. *Failed*: refused or "
        "withdrawn. *Wait* of a loan: days from the earliest applied_on of its applications to"
        " disbursed_on, not below 0.",
        "post": "the assignment that lasts on T (the latest by from_on, then known_on, then officer_id). It is "
        "*vacant* without an officer. The client's branch is that of the officer. *Handed over*: the post "
        "began in the last 91 days and the first loan was taken at least 91 days ago.",
        "group": "the one of the membership that lasts on T (the latest by from_on, then known_on, then group_id).",
        "others": "all clients but the one in question who joined or borrowed by T, of the same group, "
        "officer, branch, product of the newest loan, or cohort (joined in the same 28 days, "
        "counted from 1 January 1900). *Active*: with an open loan or one ended in the last 91 "
        "days; *resting*: active without an open loan; *gone*: without an open loan, the last "
        "having ended 91 to 272 days ago.",
        "not known": "a figure is, where a date or an amount it needs is missing, where there is nothing to "
        "measure, where it would be divided by 0, and for everybody where the book lacks what "
        "stands under *needs*. It is never taken for 0.",
    }
)

#: Drivers no feature speaks for, and why.
NOT_CARRIED: Mapping[str, str] = MappingProxyType(
    {
        "GRP-3": "conflicts are not recorded in the book; the exit survey asks.",
        "MOV-1": "the book holds only today's village and phone number, which may not be used for a past date.",
        "HLT-1": "sensitive: never a model input.",
        "FAM-1": "sensitive: never a model input.",
        "REL-1": "sensitive: never a model input.",
        "FRD-1": "goes to the whistle-blower route.",
        "OTH-9": "an answer of the exit survey only.",
        "UNK-0": "an answer of the exit survey only.",
    }
)

#: What of a driver's trace the canonical book cannot carry.
IN_PART: Mapping[str, str] = MappingProxyType(
    {
        "TRM-1": "no calendar of trades; delays that never vanish and late ends at the same season stand for it.",
        "DOC-1": "no record of papers that are missing; the length of decisions and contacts before them stand for it.",
        "CMPT-1": "no credit bureau; lending and leaving around the client stand for it.",
        "OVD-1": "no income and no loans elsewhere; several loans and instalments against payments stand for it.",
        "BUS-1": "no visit notes; deposits and payments that fall stand for it.",
        "DST-1": "no distances; a change of branch or group stands for it.",
        "DIG-1": "no failures of an app; payments by phone that fall stand for it.",
        "POL-1": "no dates of changed terms; a changed product and how the others with it fare stand for it.",
        "SEA-1": "no calendar of harvests and fees; the same weeks of earlier years stand for it.",
    }
)


def manual() -> str:
    """The whole manual page; `docs/features.md` is this text."""
    count = sum(len(content.features) for content in FAMILIES.values())
    parts = [
        "# What is known about a client\n",
        f"{count} features in {len(FAMILIES)} families, as computed by `features/snapshot.py` from the files in\n"
        "`features/sql/`. This page is written from `features/families/` by `make docs`. A higher figure goes\n"
        "with more risk (+), with less (-), or neither is sure (blank).\n",
        "## Words\n",
        *[f"- **{word}**: {meaning}" for word, meaning in GLOSSARY.items()],
        "\nSpoken figures are rounded half to even: "
        + "; ".join(f"{unit.value}: {rule}" for unit, rule in ROUNDING.items())
        + ".\n",
    ]
    for name, content in FAMILIES.items():
        parts.append(f"## {content.title}\n\n`{name}`." + (f" {content.note}" if content.note else "") + "\n")
        parts += ["| feature | driver | unit | | meaning | needs |", "|---|---|---|---|---|---|"]
        parts += [_row(feature) for feature in content.features]
        parts.append("")
    return "\n".join([*parts, *_said(), *_drivers()])


def _row(feature: Feature) -> str:
    sign = {1: "+", -1: "-", 0: ""}[feature.direction]
    needs = ", ".join(feature.needs)
    return f"| {feature.name} | {feature.driver} | {feature.unit.value} | {sign} | {feature.meaning} | {needs} |"


def _said() -> list[str]:
    features = [feature for content in FAMILIES.values() for feature in content.features]
    only = ", ".join(feature.name for feature in features if feature.while_open)
    resting = ", ".join(feature.name for feature in features if feature.none_while_resting)
    lines = [
        "## What is said\n",
        "A reason is spoken with the client's own figure, in the words beside the feature in `features/families/`.",
        "A 0 is not said where more would mean more risk, nor a figure below 0 that has no words of its own.\n",
        f"Said only while a loan is open: {only}.\n",
        f"A 0 of these is said only while no loan is open: {resting}.\n",
        "Not said, but told by another figure of the same driver:\n",
    ]
    lines += [f"- {feature.name}: {feature.told_by}" for feature in features if feature.told_by]
    return [*lines, ""]


def _drivers() -> list[str]:
    spoken_for = by_driver()
    lines = [
        "## Drivers\n",
        "| code | in plain words | on lists | first response | features |",
        "|---|---|---|---|---|",
    ]
    for code, driver in DRIVERS.items():
        shown = ("to act on" if driver.actionable else "as context") if driver.shown else "never"
        count = len(spoken_for.get(code, ()))
        lines.append(f"| {code} | {driver.name} | {shown} | {ACTIONS[driver.action]} {driver.avoid} | {count} |")
    lines.append("\nNot carried:\n")
    lines += [f"- {code}: {why}" for code, why in NOT_CARRIED.items()]
    lines.append("\nCarried in part:\n")
    lines += [f"- {code}: {why}" for code, why in IN_PART.items()]
    return [*lines, ""]
