"""Dataclasses out of the plain values of a TOML file and back, with a sentence for each value that does not fit."""

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, get_args, get_origin, get_type_hints

from features.errors import RecipeError


def plain(value: Any) -> Any:
    """Values that TOML and JSON know, of a dataclass and all within it."""
    if is_dataclass(value) and not isinstance(value, type):
        return {key: plain(getattr(value, key)) for key in _names(type(value))}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in sorted(value.items())}
    return [plain(entry) for entry in value] if isinstance(value, tuple | list) else value


def finite(value: Any) -> Any:
    """Plain values with None for what could not be measured: JSON has no NaN."""
    if isinstance(value, Mapping):
        return {name: finite(one) for name, one in value.items()}
    if isinstance(value, list):
        return [finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _names(kind: type) -> list[str]:
    return [spec.name for spec in fields(kind)]


def section(kind: type, given: Mapping[str, Any], where: str) -> Any:
    """The dataclass `kind` of plain values; what is not given keeps its default.

    Parameters
    ----------
    where
        Its name in the file and a dot, for messages; empty for the whole.

    Raises
    ------
    RecipeError
        A key is unknown, or a value is of another type.
    """
    types = get_type_hints(kind)
    for key in given:
        if key not in types:
            raise RecipeError(
                f"{where}{key} is not known; {where.rstrip('.') or 'a recipe'} has {', '.join(_names(kind))}"
            )
    values = {key: _value(types[key], value, f"{where}{key}") for key, value in given.items()}
    try:
        return kind(**values)
    except RecipeError as error:
        if where and not str(error).startswith((where, where.rstrip("."))):
            raise RecipeError(f"{where}{error}") from None
        raise


def _value(kind: Any, value: Any, where: str) -> Any:
    if is_dataclass(kind) and isinstance(kind, type):
        if not isinstance(value, Mapping):
            raise RecipeError(f"{where}={value!r} is not a table; write [{where}] with keys below it")
        return section(kind, value, f"{where}.")
    origin, inner = get_origin(kind), get_args(kind)
    if origin is tuple:
        if not isinstance(value, list | tuple):
            raise RecipeError(f"{where}={value!r} is not a list")
        return tuple(_value(inner[0], entry, where) for entry in value)
    if origin is not None and issubclass(origin, Mapping):
        if not isinstance(value, Mapping):
            raise RecipeError(f"{where}={value!r} is not a table")
        return {_value(inner[0], k, where): _value(inner[1], v, f"{where}.{k}") for k, v in value.items()}
    if issubclass(kind, Enum):
        try:
            return kind(value)
        except ValueError:
            allowed = ", ".join(str(member.value) for member in kind)
            raise RecipeError(f"{where}={value!r} is not one of {allowed}") from None
    right = isinstance(value, kind) or (kind is float and isinstance(value, int))
    if not right or (isinstance(value, bool) and kind is not bool):
        what = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}.get(kind, kind.__name__)
        raise RecipeError(f"{where}={value!r} is not {what}")
    return kind(value)
