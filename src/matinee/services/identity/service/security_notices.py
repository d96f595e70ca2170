"""What an account's owner is told when somebody changes how one signs in: a line in the security log, and a letter."""

from collections.abc import Mapping
from types import MappingProxyType

from matinee.kit.ids import AccountId
from matinee.services.identity.ports.store import Transaction
from matinee.services.identity.service.notes import Notes

_LETTER = "security-changed"
_SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "second-factor-on": "An authenticator app was set up; signing in with the password asks for its code now.",
        "second-factor-off": "The authenticator app was removed; signing in with the password asks for no code now.",
        "recovery-codes-renewed": "New recovery codes were made; the old ones count no more.",
        "recovery-code-used": "Somebody signed in with one of your recovery codes.",
        "passkey-added": "A passkey was added; it opens your account.",
        "passkey-removed": "A passkey was removed.",
        "provider-linked": "An account at another service was linked; it opens your account here.",
        "provider-unlinked": "The link to an account at another service was removed.",
        "pairing-approved": "A television or another device was let in with a code.",
    }
)


async def tell(notes: Notes, tx: Transaction, account_id: AccountId, kind: str, **facts: str) -> None:
    """Note what happened and have its letter sent after the commit."""
    await notes.activity(tx, account_id, kind, **facts)
    account = await tx.accounts.get(account_id)
    if account is not None:
        await notes.letter(tx, _LETTER, to=account.email, name=account.name, what=_SENTENCES[kind])
