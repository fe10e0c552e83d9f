"""Everything a user can put right, drawn once."""

from typing import ClassVar


class ExitwatchError(Exception):
    """Something the reader of the message can put right.

    The message says what was found, what there is, and what to do. The exit code tells a script whose turn it is::

        ExitwatchError            1
        ├── UsageError            2   the command or a setting cannot be understood
        │   └── RecipeError           the training recipe cannot be used
        ├── DataError             3   the book that was supplied cannot be used
        │   ├── MissingTable
        │   ├── MissingColumn
        │   ├── UnreadableFile
        │   ├── MappingError          book.toml does not fit its files
        │   ├── UnusableBook          validation found something that must be mended first
        │   └── TooShortHistory       not enough matured history to train on
        ├── ModelError            4   a stored model cannot be used
        │   ├── DamagedModel          truncated, edited or unreadable
        │   ├── SchemaMismatch        it was trained on other features
        │   └── NoModel               nothing is stored or promoted yet
        ├── CheckFailed           5   a coded check (L01, L02, ...) stopped the run
        │   └── BrokenLog             the audit log is not as it was written
        ├── PromotionRefused      6   the evidence does not support the promotion
        ├── StorageError          7   the disk is full or the home folder cannot be written
        └── Busy                  8   too much is asked at this moment
    """

    exit_code: ClassVar[int] = 1


class UsageError(ExitwatchError):
    """The command or a setting cannot be understood."""

    exit_code = 2


class RecipeError(UsageError):
    """The training recipe cannot be used."""


class DataError(ExitwatchError):
    """The book that was supplied cannot be used."""

    exit_code = 3


class MissingTable(DataError):
    """A required table is not there."""


class MissingColumn(DataError):
    """A required column is not there, or one is there that nobody asked for."""


class UnreadableFile(DataError):
    """A file is missing, empty, in another encoding or with another separator."""


class MappingError(DataError):
    """The mapping does not fit the files it names."""


class UnusableBook(DataError):
    """Validation found something that must be mended before the book can be used."""


class TooShortHistory(DataError):
    """There is not enough matured history to train on."""


class ModelError(ExitwatchError):
    """A stored model cannot be used."""

    exit_code = 4


class DamagedModel(ModelError):
    """The stored model is truncated, edited or unreadable."""


class SchemaMismatch(ModelError):
    """The stored model was trained on other features."""


class NoModel(ModelError):
    """No model is stored, or none is promoted."""


class CheckFailed(ExitwatchError):
    """A coded check stopped the run."""

    exit_code = 5


class BrokenLog(CheckFailed):
    """The audit log is not as it was written."""


class PromotionRefused(ExitwatchError):
    """The evidence does not support the promotion."""

    exit_code = 6


class StorageError(ExitwatchError):
    """The disk is full or the home folder cannot be written."""

    exit_code = 7


class Busy(ExitwatchError):
    """Too much is asked at this moment; the same works in a while."""

    exit_code = 8
