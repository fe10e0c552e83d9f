"""Every message that can be read in another language, gathered from where it is written.

``python -m serving.messages`` brings the catalogues in line with them; with the code of a new language it begins one.
"""

import ast
import sys
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path

from jinja2 import Environment, nodes

from features.catalogue import FEATURES
from features.drivers import ACTIONS, DRIVERS
from features.feature import Feature, Unit
from models.changed import CHANGED
from models.reasons import NOTES
from serving.catalogues import Entry, begin, update
from serving.languages import DAYS, LESS_THAN, POINTS
from serving.protections import Protection, advise

HERE = Path(__file__).parent
#: A module's tuple of messages that its code picks by a name or a number.
LISTED = "MESSAGES"
_TEMPLATES = (".html", ".txt", ".js", ".json", ".webmanifest", ".jinja", ".j2")
_PROTECTIONS = (
    Protection(),
    Protection(complaint=True),
    Protection(complaint=True, about_staff=True),
    Protection(in_arrears=True),
    Protection(in_arrears=None),
    Protection(over_indebted=True),
)
_SAMPLES = {
    Unit.DAYS: '"40 days"',
    Unit.COUNT: '"3"',
    Unit.SHARE: '"12 %"',
    Unit.POINTS: '"5 percentage points"',
    Unit.RATIO: '"0.8"',
    Unit.CURRENCY: '"12,000"',
    Unit.CALENDAR: '"7"',
    Unit.INDEX: '"0.8"',
}


def messages(folder: Path = HERE) -> tuple[Entry, ...]:
    """Every message, each once, in an order that does not change with the place it is written at.

    Parameters
    ----------
    folder
        Where the code and the templates lie that speak to users.

    Raises
    ------
    ValueError
        A message is asked for both with and without plural forms.
    """
    found: dict[str, Entry] = {}
    written = sorted((*_in_modules(folder), *_in_templates(folder)), key=lambda entry: (entry.one, entry.many))
    for entry in (*_units(), *_in_features(), *_in_drivers(), *written):
        known = found.setdefault(entry.one, entry)
        if known.many != entry.many:
            raise ValueError(f"message={entry.one!r} is asked for with other words for many, or with none")
    return tuple(found.values())


def not_literal(folder: Path = HERE) -> tuple[tuple[str, str], ...]:
    """Places at which a message is chosen when the program runs, as (module, expression): each must be gathered."""
    return tuple(
        sorted(
            {
                (path.relative_to(folder).as_posix(), ast.unparse(argument))
                for path, call in _calls(folder)
                for argument in call.args[: 1 if _called(call) == "text" else 2]
                if not list(_literals(argument))
            }
        )
    )


def _units() -> Iterator[Entry]:
    yield Entry(LESS_THAN, hint='{figure} is the smallest that is spoken, such as "1 %" or "0.1 days"')
    yield Entry(*DAYS)
    yield Entry(*POINTS, hint="The difference between two shares")
    for words in CHANGED.values():
        yield Entry(words, hint="{said} is this week's sentence; the brackets say what it was last week")
    yield from map(Entry, NOTES.values())


def _in_features() -> Iterator[Entry]:
    for feature in FEATURES.values():
        yield from _of(feature)


def _of(feature: Feature) -> Iterator[Entry]:
    sample = _SAMPLES.get(feature.unit, "")
    for words in (feature.spoken, feature.zero, feature.one, feature.below):
        if words:
            yield Entry(words, hint=f"Said of a client; {{value}} is like {sample}" if "{value}" in words else "")


def _in_drivers() -> Iterator[Entry]:
    for driver in DRIVERS.values():
        yield Entry(driver.name, hint="A reason for leaving")
    for action in ACTIONS.values():
        if action:
            yield Entry(action, hint="What the officer is asked to do")
    protected = [advise((), protection).avoid for protection in _PROTECTIONS]
    for avoid in dict.fromkeys((*(driver.avoid for driver in DRIVERS.values()), *protected)):
        if avoid:
            yield Entry(avoid, hint="What the officer is asked not to do")


def _in_modules(folder: Path) -> Iterator[Entry]:
    for _, call in _calls(folder):
        if _called(call) == "text":
            yield from (Entry(message) for argument in call.args[:1] for message in _literals(argument))
        else:
            one, many = (list(_literals(argument)) for argument in call.args[:2])
            yield from (Entry(*forms) for forms in zip(one, many, strict=True))
    for path in _modules(folder):
        if any(LISTED in _names(node) for node in ast.parse(path.read_text("utf-8")).body):
            name = ".".join((folder.name, *path.relative_to(folder).with_suffix("").parts))
            yield from map(Entry, getattr(import_module(name), LISTED))


def _in_templates(folder: Path) -> Iterator[Entry]:
    for path in sorted(p for p in folder.rglob("*") if p.suffix in _TEMPLATES and "templates" in p.parts):
        for call in Environment(autoescape=True).parse(path.read_text("utf-8")).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name in ("_", "ngettext"):
                wanted = [list(_written(argument)) for argument in call.args[: 1 if call.node.name == "_" else 2]]
                if not wanted or not all(wanted):
                    raise ValueError(
                        f"{path.name} line {call.lineno} has a message that is chosen when the page is drawn; "
                        "choose it in the module, where it can be gathered"
                    )
                yield from (Entry(*forms) for forms in zip(*wanted, strict=True))


def _written(argument: nodes.Expr) -> Iterator[str]:
    """As `_literals`, in a template."""
    match argument:
        case nodes.Const(value=str(message)):
            yield message
        case nodes.CondExpr(expr1=this, expr2=nodes.Expr() as other):
            both = [list(_written(this)), list(_written(other))]
            yield from (*both[0], *both[1]) if all(both) else ()


def _modules(folder: Path) -> Iterator[Path]:
    yield from sorted(folder.rglob("*.py"))


def _calls(folder: Path) -> Iterator[tuple[Path, ast.Call]]:
    """Calls of a language's `text` and `plural`; a library's function of that name is none."""
    for path in _modules(folder):
        tree = ast.parse(path.read_text("utf-8"))
        imported = {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.Import)
            for alias in node.names
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _called(node) in ("text", "plural") and node.args:
                of = node.func.value if isinstance(node.func, ast.Attribute) else None
                if not (isinstance(of, ast.Name) and of.id in {*imported, "self"}):
                    yield path, node


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _literals(argument: ast.expr) -> Iterator[str]:
    """The texts an expression can be, where it names them itself; nothing where it does not."""
    match argument:
        case ast.Constant(value=str(message)):
            yield message
        case ast.IfExp(body=this, orelse=other):
            both = [list(_literals(this)), list(_literals(other))]
            yield from (*both[0], *both[1]) if all(both) else ()


def _names(node: ast.stmt) -> Iterable[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]


def main(arguments: list[str]) -> None:
    """Begin the catalogues of the languages named, and bring all in line with the messages there are."""
    for code in arguments:
        begin(code)
    for code, missing in update(messages()).items():
        sys.stdout.write(f"{code}: {missing} messages to translate\n")


if __name__ == "__main__":
    main(sys.argv[1:])
