"""What profiles and sign-in methods refuse, each with its own code.

PinNeededError            the profile opens with its PIN, or the account's password        403 pin-needed
PinWrongError             that is not the PIN                                              403 pin-wrong
ProfileLimitError         the account has all the profiles it may have                     409 profile-limit
LastProfileError          an account keeps at least one profile                            409 last-profile
ProfileChangedError       the profile was changed meanwhile                                409 profile-changed
MethodStateError          the method is on already, is not on, or there are enough of it   409 method-state
CodeWrongError            the code of the authenticator app does not fit                   422 code-wrong
PasskeyRefusedError       the answer of the authenticator does not prove anything          401 passkey
PasskeyNotFoundError      the account has no such passkey                                  404 passkey-not-found
ProviderNotFoundError     no such provider is set up                                       404 provider-not-found
ProviderAnswerError       the provider's answer is not one to trust                        401 provider-answer
ProviderStateError        the answer belongs to no question of this browser                401 provider-state
ProviderAwayError         the provider does not answer as it should                        503 provider-away
ProviderEmailError        the provider vouches for no e-mail address                       403 provider-email
ProviderLinkNeededError   an account has the address; its owner signs in first             409 provider-link-needed
ProviderLinkedError       the provider's account is linked to another account              409 provider-linked
ReturnPathError           the place to go back to is not a path of this site               400 return-to
LastMethodError           nothing would be left to sign in with                            409 last-method
PairingNotFoundError      no device waits with this code                                   404 pairing-not-found
TooManyPairingsError      very many devices wait                                           503 pairings
"""

from matinee.kit.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    UnauthenticatedError,
    UnavailableError,
    UnprocessableError,
)


class PinNeededError(ForbiddenError):
    """The profile opens with its PIN or the account's password; facts say which profile, and whether it has a PIN."""

    code = "pin-needed"
    title = "A PIN is needed"


class PinWrongError(ForbiddenError):
    """That is not the PIN."""

    code = "pin-wrong"
    title = "Wrong PIN"


class ProfileLimitError(ConflictError):
    """The account has all the profiles it may have."""

    code = "profile-limit"
    title = "No more profiles"


class LastProfileError(ConflictError):
    """An account keeps at least one profile."""

    code = "last-profile"
    title = "The last profile"


class ProfileChangedError(ConflictError):
    """The profile was changed or removed while the request was worked on."""

    code = "profile-changed"
    title = "The profile was changed"


class MethodStateError(ConflictError):
    """The method is on already, is not on, or there are enough of its kind."""

    code = "method-state"
    title = "Not possible as things are"


class CodeWrongError(UnprocessableError):
    """The code of the authenticator app does not fit."""

    code = "code-wrong"
    title = "The code does not fit"


class PasskeyRefusedError(UnauthenticatedError):
    """The answer of the authenticator does not prove who is asking."""

    code = "passkey"
    title = "That passkey does not work here"


class PasskeyNotFoundError(NotFoundError):
    """The account has no such passkey."""

    code = "passkey-not-found"
    title = "No such passkey"


class ProviderNotFoundError(NotFoundError):
    """No such provider is set up, or the account is not linked to it."""

    code = "provider-not-found"
    title = "No such provider"


class ProviderAnswerError(UnauthenticatedError):
    """The provider's answer is not one to trust, or says that nobody signed in."""

    code = "provider-answer"
    title = "The provider did not sign you in"


class ProviderStateError(UnauthenticatedError):
    """The answer belongs to no question that this browser asked a short while ago."""

    code = "provider-state"
    title = "Start signing in again"


class ProviderAwayError(UnavailableError):
    """The provider does not answer as it should."""

    code = "provider-away"
    title = "The provider does not answer"


class ProviderEmailError(ForbiddenError):
    """The provider vouches for no e-mail address."""

    code = "provider-email"
    title = "No confirmed e-mail address"


class ProviderLinkNeededError(ConflictError):
    """An account has the address already; it is linked once its owner has signed in another way."""

    code = "provider-link-needed"
    title = "Sign in the way you did before"


class ProviderLinkedError(ConflictError):
    """The provider's account is linked to another account, or this account to another of the provider's."""

    code = "provider-linked"
    title = "Linked already"


class ReturnPathError(InvalidError):
    """The place to go back to is not a path of this site."""

    code = "return-to"
    title = "Not a place of this site"


class LastMethodError(ConflictError):
    """Nothing would be left to sign in with."""

    code = "last-method"
    title = "The last way to sign in"


class PairingNotFoundError(NotFoundError):
    """No device waits with this code."""

    code = "pairing-not-found"
    title = "No device waits with this code"


class TooManyPairingsError(UnavailableError):
    """Very many devices wait to be paired."""

    code = "pairings"
    title = "Too busy right now"
