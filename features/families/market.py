"""Other clients with the same product, and the whole book."""

from features.feature import Feature, Unit

_F = "market"

FEATURES = (
    Feature(
        "product_lending_trend",
        _F,
        "POL-1",
        Unit.RATIO,
        -1,
        "Three times the number of loans in the last 28 days of the others whose newest loan is of the "
        "client's product, divided by the number 28 to 111 days ago.",
        "new loans of clients with the same product run at {value} times the earlier pace",
        needs=("loans.product_id",),
        zero="hardly any client with the same product borrowed in the last 28 days",
        one="new loans of clients with the same product run at the earlier pace",
    ),
    Feature(
        "product_gone_share",
        _F,
        "POL-1",
        Unit.SHARE,
        1,
        "Of the others whose newest loan is of the client's product and who are active or gone, the share gone.",
        "{value} of the clients with the same product have not borrowed for a while",
        needs=("loans.product_id",),
        zero="hardly any client with the same product has stopped borrowing of late",
        one="nearly all clients with the same product have not borrowed for a while",
    ),
    Feature(
        "book_lending_trend",
        _F,
        "CMPT-1",
        Unit.RATIO,
        -1,
        "Three times the number of loans of all others in the last 28 days, divided by the number 28 to 111 days ago.",
        "new loans of all clients run at {value} times the earlier pace",
        zero="hardly any client borrowed in the last 28 days",
        one="new loans of all clients run at the earlier pace",
    ),
    Feature(
        "book_season_turn",
        _F,
        "SEA-1",
        Unit.RATIO,
        0,
        "Number of loans of all others 337 to 364 days ago divided by the number 365 to 392 days ago.",
        "at this time last year the next four weeks brought {value} times the loans of the four before",
        zero="at this time last year the next four weeks brought hardly any loan",
        one="at this time last year the next four weeks brought as many loans as the four before",
    ),
)
