"""What the audit log knows of: each kind of thing that happens, in one sentence, with the details it may carry."""

from enum import StrEnum


class Event(StrEnum):
    """Something somebody did.

    Details are counts, codes, days and ids of lists. Names, phone numbers, client ids and free text are never among
    them; a client is the row's subject, under a pseudonym.

    Examples
    --------
    >>> Event.LISTS_VIEWED.details
    ('scope', 'lists', 'lines')
    >>> Event("list_viewed").meaning
    'One list was read.'
    """

    meaning: str
    details: tuple[str, ...]

    def __new__(cls, value: str, meaning: str, *details: str) -> "Event":
        """One kind, its sentence and the names of its details."""
        made = str.__new__(cls, value)
        made._value_ = value
        made.meaning = meaning
        made.details = details
        return made

    SIGNED_IN = "signed_in", "Somebody signed in; `way` is password or openid.", "way"
    SIGN_IN_FAILED = (
        "sign_in_failed",
        "A sign-in was refused. `why` is unknown, password, locked, disabled, role, taken or answer; a name that is no "
        "account's stands under a pseudonym, for people type passwords into the wrong field.",
        "way",
        "why",
    )
    LOCKED_OUT = (
        "locked_out",
        "An account was locked after too many wrong passwords; with `device`, on one browser it is known from alone.",
        "minutes",
        "device",
    )
    SIGNED_OUT = "signed_out", "Somebody signed out."
    ACCOUNTS_VIEWED = "accounts_viewed", "The accounts were read.", "accounts"
    ACCOUNT_ADDED = "account_added", "An account was made.", "scope"
    ACCOUNT_CHANGED = "account_changed", "The role or reach of an account was changed.", "scope", "before"
    ACCOUNT_DISABLED = "account_disabled", "An account was closed and its sessions ended."
    ACCOUNT_ENABLED = "account_enabled", "An account was opened again."
    ACCOUNT_UNLOCKED = "account_unlocked", "A lock-out was lifted before its time."
    PASSWORD_CHANGED = "password_changed", "A password was changed and other sessions ended.", "sessions_ended"
    TOKEN_ADDED = "token_added", "An API token was made.", "scope", "until"
    TOKEN_REMOVED = "token_removed", "An API token was made worthless."
    TOKENS_TAKEN_OVER = "tokens_taken_over", "Tokens of an older version's file were taken over.", "tokens"

    LISTS_ISSUED = "lists_issued", "A week's lists were drawn.", "revision", "lists", "lines"
    LOT_SEEDED = (
        "lot_seeded",
        "The seed of the lot was set; `commitment` is its SHA-256, so that another cannot be put in its place unseen.",
        "commitment",
    )
    LOT_SEED_REFUSED = "lot_seed_refused", "Another seed was given after clients had been drawn; it was refused."
    LOTS_DRAWN = "lots_drawn", "Lots were drawn for a week's lists, before the lists were.", "turns", "share"
    UPLIFT_LEARNT = (
        "uplift_learnt",
        "A model of who is helped was learnt and kept; `passed` says whether its gate lets it be used.",
        "passed",
    )
    UPLIFT_ON = "uplift_on", "A model of who is helped was put into use: places on lists go by it."
    UPLIFT_OFF = "uplift_off", "The model of who is helped was taken out of use; lists go by the general chances."
    STEPS_DRAWN = (
        "steps_drawn",
        "The order in which branches begin with lists was drawn; with `seed` it can be drawn again.",
        "branches",
        "steps",
        "seed",
    )
    LISTS_STOPPED = (
        "lists_stopped",
        "Lists of a part of the clients stopped, for contact seems to make more of them leave.",
        "segment",
        "value",
        "since",
    )
    LISTS_BEGUN_AGAIN = (
        "lists_begun_again",
        "A person let lists that had stopped begin again; who, why and what was changed stands with the stop.",
        "segment",
        "value",
        "on",
    )
    LISTS_VIEWED = "lists_viewed", "Lists of a week were read, as far as `scope` sees them.", "scope", "lists", "lines"
    LIST_VIEWED = "list_viewed", "One list was read.", "lines"
    PLAN_VIEWED = "plan_viewed", "The plan of a week was read, as far as `scope` sees it.", "scope", "lists", "lines"
    LIST_REFUSED = "list_refused", "A list that does not exist or is not theirs was asked for; its id is not kept."
    LIST_EXPORTED = "list_exported", "A list left the system as a file or message.", "format", "lines"
    LIST_REPLAYED = "list_replayed", "A past list was made again from what was stored.", "same"
    CLIENT_VIEWED = "client_viewed", "How a client stands, and why, was read.", "numbers"
    CLIENT_REFUSED = "client_refused", "A client who does not exist or is not theirs was asked for."
    CLIENTS_SCORED = "clients_scored", "Clients sent with their history were scored.", "clients", "context"
    SEARCHED = "searched", "A name, number or group was searched for; what was typed is not kept.", "found"
    FIGURES_VIEWED = "figures_viewed", "Figures of a week, a branch or officers were read.", "page"

    OUTCOME_RECORDED = "outcome_recorded", "What was found was entered for a line.", "list", "channel", "status"
    OUTCOME_VIEWED = "outcome_viewed", "What somebody else found at a line was read, beside one's own.", "list"
    OUTCOME_SETTLED = "outcome_settled", "A person decided between two outcomes of a line.", "list", "kept"
    LINE_HANDED_OVER = (
        "line_handed_over",
        "A line was given to a branch, by the desk or by an officer who hands it to the manager.",
        "list",
        "branch",
    )
    LINE_TAKEN_BACK = (
        "line_taken_back",
        "A line that waited at a branch waits there no more, for what had handed it over was put right.",
        "list",
        "branch",
    )
    HANDOVER_DONE = "handover_done", "A line that was handed over was dealt with.", "list"
    HOLD_PLACED = "hold_placed", "Somebody was granted peace.", "kind", "reach", "until"
    HOLDS_VIEWED = "holds_viewed", "Holds of many clients at once were read.", "holds"
    HOLD_LIFTED = "hold_lifted", "A hold was lifted.", "kind", "reach"

    SURVEY_ANSWERED = (
        "survey_answered",
        "What a client said when she left was entered, or that she refused to be asked.",
        "sample",
        "channel",
        "consent",
    )
    SURVEY_VIEWED = "survey_viewed", "Figures of the exit survey were read.", "what", "answers"
    WHISTLE_BLOWN = "whistle_blown", "An answer tells of fraud or bribes; it waits for whoever follows that up."
    WHISTLES_VIEWED = "whistles_viewed", "Answers that tell of fraud or bribes were read.", "answers"
    SAMPLE_DRAWN = "sample_drawn", "A random sample of leavers was drawn and written down.", "clients", "in_peace"
    SAMPLE_EXPORTED = "sample_exported", "Who is to be asked left the system.", "clients", "in_peace"
    SAMPLE_REPLAYED = "sample_replayed", "A sample was drawn again to compare.", "same"
    INDICATORS_ENTERED = "indicators_entered", "Figures of indicators were entered.", "rows", "replaced"
    OBJECTIVES_VIEWED = "objectives_viewed", "Objectives and where they stand were read.", "objectives"
    FINDING_ADDED = "finding_added", "A point of the feedback loop was entered."
    FINDING_MOVED = "finding_moved", "A point of the feedback loop went on to another stage.", "stage", "before"
    FINDING_CHANGED = (
        "finding_changed",
        "Owner, decision, change or date of a point of the feedback loop was changed.",
        "what",
    )
    FINDINGS_VIEWED = "findings_viewed", "The feedback loop was read.", "points"

    SUBJECT_EXPORTED = "subject_exported", "A client was given what is kept about her.", "format"
    CORRECTION_MADE = "correction_made", "What a client said is wrong was put right.", "what"
    CORRECTIONS_EXPORTED = "corrections_exported", "Corrections were listed for the institution's own system.", "rows"
    OBJECTION_MADE = "objection_made", "A client objected to being scored or listed.", "reach"
    CLIENT_ERASED = "client_erased", "What was kept about a client was erased.", "rows", "files"
    ERASURE_REFUSED = "erasure_refused", "A law obliges to keep what was asked to be erased until a day.", "until"
    RETENTION_RUN = "retention_run", "What was older than its retention period was erased.", "what", "rows", "before"
    AUDIT_FORGOTTEN = (
        "audit_forgotten",
        "Rows of this log older than their retention period were erased; the chain begins behind them.",
        "until",
        "anchor",
    )
    AUDIT_VIEWED = "audit_viewed", "This log was read.", "rows"
    AUDIT_EXPORTED = "audit_exported", "This log was exported.", "rows"
    BACKUP_MADE = "backup_made", "A backup was made.", "files"
    BACKUP_RESTORED = "backup_restored", "A backup was restored.", "files"
    MIGRATED = "migrated", "The tables were brought to another version.", "version"
