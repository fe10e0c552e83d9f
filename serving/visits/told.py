"""What is said of a plan, in the language of whoever reads it."""

from serving.languages import Language
from serving.visits.plan import Moved
from serving.visits.ways import How, Left


def how(met: How, language: Language) -> str:
    """How a client is met."""
    match met:
        case How.MEETING:
            return language.text("At the meeting")
        case How.CALL:
            return language.text("Call")
    return language.text("Visit")


def moved(why: Moved, language: Language) -> str:
    """Why a line does not stand where the list has it."""
    match why:
        case Moved.MEETING:
            return language.text("Moved: met at the group's meeting.")
        case Moved.VILLAGE:
            return language.text("Moved: others are met in this village on that day.")
        case Moved.HOURS:
            return language.text("Moved: to the client's own hours.")
        case Moved.SOONER:
            return language.text("Moved up: some who stand before are met on another day or at another hour.")
    return language.text("Moved: others fill the time before, or leave none.")


def left(why: Left, language: Language) -> str:
    """Why a line is in no day of the plan."""
    match why:
        case Left.NOT_WORTH_THE_WAY:
            return language.text(
                "Not planned: the way takes more than the visit is expected to change. Go if you are near."
            )
        case Left.NO_CALL:
            return language.text("Not planned: no call is possible or safe. Hand it to the branch.")
        case Left.NO_MEETING:
            return language.text("Not planned: the client wants to be met at the meeting, and there is none this week.")
        case Left.HOURS:
            return language.text("Not planned: the client's own hours leave no time for it.")
        case Left.CLOSED:
            return language.text("Not planned: no day of this week is open for it.")
        case Left.IN_PEACE:
            return language.text("Not planned: the client is to be left in peace, as came in since the list was drawn.")
        case Left.COUNTED_ONCE:
            return language.text("Not planned: another of the household or group is met.")
    return language.text("Not planned: no day has the time. Put it in place of another, or leave it for next week.")


def chances(language: Language, version: str) -> str:
    """Whence the chances come by which places were given: said wherever an order was made by them.

    Parameters
    ----------
    version
        Hash of the model of who is helped (`KeptScores.uplift_version`); empty where there was none.
    """
    if version:
        return language.text(
            "How likely a visit keeps each client is measured, by model {version} of who is helped, which did better "
            "than the risk alone on weeks it had not seen.",
            version=version[:12],
        )
    return language.text(
        "How likely a visit keeps a client is not measured yet: the general chances of the settings are used, the same "
        "for everybody with an open loan, and a lower one for those who rest."
    )
