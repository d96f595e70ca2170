"""What identity refuses, each with its own code.

CredentialsError          e-mail, password or code do not fit; never says which            401 credentials
TotpNeededError           the password fits, a second factor is missing                    401 totp-needed
SessionEndedError         the refresh token counts no more                                 401 session-ended
WaitError                 too many tries                                                   429 wait
HashingBusyError          too many sign-ins at this moment                                 503 busy
ConfirmNeededError        the last proof of identity is too old                            403 confirm-needed
AccountClosedError        the account was closed by staff                                  403 account-closed
VerificationNeededError   the e-mail was not confirmed yet                                 403 verification-needed
LinkError                 the link was used, has expired, or never was                     410 link
EmailTakenError           another account has the address                                  409 email-taken
EmailError                not an e-mail address                                            400 email
WeakPasswordError         too short, too long or easily guessed                            422 weak-password
LastAdminError            nobody would be left to look after the service                   409 last-admin
ClaimError                the installation was claimed, or the token does not fit          403 claim
RoleError                 this role may not do that to that account                        403 role
FieldError                a time zone, language or territory that is none                  400 field
SealError                 a stored secret cannot be opened                                 500 seal
"""

from matinee.kit.errors import (
    ConflictError,
    ForbiddenError,
    GoneError,
    InternalError,
    InvalidError,
    TooManyError,
    UnauthenticatedError,
    UnavailableError,
    UnprocessableError,
)


class CredentialsError(UnauthenticatedError):
    """E-mail, password or code do not fit together; it never says which."""

    code = "credentials"
    title = "That did not fit"


class TotpNeededError(UnauthenticatedError):
    """The password fits; the code of the second factor is missing."""

    code = "totp-needed"
    title = "A code is needed"


class SessionEndedError(UnauthenticatedError):
    """The session has ended; sign in again."""

    code = "session-ended"
    title = "Signed out"


class WaitError(TooManyError):
    """Too many tries; `retry_after_seconds` says how long to wait."""

    code = "wait"
    title = "Wait a moment"


class HashingBusyError(UnavailableError):
    """Too many people sign in at this moment."""

    code = "busy"
    title = "Too busy right now"


class ConfirmNeededError(ForbiddenError):
    """The last proof of identity is too old for this change."""

    code = "confirm-needed"
    title = "Confirm that it is you"


class AccountClosedError(ForbiddenError):
    """The account was closed."""

    code = "account-closed"
    title = "This account is closed"


class VerificationNeededError(ForbiddenError):
    """The e-mail address was not confirmed yet."""

    code = "verification-needed"
    title = "Confirm your e-mail address first"


class JoinPasswordNeededError(ForbiddenError):
    """A link opened elsewhere than where the sign-up began wants its password: nobody gets a stranger's account."""

    code = "join-password-needed"
    title = "Your password, please"


class LinkError(GoneError):
    """The link was used before, has expired, or never was."""

    code = "link"
    title = "The link does not work any more"


class EmailTakenError(ConflictError):
    """Another account has this e-mail address; told to staff and to the owner of the address alone."""

    code = "email-taken"
    title = "The address is in use"


class EmailError(InvalidError):
    """It is not an e-mail address."""

    code = "email"
    title = "Not an e-mail address"


class WeakPasswordError(UnprocessableError):
    """The password is too short, too long or easily guessed; the sentence says which."""

    code = "weak-password"
    title = "Choose another password"


class LastAdminError(ConflictError):
    """Nobody would be left to look after the service."""

    code = "last-admin"
    title = "The last admin"


class ClaimError(ForbiddenError):
    """The installation was claimed before, or the token does not fit."""

    code = "claim"
    title = "Set-up is not possible"


class RoleError(ForbiddenError):
    """The caller's role may not do this to that account."""

    code = "role"
    title = "Not with this role"


class FieldError(InvalidError):
    """A time zone, language or territory that does not exist."""

    code = "field"
    title = "A field cannot be used"


class SealError(InternalError):
    """A stored secret cannot be opened with the keys of this installation."""

    code = "seal"
    title = "A stored secret cannot be opened"
