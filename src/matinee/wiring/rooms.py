"""The rooms, which contracts and public paths each one owns, and the targets that group them.

Rooms are named by module path and imported when they run, so that an edge appliance does not load what only the
studio needs. A test holds this table against what the rooms themselves declare.
"""

import importlib
from typing import Final

from matinee.contracts.billing import Billing
from matinee.contracts.catalogue import Catalogue
from matinee.contracts.history import History
from matinee.contracts.identity import Identity
from matinee.contracts.ingest import Ingest
from matinee.contracts.library import Library
from matinee.contracts.playback import Playback
from matinee.contracts.searching import Search
from matinee.contracts.transcode import Transcode
from matinee.host.module import Module

ROOMS: Final = (
    "identity",
    "billing",
    "catalogue",
    "history",
    "search",
    "playback",
    "transcode",
    "ingest",
    "home",
    "gateway",
    "edge",
)

CONTRACTS: Final[dict[type, str]] = {
    Identity: "identity",
    Billing: "billing",
    Catalogue: "catalogue",
    Library: "catalogue",
    History: "history",
    Search: "search",
    Playback: "playback",
    Transcode: "transcode",
    Ingest: "ingest",
}

ROUTE_PREFIXES: Final[dict[str, tuple[str, ...]]] = {
    "identity": (
        "/api/v1/accounts",
        "/api/v1/account",
        "/api/v1/session",
        "/api/v1/password",
        "/api/v1/profiles",
        "/api/v1/device",
        "/api/v1/setup",
        "/api/v1/mailbox",
        "/api/v1/admin/accounts",
        "/api/v1/admin/audit",
    ),
    "billing": (
        "/api/v1/plans",
        "/api/v1/billing",
        "/api/v1/webhooks",
        "/api/v1/admin/plans",
        "/api/v1/admin/coupons",
        "/api/v1/admin/gifts",
        "/api/v1/admin/accounts/*/billing",
        "/api/v1/admin/payments",
        "/api/v1/admin/ledger",
        "/api/v1/admin/invariants",
        "/api/v1/admin/billing",
    ),
    "catalogue": (
        "/api/v1/browse",
        "/api/v1/titles",
        "/api/v1/genres",
        "/api/v1/people",
        "/api/v1/studio/titles",
        "/api/v1/studio/genres",
        "/api/v1/studio/ratings",
        "/api/v1/studio/catalogue",
    ),
    "history": (
        "/api/v1/continue-watching",
        "/api/v1/my-list",
        "/api/v1/thumbs",
        "/api/v1/history",
        "/api/v1/mine",
    ),
    "search": ("/api/v1/search", "/api/v1/admin/search"),
    "playback": ("/api/v1/stream", "/api/v1/streams", "/api/v1/admin/streams", "/api/v1/licences"),
    "ingest": ("/api/v1/uploads", "/api/v1/studio/jobs", "/api/v1/studio/live", "/api/v1/studio/imports"),
    "home": ("/api/v1/home",),
}

TARGETS: Final[dict[str, tuple[str, ...]]] = {
    "all": tuple(room for room in ROOMS if room != "edge"),
    **{room: (room,) for room in ROOMS},
}


def load_room(name: str) -> Module:
    """Import a room and return its declaration."""
    module = importlib.import_module(f"matinee.services.{name}.module").MODULE
    if not isinstance(module, Module):
        raise TypeError(f"matinee.services.{name}.module.MODULE is not a Module.")
    return module


def rooms_of(targets: tuple[str, ...]) -> tuple[str, ...]:
    """Return the rooms of some targets, without repeats, in start order; KeyError for an unknown target."""
    wanted = {room for target in targets for room in TARGETS[target]}
    return tuple(room for room in ROOMS if room in wanted)
