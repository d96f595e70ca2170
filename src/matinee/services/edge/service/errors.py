"""Why an edge does not send a file.

MatineeError
├── ForbiddenError    ScopeError           the token is for other files
├── NotFoundError     NoSuchFileError      the release has no such file
│                     NoSuchReleaseError   the origin has no such release
├── UnavailableError  OriginCorruptError   the origin sent other bytes than the release was made of
│                     EdgeBusyError        more fills wait than may, or all of the cache is being sent
│                     TooLargeForEdgeError the file is over this appliance's bounds
└── DeadlineError     OriginAwayError      the origin did not answer in time, and nothing stale is here
"""

from matinee.kit.errors import DeadlineError, ForbiddenError, NotFoundError, UnavailableError


class ScopeError(ForbiddenError):
    """The token is good, but for other files."""

    code = "scope"
    title = "The link is for something else"


class NoSuchFileError(NotFoundError):
    """The release's index does not name this file."""

    code = "no-such-file"
    title = "No such file"


class NoSuchReleaseError(NotFoundError):
    """The origin does not have the release, or not any more."""

    code = "no-such-release"
    title = "No such release"


class OriginCorruptError(UnavailableError):
    """What the origin sent is not what the release was made of; it was thrown away."""

    code = "origin-corrupt"
    title = "The origin's copy is damaged"


class EdgeBusyError(UnavailableError):
    """More is asked of this appliance than it may take on."""

    code = "edge-busy"
    title = "This edge is too busy"


class TooLargeForEdgeError(UnavailableError):
    """The file is larger than this appliance keeps."""

    code = "too-large-for-edge"
    title = "Too large for this edge"


class OriginAwayError(DeadlineError):
    """The origin did not answer in time."""

    code = "origin-away"
    title = "The origin does not answer"
