"""Where a browser may be sent after signing in elsewhere: paths of this site, and nothing that only looks like one."""

import re

from matinee.services.identity.ports.method_errors import ReturnPathError

MAX_CHARACTERS = 512
# Printable ASCII without blanks, quotes, angle brackets and the backslash, which browsers read as "/".
_PATH = re.compile(r"/(?![/\\])[A-Za-z0-9\-._~!$&'()*+,;=:@%/?]*")
_HIDDEN = re.compile(r"%(2f|5c|0[0-9a-f]|1[0-9a-f]|7f|25)", re.IGNORECASE)


def checked(path: str) -> str:
    """Return a relative path, with its query, that leads nowhere else.

    Raises:
        ReturnPathError: for `//host`, a scheme, backslashes, hidden separators and control characters, dot segments.
    """
    before_query = path.partition("?")[0]
    fits = len(path) <= MAX_CHARACTERS and _PATH.fullmatch(path) is not None
    if not fits or _HIDDEN.search(before_query) or "//" in before_query or "/." in before_query:
        raise ReturnPathError("The place to go back to must be a path of this site.")
    return path
