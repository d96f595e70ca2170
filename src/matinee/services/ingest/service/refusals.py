"""Why an upload is not taken, each reason with its own stable code.

UploadOffsetError 409 · UploadLengthError 400 · UploadTooLargeError 413 · TooManyUploadsError 429 · StorageFullError 507
FinalUploadError 403 · PartsError 400 · UploadBusyError 409; `ChecksumMismatchError` 460 stands in `ports.py`.
"""

from matinee.kit.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    TooLargeError,
    TooManyError,
    UnavailableError,
)


class UploadOffsetError(ConflictError):
    """The chunk does not begin where the upload ends."""

    code = "upload-offset"
    title = "The upload continues elsewhere"


class UploadLengthError(InvalidError):
    """The length is missing, malformed or negative, or the chunk goes over it."""

    code = "upload-length"
    title = "The upload's length is not valid"


class UploadTooLargeError(TooLargeError):
    """Over the largest size that is accepted."""

    code = "upload-too-large"
    title = "The file is too large"


class TooManyUploadsError(TooManyError):
    """Too many unfinished uploads."""

    code = "too-many-uploads"
    title = "Too many uploads at once"


class StorageFullError(UnavailableError):
    """The disk has no room."""

    code = "storage-full"
    title = "No room on the server"


class FinalUploadError(ForbiddenError):
    """A joined upload takes no bytes of its own."""

    code = "upload-final"
    title = "A joined upload cannot be continued"


class PartsError(InvalidError):
    """What is to be joined is not a list of complete partial uploads."""

    code = "upload-parts"
    title = "The parts cannot be joined"


class UploadBusyError(ConflictError):
    """Another request holds the upload and does not give way."""

    code = "upload-busy"
    title = "The upload is busy"
