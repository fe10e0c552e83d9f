"""What is said in a language: in English what the features say, and in every other the same figure with its unit."""

from collections.abc import Callable
from datetime import date, time
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment, StrictUndefined

from features.catalogue import FEATURES
from features.errors import UsageError
from features.feature import Feature, Unit
from models.changed import beside, in_english
from serving.catalogues import FOLDER, Entry, begin, catalogue_path, codes, read, update
from serving.languages import LANGUAGES, UntranslatedMessage, language, load

SPOKEN = [feature for feature in FEATURES.values() if not feature.told_by]
FIGURES = st.one_of(
    st.sampled_from([0.0, 1.0, -1.0, 0.5, 2.0, 1000.0, 1234567.0]),
    st.floats(-2, 2),
    st.floats(-1e9, 1e9),
    st.floats(-0.01, 0.01),
    st.integers(-400, 20_000).map(float),
)
GAP = Feature("gap", "made", "OFF-2", Unit.DAYS, 1, "m", "{value} since the last payment")
LATE = Feature("late", "made", "ARR-1", Unit.SHARE, 1, "m", "savings grew by {value} in the last 91 days")
RISE = Feature("rise", "made", "ARR-1", Unit.POINTS, 1, "m", "attendance rose by {value} in the last 56 days")
DEBT = Feature("debt", "made", "ARR-1", Unit.CURRENCY, 1, "m", "savings stand at {value}", zero="no loan is open")
PACE = Feature("pace", "made", "ARR-1", Unit.RATIO, 1, "m", "savings are {value} times the latest loan")
MADE = {feature.name: feature for feature in (GAP, LATE, RISE, DEBT, PACE)}


def sayable(feature: Feature, value: float) -> float:
    """A figure there are words for."""
    if feature.unit is Unit.FLAG:
        return float(value > 0)
    return value if feature.below else abs(value)


@settings(max_examples=400, deadline=None)
@given(feature=st.sampled_from(SPOKEN), one=FIGURES, other=FIGURES)
def test_english_is_what_the_features_say(feature: Feature, one: float, other: float) -> None:
    new, old = sayable(feature, one), sayable(feature, other)
    english = language("en")

    assert english.figure(feature, one) == feature.figure(one)
    assert english.say(feature, new) == feature.say(new)
    if beside(feature, new, old) is not None:
        assert english.change(feature, new, old) == in_english(feature, new, old)
    assert english.change(feature, new, None) == in_english(feature, new, None)


@pytest.mark.parametrize("code", LANGUAGES)
@settings(max_examples=12, deadline=None)
@given(one=FIGURES, other=FIGURES)
def test_every_sentence_of_every_feature_holds_the_figure(code: str, one: float, other: float) -> None:
    speaks = language(code)
    for feature in SPOKEN:
        new, old = sayable(feature, one), sayable(feature, other)

        said = speaks.say(feature, new)

        assert "{" not in said
        assert "{value}" not in feature.words(new) or speaks.figure(feature, abs(new)) in said
        if beside(feature, new, old) is not None:
            assert speaks.change(feature, new, old).startswith(said)


FIGURES_OF = """
    feature | value     | en                      | fr                           | es                       | sw                       | hi
    gap     | 0         | 0 days                  | 0 jour                       | 0 días                   | siku 0                   | 0 दिन
    gap     | 1         | 1 day                   | 1 jour                       | 1 día                    | siku 1                   | 1 दिन
    gap     | 1.5       | 1.5 days                | 1,5 jour                     | 1,5 días                 | siku 1.5                 | 1.5 दिन
    gap     | 2         | 2 days                  | 2 jours                      | 2 días                   | siku 2                   | 2 दिन
    gap     | 0.01      | less than 0.1 days      | moins de 0,1 jour            | menos de 0,1 días        | chini ya siku 0.1        | 0.1 दिन से कम
    gap     | 12345     | 12,345 days             | 12_345 jours                 | 12.345 días              | siku 12,345              | 12,345 दिन
    late    | 0.12      | 12 %                    | 12~%                         | 12~%                     | 12%                      | 12%
    late    | 0.001     | less than 1 %           | moins de 1~%                 | menos de 1~%             | chini ya 1%              | 1% से कम
    rise    | 0.01      | 1 percentage point      | 1 point de pourcentage       | 1 punto porcentual       | pointi 1 ya asilimia     | 1 प्रतिशत अंक
    rise    | 0.25      | 25 percentage points    | 25 points de pourcentage     | 25 puntos porcentuales   | pointi 25 za asilimia    | 25 प्रतिशत अंक
    debt    | 1234567   | 1,234,567               | 1_234_567                    | 1.234.567                | 1,234,567                | 12,34,567
    pace    | 0.8       | 0.8                     | 0,8                          | 0,8                      | 0.8                      | 0.8
"""  # noqa: E501


