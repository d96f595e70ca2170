"""Settings: frozen defaults, then a TOML file, then the environment; what differs from defaults can be shown.

Environment names are `MATINEE_<ROOM>__<FIELD>`, such as `MATINEE_EDGE__CACHE_BYTES=1000000000`.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from matinee.kit.errors import InvalidError

ENVIRONMENT_PREFIX = "MATINEE_"
MAX_FILE_BYTES = 256 * 1024
S = TypeVar("S", bound=msgspec.Struct)


class SettingsError(InvalidError):
    """A value has the wrong type or is out of bounds, or a name is unknown; nothing starts."""

    code = "settings"
    title = "The settings cannot be used"


@dataclass(frozen=True)
class Effective:
    """One setting as `matinee settings` shows it. `source` is `default`, the file's path, or the variable's name."""

    room: str
    name: str
    value: Any
    default: Any
    source: str
    description: str


class SettingsSource:
    """Raw values by room and field, from a file and the environment.

    Args:
        file: a TOML file with one table for each room; None or absent means none.
        environment: variables; only those with our prefix and `__` are read.
    """

    def __init__(self, file: Path | None, environment: Mapping[str, str]) -> None:
        self._file = file
        self._from_file = _read_file(file) if file is not None and file.exists() else {}
        self._from_environment = _read_environment(environment)

    def load(self, room: str, settings_type: type[S], overrides: Mapping[str, Any] | None = None) -> S:
        """Return the room's settings.

        Args:
            overrides: values computed at start, such as the data folder; weaker than file and environment.

        Raises:
            SettingsError: naming the room, the field and what is allowed.
        """
        known = {field.name for field in msgspec.structs.fields(settings_type)}
        merged = {**(overrides or {}), **self._from_file.get(room, {}), **self._from_environment.get(room, {})}
        if unknown := sorted(set(merged) - known):
            raise SettingsError(f"[{room}] has no setting {unknown[0]!r}; it has: {', '.join(sorted(known))}.")
        prepared = {name: _listed(settings_type, name, value) for name, value in merged.items()}
        try:
            return msgspec.convert(prepared, settings_type, strict=False)
        except msgspec.ValidationError as error:
            raise SettingsError(f"[{room}] {error}.") from error

    def effective(self, room: str, settings: msgspec.Struct) -> list[Effective]:
        """Return every setting of a room with its source and description."""
        hints = get_type_hints(type(settings), include_extras=True)
        return [
            Effective(
                room=room,
                name=field.name,
                value=getattr(settings, field.name),
                default=_default(field),
                source=self._source(room, field.name),
                description=_description(hints[field.name]),
            )
            for field in msgspec.structs.fields(type(settings))
        ]

    def _source(self, room: str, name: str) -> str:
        if name in self._from_environment.get(room, {}):
            return f"{ENVIRONMENT_PREFIX}{room.upper()}__{name.upper()}"
        if name in self._from_file.get(room, {}):
            return str(self._file)
        return "default"


def _read_file(path: Path) -> dict[str, dict[str, Any]]:
    if path.stat().st_size > MAX_FILE_BYTES:
        raise SettingsError(f"{path} is over {MAX_FILE_BYTES} bytes.")
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not TOML: {error}.") from error
    if wrong := [name for name, table in tables.items() if not isinstance(table, dict)]:
        raise SettingsError(f"{path}: {wrong[0]!r} must be a table named after a room.")
    return tables


def _read_environment(environment: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    values: dict[str, dict[str, Any]] = {}
    for name, value in environment.items():
        room, separator, field = name.removeprefix(ENVIRONMENT_PREFIX).partition("__")
        if name.startswith(ENVIRONMENT_PREFIX) and separator:
            values.setdefault(room.lower(), {})[field.lower()] = value
    return values


def _listed(settings_type: type[msgspec.Struct], name: str, value: Any) -> Any:
    """Split a comma-separated variable where the field is a list or tuple."""
    hint = get_type_hints(settings_type)[name]
    if isinstance(value, str) and get_origin(hint) in {tuple, list}:
        return [part for part in value.split(",") if part]
    return value


def _default(field: msgspec.structs.FieldInfo) -> Any:
    if field.default is not msgspec.NODEFAULT:
        return field.default
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return None


def _description(hint: Any) -> str:
    if get_origin(hint) is Annotated:
        for extra in get_args(hint)[1:]:
            if isinstance(extra, msgspec.Meta) and extra.description:
                return extra.description
    return ""
