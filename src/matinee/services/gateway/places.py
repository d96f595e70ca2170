"""Paths that the door itself treats in a way of their own."""

from matinee.contracts.identity import REFRESH_PATH

OPERATOR_SESSION = "/api/v1/operator/session"
OIDC = f"{REFRESH_PATH}/oidc"
# Here the bearer is a licence token, which the room reads.
LICENCES = "/api/v1/licences"
WEBHOOKS = "/api/v1/webhooks"
UPLOADS = "/api/v1/uploads"
# Where a browser that is signed in as a member and with the operator key is taken for the operator.
OF_OPERATORS = (
    "/api/v1/operator",
    "/api/v1/studio",
    UPLOADS,
    "/api/v1/admin",
    "/api/v1/mailbox",
    "/metrics",
)
# Whatever a kids profile asks here is refused; below the last one it may look.
CLOSED_TO_KIDS = ("/api/v1/account", "/api/v1/billing", "/api/v1/setup", *OF_OPERATORS)
READ_ONLY_FOR_KIDS = ("/api/v1/profiles",)
# Answers here sign somebody in, so another site must not be able to ask for them.
OPENING_SESSIONS = (
    REFRESH_PATH,
    OPERATOR_SESSION,
    "/api/v1/accounts",
    "/api/v1/setup",
    "/api/v1/device",
    "/api/v1/password",
)


def below(path: str, *places: str) -> bool:
    """Return whether a path is one of the places or lies below one."""
    return path.startswith(places) and any(
        path.startswith(place) and path[len(place) : len(place) + 1] in {"", "/"} for place in places
    )
