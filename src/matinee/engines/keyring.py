"""Keys of this installation: made at first use, kept in a private folder, never built in and never shown."""

import base64
import hashlib
import hmac
import os
import re
import secrets
import stat
from pathlib import Path

from matinee.engines.files import sync_folder, write_synced
from matinee.kit.errors import InternalError, UnavailableError
from matinee.kit.signing import SigningKey, decode_base64url, encode_base64url

_NAME = re.compile(r"[a-z][a-z0-9-]{0,63}")
_SEED_BYTES = 32
_PRIVATE_FOLDER_MODE = 0o700
_PRIVATE_FILE_MODE = 0o600
_PUBLIC_FILE_MODE = 0o644
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RFC_4648 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_GROUPS = 5
_GROUP_CHARACTERS = 5


class KeyFileError(InternalError):
    """A key file is damaged, or open to other users of the machine; it is never replaced silently."""

    code = "key-file"
    title = "A key of this installation cannot be used"


class KeyMissingError(UnavailableError):
    """A public key has not been published to this process yet."""

    code = "key-missing"
    title = "A key is not there yet"


def _checked_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise KeyFileError("A key's name holds small letters, digits and '-'.")
    return name


class Keyring:
    """The private keys below one folder, each made on first use by whichever process comes first.

    Args:
        folder: made with mode 0700 when absent; its files are 0600.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __repr__(self) -> str:
        return "Keyring(…)"

    def seed(self, name: str) -> bytes:
        """Return the 32 secret bytes called `name`, the same in every process and after every restart.

        Raises:
            KeyFileError: when the file is damaged, or others may read it.
        """
        path = self._folder / f"{_checked_name(name)}.key"
        if not path.exists():
            self._create(path, secrets.token_bytes(_SEED_BYTES), _PRIVATE_FILE_MODE)
        return _read_private(path)

    def signing_key(self, name: str) -> SigningKey:
        """Return the Ed25519 key whose private part is the seed called `name`."""
        return SigningKey(self.seed(name))

    def public(self, name: str) -> bytes:
        """Return the raw 32-byte public key of `signing_key(name)`, and write it to `<name>.pub` for `PublicKeys`."""
        public = self.signing_key(name).public
        path = self._folder / f"{name}.pub"
        if not path.exists():
            self._create(path, encode_base64url(public).encode() + b"\n", _PUBLIC_FILE_MODE)
        if PublicKeys(self._folder).public(name) != public:
            raise KeyFileError(f"The file {path.name} does not belong to its private key; remove it.")
        return public

    def operator_key(self) -> str:
        """Return the operator's key, five groups of five letters and digits (125 bits), stable over restarts."""
        return self._readable("operator", b"operator key, readable form 1")

    def setup_token(self) -> str:
        """Return what the first admin shows to claim the installation, in the same form; printed at start."""
        return self._readable("setup", b"set-up token, readable form 1")

    def _readable(self, name: str, purpose: bytes) -> str:
        digest = hmac.digest(self.seed(name), purpose, hashlib.sha256)
        letters = base64.b32encode(digest).decode("ascii").translate(str.maketrans(_RFC_4648, _CROCKFORD))
        starts = range(0, _GROUPS * _GROUP_CHARACTERS, _GROUP_CHARACTERS)
        return "-".join(letters[start : start + _GROUP_CHARACTERS] for start in starts)

    def _create(self, path: Path, data: bytes, mode: int) -> None:
        """Put a whole file in place, unless another process was first."""
        self._folder.mkdir(mode=_PRIVATE_FOLDER_MODE, parents=True, exist_ok=True)
        draft = self._folder / f".{path.name}.{secrets.token_hex(8)}"
        try:
            write_synced(draft, data, mode=mode)
            # A link fails when the name is taken, where a rename would replace the other process's key.
            os.link(draft, path)
        except FileExistsError:
            return
        finally:
            draft.unlink(missing_ok=True)
        sync_folder(self._folder)


class PublicKeys:
    """What a process gets that only verifies: `<name>.pub` files, no secrets.

    Args:
        folder: the keyring's folder, or a copy of its `.pub` files.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def public(self, name: str) -> bytes:
        """Return the raw 32-byte Ed25519 public key called `name`.

        Raises:
            KeyMissingError: when it has not been written yet.
            KeyFileError: when it is damaged.
        """
        path = self._folder / f"{_checked_name(name)}.pub"
        try:
            public = decode_base64url(path.read_text(encoding="ascii").strip())
        except FileNotFoundError as error:
            raise KeyMissingError(f"There is no {path.name} yet; start the service that signs first.") from error
        except (OSError, ValueError) as error:
            raise KeyFileError(f"The file {path.name} cannot be read; remove it to have it written again.") from error
        if len(public) != _SEED_BYTES:
            raise KeyFileError(f"The file {path.name} is damaged; remove it to have it written again.")
        return public


def _read_private(path: Path) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise KeyFileError(f"The key file {path.name} cannot be read.") from error
    with os.fdopen(descriptor, "rb") as file:
        if os.fstat(file.fileno()).st_mode & _OTHERS:
            raise KeyFileError(f"Other users may read the key file {path.name}; give it mode 0600.")
        data = file.read(_SEED_BYTES + 1)
    if len(data) != _SEED_BYTES:
        raise KeyFileError(f"The key file {path.name} is damaged; restore it from a backup.")
    return data
