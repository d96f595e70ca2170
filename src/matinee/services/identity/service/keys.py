"""Keys that sign access tokens: each is published before it signs and until its last token has expired."""

from datetime import timedelta

from matinee.contracts.identity import AccessClaims, KeySet, PublicJwk
from matinee.kit.clock import Clock
from matinee.kit.errors import InternalError
from matinee.kit.ids import Ids
from matinee.kit.signing import encode_base64url
from matinee.services.identity.ports.crypto import Seal, TokenSigner
from matinee.services.identity.ports.records import StoredKey
from matinee.services.identity.ports.store import Store, Transaction
from matinee.services.identity.settings import IdentitySettings

_SKEW_SECONDS = 60


class NoKeyError(InternalError):
    """There is no key to sign with, which the room makes when it starts."""

    code = "no-key"
    title = "No key to sign with"


def _purpose(kid: str) -> str:
    return f"signing-key:{kid}"


class SigningKeys:
    """Makes, rotates and uses the keys.

    Args:
        store: where they are, sealed.
        seal: opens and closes them.
        signer: knows the form of tokens.
        clock: the time.
        ids: names for keys.
        settings: how long each signs, and how long before that it is published.
    """

    def __init__(
        self, *, store: Store, seal: Seal, signer: TokenSigner, clock: Clock, ids: Ids, settings: IdentitySettings
    ) -> None:
        self._store = store
        self._seal = seal
        self._signer = signer
        self._clock = clock
        self._ids = ids
        self._settings = settings
        self._opened: dict[str, bytes] = {}

    async def published(self) -> KeySet:
        """Return the public keys: the next, the current, and those whose tokens may still be shown."""
        async with self._store.reading() as tx:
            stored = await tx.keys.all()
        now = self._clock.now()
        keys = [PublicJwk(kid=key.kid, x=encode_base64url(key.public)) for key in stored if key.expires_at > now]
        return KeySet(keys=tuple(keys))

    async def sign(self, tx: Transaction, claims: AccessClaims) -> str:
        """Return the access token, signed by the newest key that may sign by now.

        Raises:
            NoKeyError: when there is none.
        """
        now = self._clock.now()
        ready = [key for key in await tx.keys.all() if key.signs_from <= now]
        if not ready:
            raise NoKeyError("No key signs yet; start the identity room first.")
        key = ready[-1]
        return self._signer.sign(claims, kid=key.kid, private=self._private(key))

    async def keep_up(self) -> None:
        """Make the first key, and the next one in time; forget those that nothing needs."""
        lead = timedelta(seconds=self._settings.key_lead_seconds)
        async with self._store.writing() as tx:
            await tx.keys.alone()
            now = self._clock.now()
            await tx.keys.sweep(now=now)
            stored = await tx.keys.all()
            if not stored:
                await tx.keys.insert(self._new(signs_from_seconds=0))
            elif stored[-1].retires_at <= now + lead:
                await self._succeed(tx, stored[-1])

    async def rotate(self) -> None:
        """Make a new key that signs as soon as everybody can know it, whatever the age of the current one."""
        async with self._store.writing() as tx:
            await tx.keys.alone()
            await self._succeed(tx, (await tx.keys.all())[-1])

    async def _succeed(self, tx: Transaction, old: StoredKey) -> None:
        """Add the next key. The old one signs until then, perhaps longer than planned, and is published as long."""
        new = self._new(signs_from_seconds=self._settings.key_lead_seconds)
        last_token = new.signs_from + timedelta(seconds=self._settings.access_seconds + _SKEW_SECONDS)
        await tx.keys.extend(old.kid, expires_at=max(old.expires_at, last_token))
        await tx.keys.insert(new)

    def _new(self, *, signs_from_seconds: int) -> StoredKey:
        now = self._clock.now()
        kid = self._ids.new()
        private, public = self._signer.generate()
        signs_from = now + timedelta(seconds=signs_from_seconds)
        retires_at = signs_from + timedelta(days=self._settings.key_days)
        # It goes on signing until the next one may, so its tokens may be this much younger than its retirement.
        after = self._settings.key_lead_seconds + self._settings.access_seconds + _SKEW_SECONDS
        return StoredKey(
            kid=kid,
            public=public,
            sealed=self._seal.seal(private, purpose=_purpose(kid)),
            created_at=now,
            signs_from=signs_from,
            retires_at=retires_at,
            expires_at=retires_at + timedelta(seconds=after),
        )

    def _private(self, key: StoredKey) -> bytes:
        if key.kid not in self._opened:
            self._opened = {key.kid: self._seal.open(key.sealed, purpose=_purpose(key.kid))}
        return self._opened[key.kid]