def test_figures_are_written_as_each_language_writes_them(drawn: Callable[[str], pd.DataFrame]) -> None:
    for row in drawn(FIGURES_OF).to_dict("records"):
        for code in ("en", "fr", "es", "sw", "hi"):
            # A no-break space is drawn as ~, a narrow one as _.
            expected = str(row[code]).replace("~", "\u00a0").replace("_", "\u202f")
            assert language(code).figure(MADE[str(row["feature"])], float(str(row["value"]))) == expected


SENTENCES = {
    "en": "40 days since the last payment (last week 33 days)",
    "fr": "40 jours depuis le dernier paiement (la semaine dernière\u00a0: 33 jours)",
    "es": "40 días desde el último pago (la semana pasada: 33 días)",
    "sw": "muda tangu malipo ya mwisho: siku 40 (wiki iliyopita: siku 33)",
    "hi": "पिछले भुगतान से अब तक: 40 दिन (पिछले हफ़्ते: 33 दिन)",
}
DAYS = {
    "en": ("Mon 1 Jul", "1 Jul 2024", "Monday"),
    "fr": ("lun. 1 juil.", "1 juil. 2024", "lundi"),
    "es": ("lun 1 jul", "1 jul 2024", "lunes"),
    "sw": ("Jumatatu 1 Jul", "1 Jul 2024", "Jumatatu"),
    "hi": ("सोम 1 जुल॰", "1 जुल॰ 2024", "सोमवार"),
}


@pytest.mark.parametrize("code", SENTENCES)
def test_a_change_is_said_with_both_weeks_figures(code: str) -> None:
    assert language(code).change(GAP, 40.0, 33.0) == SENTENCES[code]


@pytest.mark.parametrize("code", DAYS)
def test_days_and_hours_are_said_as_in_the_language(code: str) -> None:
    monday, speaks = date(2024, 7, 1), language(code)

    assert (speaks.day(monday), speaks.full_day(monday), speaks.weekday(monday)) == DAYS[code]
    assert speaks.hour("08:30") == speaks.hour(time(8, 30)) == "08:30"


def test_a_number_has_exactly_the_decimals_asked_for() -> None:
    english, spanish = language("en"), language("es")

    assert [english.number(value) for value in (0, -0.2, 2.5, 1234567)] == ["0", "0", "2", "1,234,567"]
    assert [spanish.number(value, 2) for value in (1.5, 0.001, 1234.567)] == ["1,50", "0,00", "1.234,57"]


def test_the_plural_form_is_that_of_the_language() -> None:
    lines = [[language(code).plural("{n} line", "{n} lines", n) for n in (0, 1, 2)] for code in ("en", "fr", "sw")]

    assert lines == [
        ["0 lines", "1 line", "2 lines"],
        ["0 ligne", "1 ligne", "2 lignes"],
        ["mistari 0", "mstari 1", "mistari 2"],
    ]


def test_a_figure_not_known_or_spoken_as_last_week_is_refused() -> None:
    for code in LANGUAGES:
        with pytest.raises(ValueError, match="is not known"):
            language(code).say(GAP, float("nan"))
        with pytest.raises(ValueError, match="spoken as it was last week"):
            language(code).change(GAP, 40.0, 40.01)


