"""Records to columns and back: the same names, but times are microseconds in columns that end in `_us`."""

from datetime import datetime
from typing import Any, TypeVar

import msgspec

from matinee.services.identity.adapters.tables import Base
from matinee.services.identity.adapters.times import microseconds, moment

Record = TypeVar("Record", bound=msgspec.Struct)
_SUFFIX = "_us"


def to_row(record: msgspec.Struct) -> dict[str, Any]:
    """Return the columns of a record."""
    columns: dict[str, Any] = {}
    for field in msgspec.structs.fields(record):
        value = getattr(record, field.name)
        if _is_time(field.type):
            columns[field.name + _SUFFIX] = None if value is None else microseconds(value)
        else:
            columns[field.name] = value
    return columns


def from_row(row: Base, kind: type[Record]) -> Record:
    """Return the record that a row holds; columns that the record does not name are left out."""
    fields: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        if _is_time(field.type):
            value = getattr(row, field.name + _SUFFIX)
            fields[field.name] = None if value is None else moment(value)
        else:
            fields[field.name] = getattr(row, field.name)
    return kind(**fields)


def _is_time(kind: Any) -> bool:
    return kind is datetime or datetime in getattr(kind, "__args__", ())
