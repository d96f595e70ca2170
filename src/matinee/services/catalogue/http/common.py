"""What all routes of the catalogue share."""

import hashlib
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.di import NamedDependency
from litestar.params import FromPath

from matinee.contracts.catalogue import ArtworkKind, Viewer
from matinee.kit.errors import InvalidError
from matinee.kit.passport import EDITORS, EVERYONE, Passport
from matinee.services.catalogue.drafts import Drafts
from matinee.services.catalogue.library import LibraryService
from matinee.services.catalogue.service import CatalogueService

Rules = NamedDependency[CatalogueService]
Reads = NamedDependency[LibraryService]
Asides = NamedDependency[Drafts]
Caller = NamedDependency[Passport]
AnyRequest = Request[Any, Any, Any]
PathId = FromPath[str]
PathKind = FromPath[ArtworkKind]
ANYBODY = {"roles": EVERYONE}
STUDIO = {"roles": EDITORS}
# What a caller sees depends on who asks, which these two headers decide at the front door.
VARY = {"Vary": "Cookie, Authorization"}
FRESH = {"Cache-Control": "private, no-cache", **VARY}
PICTURE = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"}
STAFF = Viewer(audience="operators")
SIMILAR = 12
_VERSION_DIGITS = 9


def tagged(request: AnyRequest, body: msgspec.Struct) -> Response[Any]:
    """Answer with a strong entity tag over the very bytes, or 304 when the client has them."""
    data = msgspec.json.encode(body)
    tag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    if matches(request.headers.get("if-none-match"), tag):
        return Response(None, status_code=304, headers={**FRESH, "ETag": tag})
    return Response(data, media_type="application/json", headers={**FRESH, "ETag": tag})


def matches(header: str | None, tag: str) -> bool:
    """Compare weakly, as RFC 9110 §13.1.2 wants for If-None-Match."""
    offered = [part.strip().removeprefix("W/") for part in (header or "").split(",")]
    return tag in offered or offered == ["*"]


def version_of(if_match: str | None) -> int | None:
    """Return the version that an If-Match header wants, None for any.

    Raises:
        InvalidError: when it holds something else.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    text = if_match.strip().removeprefix('"').removesuffix('"')
    if not (text.isascii() and text.isdecimal() and len(text) <= _VERSION_DIGITS):
        raise InvalidError('If-Match carries the version in quotes, such as "3".')
    return int(text)
