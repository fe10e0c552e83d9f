"""Commands about access: give out tokens, see which there are, take them back."""

from datetime import date
from typing import Annotated

import typer

from serving.access import Scope, Tokens
from serving.cli_terminal import DEFAULT_HOME, HomeOption, home_at, say

app = typer.Typer(help="Who may ask the server, and for what.", no_args_is_help=True, rich_markup_mode=None)

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="What the token is called, such as amina-phone.")]


@app.command("add-token")
def add_token(
    name: NameArgument,
    scope: Annotated[
        str,
        typer.Option("--scope", help="officer:<officer_id>, manager:<branch_id>, desk, analyst or admin."),
    ],
    days: Annotated[int, typer.Option("--days", min=1, max=3650, help="Days until it expires.")] = 365,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Make a token and show it this once; only its hash is kept."""
    folder = home_at(home)
    tokens = Tokens(folder.tokens_file(folder.settings()))
    say(tokens.add(name, Scope.of_text(scope), date.today(), days))  # noqa: DTZ011 - a day on the owner's calendar


@app.command("list")
def list_tokens(home: HomeOption = DEFAULT_HOME) -> None:
    """Names, scopes and last days of all tokens."""
    folder = home_at(home)
    for token in Tokens(folder.tokens_file(folder.settings())).all():
        say(f"{token.name}  {token.scope.text}  until {token.expires_on}")


@app.command("remove-token")
def remove_token(name: NameArgument, home: HomeOption = DEFAULT_HOME) -> None:
    """Make a token worthless from now on."""
    folder = home_at(home)
    Tokens(folder.tokens_file(folder.settings())).remove(name)
    say(f"removed {name}")
