"""What members may call themselves and where they may live."""

import re
import zoneinfo

from matinee.kit.paths import display_name
from matinee.services.identity.ports.errors import FieldError

NAME_CHARACTERS = 100
DEFAULT_ZONE = "Etc/UTC"
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}")
_ZONE = re.compile(r"[A-Za-z0-9_+\-]{1,32}(/[A-Za-z0-9_+\-]{1,32}){0,2}")
_TERRITORY = re.compile(r"[A-Z]{2}")


def clean_name(name: str, *, email: str) -> str:
    """Return a name on one line, or the part of the e-mail before the @ when there is none."""
    tidy = display_name(name, limit=NAME_CHARACTERS) if name.strip() else ""
    return tidy or display_name(email.partition("@")[0], limit=NAME_CHARACTERS)


def checked_language(language: str) -> str:
    """Return a BCP 47 language.

    Raises:
        FieldError: when it has not the form of one.
    """
    if not _LANGUAGE.fullmatch(language):
        raise FieldError("A language looks like en or pt-BR.", field="language")
    return language


def checked_territory(territory: str) -> str:
    """Return an ISO 3166-1 alpha-2 territory; FieldError when it has not the form of one."""
    if not _TERRITORY.fullmatch(territory):
        raise FieldError("A territory is two capital letters, such as NL.", field="territory")
    return territory


def checked_zone(time_zone: str) -> str:
    """Return an IANA time zone; FieldError when there is none of that name."""
    if time_zone == DEFAULT_ZONE:
        return time_zone  # also on a machine without the list of zones
    try:
        if _ZONE.fullmatch(time_zone):
            zoneinfo.ZoneInfo(time_zone)
            return time_zone
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise FieldError("There is no such time zone; one looks like Europe/Amsterdam.", field="time_zone") from None
    raise FieldError("A time zone looks like Europe/Amsterdam.", field="time_zone")
