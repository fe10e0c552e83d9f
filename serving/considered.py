"""Everybody whom this week's lists name or would have named, with the reasons and the advice of each.

Of whom the lot left out the same is found as of the listed, so that the effect can be told by what a line suggests.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from features.book import Known
from serving import standing
from serving.contact_times import manners
from serving.experiment.lot import Arm
from serving.line import DESK, Speak, Words
from serving.protections import Advice, Protection, advise
from serving.rules import Choice
from serving.settings import Settings


@dataclass(frozen=True)
class Considered:
    """The listed and those whom the lot left out.

    Attributes
    ----------
    details
        `serving.standing.details` of each.
    words
        Why, by client; nothing is said of some.
    advice
        What to do and what not, by client.
    """

    details: pd.DataFrame
    words: Mapping[str, Words]
    advice: Mapping[str, Advice]

    @classmethod
    def of(cls, choice: Choice, known: Known, people: pd.DataFrame, settings: Settings, speak: Speak) -> "Considered":
        """What is said to and of each.

        Parameters
        ----------
        people
            `serving.people.people`, indexed by client_id.
        """
        out = choice.turns.loc[choice.turns["arm"] == Arm.HELD_OUT.value, ["client_id", "list_of"]]
        # A complaint is listed before any lot.
        out = out.assign(complaint=False, about_staff=False)
        out["may_call"] = manners(people.loc[out["client_id"]], settings, known.as_of)["may_call"].to_numpy(dtype=bool)
        rows = pd.concat([choice.listed[list(out.columns)], out], ignore_index=True)
        details = standing.details(known, rows["client_id"])
        for_desk = rows["list_of"] == DESK
        words = {
            **speak(rows.loc[for_desk, "client_id"].tolist(), for_desk=True),
            **speak(rows.loc[~for_desk, "client_id"].tolist(), for_desk=False),
        }
        advice = {}
        for row in rows.merge(details, left_on="client_id", right_index=True, how="left").to_dict("records"):
            client = str(row["client_id"])
            said = words.get(client, Words())
            drivers = [reason.driver for reason in said.reasons]
            advice[client] = advise(drivers, Protection.of(row, {*drivers, *said.weigh}, settings))
        return cls(details, words, advice)

    def actions(self, clients: Iterable[str]) -> list[str]:
        """What each one's line suggests, or would have suggested."""
        return [self.advice[client].action.value for client in clients]
