"""How streams look to clients."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from matinee.contracts.playback import ActiveStream
from matinee.kit.ids import AccountId, ProfileId, SessionId, TitleId
from matinee.kit.passport import Passport


class StreamEnd(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which stream has ended."""

    session_id: Annotated[str, Meta(min_length=1, max_length=64)]


class StreamView(msgspec.Struct, frozen=True, kw_only=True):
    """One film playing now. `current` says whether this very sign-in plays it."""

    session_id: SessionId
    account_id: AccountId
    profile_id: ProfileId
    title_id: TitleId
    title_name: str
    user_agent: str
    position_seconds: float
    started_at: datetime
    seen_at: datetime
    current: bool


class StreamList(msgspec.Struct, frozen=True, kw_only=True):
    """Streams, newest first."""

    items: tuple[StreamView, ...]


def stream_view(stream: ActiveStream, passport: Passport) -> StreamView:
    """Return a stream as its account's members and staff see it: without the name of its sign-in session."""
    fields = {name: getattr(stream, name) for name in StreamView.__struct_fields__ if name != "current"}
    return msgspec.convert({**fields, "current": stream.sign_in == passport.session}, StreamView)


def member_only(passport: Passport) -> Passport:
    """Return the caller without rights over other accounts, for routes about the own one."""
    return msgspec.structs.replace(passport, role="member")
