"""Why an account, its password or its reach is refused, in words for the command line and for pages in any language."""

from features.errors import UsageError
from serving.spoken_code import SpokenCode


class Why(SpokenCode):
    """Why it is refused.

    Examples
    --------
    >>> Why.LONG, Why.LONG.message
    (<Why.LONG: 'long'>, 'A password has at most {longest} characters.')
    """

    USERNAME = (
        "username",
        "A username has 1 to 80 letters, digits, dots, dashes, underscores, plus or at signs, and begins with a letter "
        "or digit.",
    )
    TAKEN = "taken", "There is an account named {name} already; choose another name."
    MISSING = "missing", "There is no account named {name}; the list of accounts shows which there are."
    NAME = "name", "A person's name has at most {longest} characters, all of them printable."
    SHORT = "short", "A password has at least {fewest} characters; three or four words are easy to remember."
    LONG = "long", "A password has at most {longest} characters."
    COMMON = "common", "That password is among the first that are tried; take three or four words of your own."
    ROLE = "role", "{scope} is not a scope; there are {known}."
    REACH = "reach", "An officer needs the officer's number, a manager the branch's, and no other role has one."


#: Every message of this module, for the catalogues.
MESSAGES: tuple[str, ...] = tuple(why.message for why in Why)


class AccountRefused(UsageError):
    """It cannot be so; nothing was changed.

    Parameters
    ----------
    values
        What stands in the places of the sentence.

    Examples
    --------
    >>> str(AccountRefused(Why.TAKEN, name="'amina'"))
    "there is an account named 'amina' already; choose another name"
    """

    def __init__(self, why: Why, **values: object) -> None:
        said = why.message.format(**values).removesuffix(".")
        super().__init__(said[0].lower() + said[1:])
        self.why = why
        self.values = values