def test_templates_speak_the_language() -> None:
    environment = language("fr").speak_in(Environment(autoescape=True, undefined=StrictUndefined))
    page = environment.from_string(
        '<html lang="{{ lang }}">{{ _("Entered by {name}", name=name) }}, {{ ngettext("{n} line", "{n} lines", 2) }}, '
        "{{ at | day }}, {{ at | full_day }}, {{ at | weekday }}, {{ 1.5 | number(1) }}, {{ '08:30' | hour }}"
    )

    written = page.render(name="<b>", at=date(2024, 7, 1))

    assert written == ('<html lang="fr">Saisi par &lt;b&gt;, 2 lignes, lun. 1 juil., 1 juil. 2024, lundi, 1,5, 08:30')


def test_the_languages_are_those_there_are_folders_for() -> None:
    first = {"en": "English", "es": "Español", "fr": "Français", "hi": "हिन्दी", "sw": "Kiswahili"}

    assert first.items() <= LANGUAGES.items()
    assert set(LANGUAGES) == {"en", *codes()}


def test_an_unknown_language_is_refused_with_those_there_are() -> None:
    with pytest.raises(UsageError, match=f"language='xx' is not known; there are {', '.join(sorted(LANGUAGES))}"):
        language("xx")
    with pytest.raises(UsageError, match="is not known"):
        language("../fr")


def test_a_message_without_words_is_never_said_in_english() -> None:
    assert language("en").text("Not yet in any catalogue") == "Not yet in any catalogue"
    with pytest.raises(UntranslatedMessage, match="language='sw' has no words for 'Not yet in any catalogue'"):
        language("sw").text("Not yet in any catalogue")
    with pytest.raises(UntranslatedMessage):
        language("sw").plural("{n} unheard of", "{n} unheard of", 2)


def test_a_language_is_added_by_one_folder_and_refused_until_it_is_whole(tmp_path: Path) -> None:
    words = (Entry("Day"), Entry("{n} line", "{n} lines"))
    begin("pt", tmp_path)

    assert update(words, tmp_path) == {"pt": 2}
    with pytest.raises(UsageError, match=r"language='pt' lacks 2 of 2 messages, the first is 'Day'; fill in .*\.po"):
        load("pt", tmp_path)

    path = catalogue_path("pt", tmp_path)
    filled = path.read_text("utf-8").replace('msgid "Day"\nmsgstr ""', 'msgid "Day"\nmsgstr "Dia"')
    path.write_text(filled.replace('[0] ""', '[0] "{n} linha"').replace('[1] ""', '[1] "{n} linhas"'), "utf-8")
    portuguese = load("pt", tmp_path)

    assert (portuguese.native, portuguese.awaiting_reader) == ("Português", True)
    assert (portuguese.text("Day"), portuguese.plural("{n} line", "{n} lines", 1500)) == ("Dia", "1.500 linhas")


def test_fractions_take_the_plural_form_their_language_gives_them(tmp_path: Path) -> None:
    path = begin("ru", tmp_path)
    path.write_text(
        path.read_text("utf-8")
        + 'msgid "{n} day"\nmsgid_plural "{n} days"\n'
        + "".join(f'msgstr[{form}] "{{n}} {word}"\n' for form, word in enumerate(("день", "дня", "дней"))),
        "utf-8",
    )
    (tmp_path / "exitwatch.pot").write_text('msgid ""\nmsgstr ""\n', "utf-8")
    russian = load("ru", tmp_path)
    days = Feature("made", "made", "OFF-2", Unit.DAYS, 1, "m", "{value}")

    said = [russian.figure(days, value) for value in (1, 1.5, 3, 5, 21)]

    assert said == ["1 день", "1,5 дня", "3 дня", "5 дней", "21 день"]


def test_a_folder_that_is_no_language_is_named(tmp_path: Path) -> None:
    path = catalogue_path("nowhere", tmp_path)
    path.parent.mkdir(parents=True)
    path.write_bytes(catalogue_path("fr", FOLDER).read_bytes())

    with pytest.raises(UsageError, match="locales/nowhere is no language"):
        load("nowhere", tmp_path)


def test_every_machine_made_translation_is_marked_until_a_native_reader_has_been_through_it() -> None:
    assert {code for code in LANGUAGES if language(code).awaiting_reader} == {
        code for code in codes() if read(catalogue_path(code)).awaiting_reader
    }
    assert not language("en").awaiting_reader
