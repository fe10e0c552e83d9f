from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from features.errors import RecipeError
from features.exit import Rule
from models.learning import Kind
from training.recipe import Recipe, load_recipe, parse_recipe, recipe_of

ROOT = Path(__file__).parents[2]


def keys(kind: type, where: str = "") -> list[str]:
    found = []
    for spec in fields(kind):
        inner = type(getattr(Recipe() if not where else kind(), spec.name))
        found += keys(inner, f"{where}{spec.name}.") if is_dataclass(inner) else [f"{where}{spec.name}"]
    return found


def test_without_a_file_the_defaults_hold() -> None:
    assert load_recipe() == parse_recipe("") == Recipe()


def test_a_file_names_only_what_differs() -> None:
    recipe = parse_recipe(
        """
        horizons = [7, 28]
        horizon = 28
        leave_out = ["silence"]
        [exit]
        rule = "dormancy"
        [learning]
        kind = "hazard"
        [learning.boosting]
        rounds = 50
        [accept]
        L07 = "the harvest came late"
        """
    )
    assert recipe.exit.rule is Rule.DORMANCY
    assert recipe.falling
    assert recipe.learning.kind is Kind.HAZARD
    assert recipe.learning.boosting.rounds == 50
    assert recipe.learning.boosting.depth == Recipe().learning.boosting.depth
    assert recipe.accept["L07"] == "the harvest came late"
    assert recipe.embargo_days == 28


def test_the_embargo_is_horizon_and_grace() -> None:
    assert parse_recipe("[exit]\ngrace_days = 30").embargo_days == 91 + 31


def test_plain_values_make_the_same_recipe() -> None:
    recipe = parse_recipe("horizons = [7, 28]\nhorizon = 7\n[accept]\nL04 = 'known'")
    assert recipe_of(recipe.as_dict()) == recipe


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("horizon = 5", r"horizon=5 is not one of horizons=\[28, 56, 91, 182\]"),
        ("horizon = '91'", "horizon='91' is not a whole number"),
        ("horizon = true", "horizon=True is not a whole number"),
        ("horizons = [91, 28]\nhorizon = 91", r"horizons=\[91, 28\] is not a rising list"),
        ("horizons = 91", "horizons=91 is not a list"),
        ("seed = -1", "seed=-1 is not between 0 and"),
        ("colour = 1", "colour is not known; a recipe has exit, horizons"),
        ("dates = 3", r"dates=3 is not a table; write \[dates\]"),
        ("[dates]\nstep_days = 0", "dates.step_days=0 is not between 1 and 366"),
        ("[dates]\nstep = 7", "dates.step is not known; dates has step_days"),
        ("[exit]\nrule = 'never'", "exit.rule='never' is not one of decision_point, dormancy"),
        ("[exit]\ngrace_days = 0", "exit.grace_days=0 is not between 1 and 3650"),
        ("[learning.boosting]\ndepth = 40", "learning.boosting.depth=40 is not between 1 and 10"),
        ("[learning]\nkind = 'forest'", "learning.kind='forest' is not one of incidence, hazard, single"),
        ("[backtest]\nfolds = 0", "backtest.folds=0 is not between 1 and 50"),
        ("[capacity]\nshare = 0", "capacity.share=0.0 is not between"),
        ("[profit]\nvisit = 'dear'", "profit.visit='dear' is not a number"),
        ("[accept]\nL04 = ''", "accept.L04 has no reason"),
        ("[accept]\nleak = 'x'", "accept has 'leak', which is no code of a check"),
        ("horizon = ", "is not TOML"),
    ],
)
def test_what_cannot_be_used_gets_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(RecipeError, match=sentence):
        parse_recipe(text)


def test_a_missing_file_gets_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"there is no recipe 'r\.toml'"):
        load_recipe(tmp_path / "r.toml")
    (tmp_path / "r.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(RecipeError, match="cannot be read as UTF-8"):
        load_recipe(tmp_path / "r.toml")


def test_every_key_stands_in_the_manual_with_its_default() -> None:
    manual = (ROOT / "docs" / "recipe.md").read_text(encoding="utf-8")
    assert [key for key in keys(Recipe) if f"`{key}`" not in manual] == []


def test_the_recipe_of_the_kenyan_book_can_be_read() -> None:
    recipe = load_recipe(ROOT / "docs" / "books" / "kenya.recipe.toml")
    assert (recipe.exit.rule, recipe.horizon, recipe.exit.active_days) == (Rule.DORMANCY, 28, 28)


def test_the_manual_states_the_defaults() -> None:
    manual = (ROOT / "docs" / "recipe.md").read_text(encoding="utf-8")
    recipe = Recipe()
    sections = {
        "learning.boosting": recipe.learning.boosting,
        "dates": recipe.dates,
        "backtest": recipe.backtest,
        "capacity": recipe.capacity,
        "profit": recipe.profit,
        "tuning": recipe.tuning,
        "promotion": recipe.promotion,
    }
    for section, held in sections.items():
        for name, value in vars(held).items():
            assert f"| `{section}.{name}` | `{value}` |" in manual
    assert f'| `learning.kind` | `"{Recipe().learning.kind.value}"` |' in manual
