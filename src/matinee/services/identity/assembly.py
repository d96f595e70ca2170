"""Puts the room together: which class stands behind which port. Used by `module.py` and by tests."""

from collections.abc import Callable
from dataclasses import dataclass

from matinee.engines.fetch import fetch
from matinee.engines.keyring import Keyring
from matinee.kit.clock import Clock
from matinee.kit.cursors import Cursors
from matinee.kit.ids import Ids
from matinee.mail.port import Mailbox, Mailer
from matinee.services.identity.adapters.judging import ZxcvbnJudge
from matinee.services.identity.adapters.letters import EnglishLetters
from matinee.services.identity.adapters.oidc import Fetch
from matinee.services.identity.adapters.sealing import ChaChaSeal, JwtSigner
from matinee.services.identity.assembly_methods import method_services
from matinee.services.identity.http.answers import Answers
from matinee.services.identity.http.mailbox import Letterbox
from matinee.services.identity.ports.crypto import PasswordHashes
from matinee.services.identity.ports.store import Store
from matinee.services.identity.service.account import AccountRules
from matinee.services.identity.service.claiming import Claiming
from matinee.services.identity.service.identity import IdentityService
from matinee.services.identity.service.joining import JoiningRules
from matinee.services.identity.service.keys import SigningKeys
from matinee.services.identity.service.limits import Limits
from matinee.services.identity.service.mailroom import Mailroom
from matinee.services.identity.service.notes import Notes
from matinee.services.identity.service.parts import AccountPart
from matinee.services.identity.service.passwords import Passwords
from matinee.services.identity.service.profile_locks import ProfileLocks
from matinee.services.identity.service.profiles import Profiles
from matinee.services.identity.service.refresh_tokens import RefreshTokens
from matinee.services.identity.service.second_factor import SecondFactors
from matinee.services.identity.service.sessions import Sessions
from matinee.services.identity.service.sign_in import SignIn
from matinee.services.identity.service.staff import StaffRules
from matinee.services.identity.settings import IdentitySettings


@dataclass(frozen=True)
class Outside:
    """What the room is given.

    Attributes:
        asks: provider's name → what fetches from it.
    """

    store: Store
    hashes: PasswordHashes
    keyring: Keyring
    mailer: Mailer
    mailbox: Mailbox
    clock: Clock
    ids: Ids
    asks: Callable[[str], Fetch] = lambda _: fetch


class Assembly:
    """Everything in the room, made once.

    Args:
        settings: the room's.
        outside: what it is given.
    """

    def __init__(self, settings: IdentitySettings, outside: Outside) -> None:
        self.settings, self.outside = settings, outside
        store, clock, ids = outside.store, outside.clock, outside.ids
        self.seal = ChaChaSeal(outside.keyring.seed("identity-seal"))
        self.notes = Notes(clock=clock, ids=ids)
        self.limits = Limits(store=store, clock=clock, settings=settings)
        self.passwords = Passwords(
            store=store, hashes=outside.hashes, judge=ZxcvbnJudge(), limits=self.limits, clock=clock
        )
        self.locks = ProfileLocks(
            store=store, hashes=outside.hashes, passwords=self.passwords, clock=clock, settings=settings
        )
        self.household = Profiles(
            store=store,
            hashes=outside.hashes,
            locks=self.locks,
            notes=self.notes,
            clock=clock,
            ids=ids,
            settings=settings,
        )
        self.methods = SecondFactors(
            seal=self.seal, code_key=outside.keyring.seed("identity-recovery-codes"), notes=self.notes
        )
        self.parts: tuple[tuple[str, AccountPart], ...] = (("household", self.household), ("methods", self.methods))
        self.keys = SigningKeys(
            store=store, seal=self.seal, signer=JwtSigner(), clock=clock, ids=ids, settings=settings
        )
        self.sessions = Sessions(
            store=store,
            household=self.household,
            methods=self.methods,
            keys=self.keys,
            refresh_tokens=RefreshTokens(outside.keyring.seed("identity-refresh")),
            clock=clock,
            ids=ids,
            settings=settings,
        )
        self.mailroom = Mailroom(
            store=store,
            writer=EnglishLetters(settings.public_url),
            mailer=outside.mailer,
            notes=self.notes,
            settings=settings,
        )
        self.identity = IdentityService(store=store, keys=self.keys, sessions=self.sessions, household=self.household)

    def services(self) -> dict[str, object]:
        """Return what handlers may name, by parameter name."""
        return {**self._for_strangers(), **self._for_members(), **self._for_staff(), **self._methods()}

    def _methods(self) -> dict[str, object]:
        outside = self.outside
        return method_services(
            settings=self.settings,
            store=outside.store,
            keyring=outside.keyring,
            clock=outside.clock,
            ids=outside.ids,
            seal=self.seal,
            notes=self.notes,
            limits=self.limits,
            sessions=self.sessions,
            profiles=self.household,
            locks=self.locks,
            factors=self.methods,
            asks=outside.asks,
        )

    def _for_strangers(self) -> dict[str, object]:
        outside = self.outside
        return {
            "answers": Answers(clock=outside.clock, settings=self.settings),
            "joining": JoiningRules(
                store=outside.store,
                passwords=self.passwords,
                sessions=self.sessions,
                limits=self.limits,
                notes=self.notes,
                ids=outside.ids,
                settings=self.settings,
            ),
            "claiming": Claiming(
                token=outside.keyring.setup_token(),
                store=outside.store,
                passwords=self.passwords,
                sessions=self.sessions,
                limits=self.limits,
                notes=self.notes,
                ids=outside.ids,
                settings=self.settings,
            ),
            "sign_in": SignIn(
                store=outside.store,
                passwords=self.passwords,
                methods=self.methods,
                sessions=self.sessions,
                limits=self.limits,
                notes=self.notes,
            ),
        }

    def _for_members(self) -> dict[str, object]:
        return {
            "sessions": self.sessions,
            "account_rules": AccountRules(
                store=self.outside.store,
                passwords=self.passwords,
                methods=self.methods,
                sessions=self.sessions,
                limits=self.limits,
                notes=self.notes,
                parts=self.parts,
                settings=self.settings,
            ),
        }

    def _for_staff(self) -> dict[str, object]:
        return {
            "mailbox": Letterbox(self.outside.mailbox),
            "staff": StaffRules(
                store=self.outside.store,
                sessions=self.sessions,
                methods=self.methods,
                notes=self.notes,
                cursors=Cursors(self.outside.keyring.seed("cursors")),
                ids=self.outside.ids,
                settings=self.settings,
            ),
        }
