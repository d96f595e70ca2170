"""Words for letters."""

from typing import Protocol

from matinee.mail.port import Mail
from matinee.services.identity.ports.records import Letter


class LetterWriter(Protocol):
    """Turns letters into mails."""

    def write(self, letter: Letter, *, key: str) -> Mail:
        """Return the mail, text and HTML; its link begins with the public URL of the settings and nothing else."""
        ...
