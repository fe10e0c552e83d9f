"""Why an answer of the exit survey is refused: a stable code and a sentence that says what to do."""

from enum import StrEnum

from features.errors import UsageError


class Why(StrEnum):
    """What is wrong with an answer.

    Examples
    --------
    >>> Why.FUTURE, Why.FUTURE.message
    (<Why.FUTURE: 'future'>, 'The day lies after today; write the day of the interview.')
    """

    message: str

    def __new__(cls, value: str, message: str) -> "Why":
        """One reason and its sentence."""
        made = str.__new__(cls, value)
        made._value_ = value
        made.message = message
        return made

    CLIENT = "client", "Write the client's id as in the book, at most 200 signs that can be printed."
    NOT_A_DATE = "not_a_date", "Write the day as 2024-07-02."
    FUTURE = "future", "The day lies after today; write the day of the interview."
    CONSENT_UNSAID = "consent_unsaid", "Write yes or no: whether the client agreed to be asked comes before all else."
    YES_OR_NO = "yes_or_no", "Write yes or no."
    WORD = "word", "Write one of: {words}."
    SIGNS = "signs", "Write fewer signs, all of them printable."
    LANGUAGE = "language", "Write the code of a language, such as sw or en."
    NO_ID = "no_id", "Write a UUID of 36 signs, or leave it empty."
    ROLE_NEEDED = "role_needed", "Say who asked: the role of the interviewer."
    TYPE_NEEDED = "type_needed", "Say how the client left: one of the leaver types, UNK if it stays unknown."
    REASON_NEEDED = "reason_needed", "Write the chain of reasons; UNK-0 alone if the client did not say any."
    REASON = "reason", "This is none of the driver codes; they stand in docs/survey.md."
    LINK = "link", "Write the root first and the last link last; those between are contributing."
    REASON_TWICE = "reason_twice", "A reason stands twice; leave one of them out."
    REASONS_MANY = "reasons_many", "Keep the five links that mattered most."
    NOT_SAID_AND_SAID = "not_said_and_said", "UNK-0 says that no reason was told; let it stand alone, or leave it out."
    PRIVATE = (
        "private",
        "Illness, family and faith are written down only if the client agrees to that besides: ask, or leave them out.",
    )
    OWN_OFFICER = (
        "own_officer",
        "A reason about staff was told to the client's own officer; have somebody else ask, and enter that interview.",
    )
    STORY_NEEDED = "story_needed", "OTH-9 needs a few words in the story about what else it was."
    STORY_LONG = "story_long", "Keep the story to 1,000 signs."
    STORY_NAMES = "story_names", "The story holds a number like a phone's or an id; tell it without names and numbers."
    LEFT_LATER = "left_later", "The client cannot have left after the interview; check both days."
    RETURN = "return", "A day of return lies after the interview, within five years, and not beside a no."
    UNKNOWN_SAMPLE = "unknown_sample", "There is no such sample; see `exitwatch survey sample --list`."
    NOT_SAMPLED = "not_sampled", "This client was not drawn in that sample; leave the sample empty, or check the id."
    BEFORE_PLAN = "before_plan", "The interview is older than the sample; a sample is drawn before anybody is asked."
    IN_PEACE = "in_peace", "This client is left in peace and must not be asked; nothing was kept."
    NOT_ASKED_YET = "not_asked_yet", "Nobody has asked this client a first time; enter the first interview first."
    SAME_INTERVIEWER = "same_interviewer", "Somebody else has to ask a second time; name the second interviewer."
    INTERVIEWER_NEEDED = "interviewer_needed", "Name the interviewer: a second interview needs another one."
    ANSWERED = "answered", "This client has answered already; to correct it, name that answer in `replaces`."
    NOTHING_TO_REPLACE = "nothing_to_replace", "There is no answer of this client and sample to replace that holds."
    ID_TAKEN = "id_taken", "The id of this answer belongs to another one; give it an id of its own."


class AnswerRefused(UsageError):
    """It does not fit; nothing was kept.

    Attributes
    ----------
    why
        What is wrong.
    column
        Where, by its name in `serving.survey.words.COLUMNS`.
    """

    def __init__(self, why: Why, column: str, words: str = "") -> None:
        self.why = why
        self.column = column
        self.sentence = why.message.format(words=words)
        super().__init__(f"{column}: {self.sentence}")
