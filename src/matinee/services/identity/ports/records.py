"""What identity keeps, as its rules see it."""

from datetime import datetime
from typing import Literal

import msgspec

from matinee.contracts.identity import AccountRole
from matinee.kit.ids import AccountId, ProfileId, SessionId

SignInMethod = Literal["password", "verification", "passkey", "provider", "pairing", "setup"]
TokenPurpose = Literal["join", "reset", "email"]
RequestKind = Literal["join", "resend", "reset", "email", "letter"]
EndReason = Literal[
    "signed-out",
    "ended-by-owner",
    "password-changed",
    "reused",
    "expired",
    "too-many",
    "role",
    "closed",
    "staff",
    "erased",
]


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """From where a session is used. `name` is the member's own, empty for none."""

    address: str
    user_agent: str = ""
    name: str = ""


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-in on one device, and the family of its refresh tokens.

    Attributes:
        profile_id: the chosen profile, empty before one is chosen.
        address_hint: the address with its last part left out.
        salt: what the session's refresh tokens are derived from, with a key that is not in the database.
        generation: number of the refresh token that counts now.
        rotated_at: when it became the current one.
        proof_at: the last proof of identity (password, passkey, provider).
        expires_at: when it ends unless refreshed.
        ends_at: when it ends in any case.
    """

    session_id: SessionId
    account_id: AccountId
    method: SignInMethod
    profile_id: ProfileId
    device_name: str
    user_agent_name: str
    address_hint: str
    salt: bytes
    generation: int
    created_at: datetime
    last_used_at: datetime
    rotated_at: datetime
    proof_at: datetime
    expires_at: datetime
    ends_at: datetime
    ended_at: datetime | None = None
    end_reason: EndReason | None = None


class MailToken(msgspec.Struct, frozen=True, kw_only=True):
    """The right that a link in a mail gives, once, until it expires.

    Attributes:
        token_hash: SHA-256 of the token in hex; the token itself is in the mail alone.
        account_id: empty for a sign-up, which has no account yet.
        payload: what is to happen, as JSON.
    """

    token_hash: str
    purpose: TokenPurpose
    account_id: AccountId
    email_key: str
    payload: bytes
    created_at: datetime
    expires_at: datetime


class Attempts(msgspec.Struct, frozen=True, kw_only=True):
    """How often something was tried. `key` is a digest; the last try was at `last_at`."""

    key: str
    count: int
    last_at: datetime


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What a member of staff or the operator did. `actor` is an account id or `operator`."""

    entry_id: str
    at: datetime
    actor: str
    role: str
    action: str
    subject: str
    facts: dict[str, str]
    address: str


class Activity(msgspec.Struct, frozen=True, kw_only=True):
    """A line of an account's own security log."""

    entry_id: str
    account_id: AccountId
    at: datetime
    kind: str
    facts: dict[str, str]


class OutboxEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An event that is committed but perhaps not sent yet."""

    sequence: int
    topic: str
    key: str
    value: bytes


class StoredKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key that signs access tokens from `signs_from` until `retires_at`, and is published until `expires_at`.

    Attributes:
        sealed: the private key, encrypted with a key that is not in the database.
    """

    kid: str
    public: bytes
    sealed: bytes
    created_at: datetime
    signs_from: datetime
    retires_at: datetime
    expires_at: datetime


class QueuedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Something whose mail is sent after the answer.

    What strangers ask for is decided only then, so that the answer takes as long whether or not there is an account.
    """

    request_id: str
    kind: RequestKind
    payload: bytes
    at: datetime


class AccountPageKey(msgspec.Struct, frozen=True):
    """Where a page of accounts ended."""

    created_at: datetime
    account_id: AccountId


class AccountFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which accounts: e-mail or name holds `query`, whatever its case; `role` when given."""

    query: str = ""
    role: AccountRole | None = None


class Joining(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-up that waits for its verification. The account has this password, and none other, once it is verified.

    Attributes:
        browser_hash: SHA-256, in hex, of the secret of the browser that signed up; empty when it gave none.
    """

    email: str
    name: str
    language: str
    territory: str
    time_zone: str
    plan_id: str
    password_hash: str
    browser_hash: str = ""


class EmailChange(msgspec.Struct, frozen=True, kw_only=True):
    """A wish to use another address."""

    account_id: AccountId
    email: str


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A mail before it has words.

    Attributes:
        values: what fills them.
        path: what its link adds to the public URL, empty for none.
    """

    kind: str
    to: str
    values: dict[str, str] = {}
    path: str = ""
