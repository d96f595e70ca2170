"""Hands mails to an SMTP server."""

import asyncio
import hashlib
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Protocol

import aiosmtplib

from matinee.kit.clock import Clock
from matinee.kit.errors import MatineeError
from matinee.mail.port import Mail
from matinee.mail.settings import MailSettings

_PERMANENT = range(500, 600)


class RefusedMailError(MatineeError):
    """The server will never take this mail."""

    code = "mail-refused"
    title = "The mail was refused"


class LaterMailError(MatineeError):
    """The server did not take the mail this time."""

    code = "mail-later"
    title = "The mail could not be sent yet"


class Delivery(Protocol):
    """Hands one mail over."""

    async def deliver(self, mail: Mail) -> None:
        """Return when a server has taken responsibility for the mail.

        Raises:
            RefusedMailError: when it never will.
            LaterMailError: when it may later.
        """
        ...


def composed(mail: Mail, *, sender: str, clock: Clock) -> EmailMessage:
    """Return the message. Its id follows from the mail's key, so that receivers can tell a second copy."""
    name, address = parseaddr(sender)
    domain = address.rpartition("@")[2]
    message = EmailMessage()
    message["From"] = Address(display_name=name, addr_spec=address)
    message["To"] = Address(addr_spec=mail.to) if mail.to.isascii() else mail.to
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = f"<{hashlib.sha256(mail.key.encode()).hexdigest()[:32]}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    if mail.html:
        message.add_alternative(mail.html, subtype="html")
    for file_name, content in mail.attachments.items():
        message.add_attachment(content, maintype="application", subtype="pdf", filename=file_name)
    return message


class SmtpDelivery:
    """One connection for each mail.

    Args:
        settings: where the server is, and how it is spoken to.
        clock: for the Date header.
    """

    def __init__(self, settings: MailSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    async def deliver(self, mail: Mail) -> None:
        """Return when the server has taken the mail."""
        settings = self._settings
        try:
            password = await asyncio.to_thread(self._password)
            await aiosmtplib.send(
                composed(mail, sender=settings.sender, clock=self._clock),
                hostname=settings.smtp_host,
                port=settings.smtp_port,
                username=settings.smtp_user or None,
                password=password,
                use_tls=settings.smtp_security == "tls",
                start_tls=settings.smtp_security == "starttls",
                timeout=settings.smtp_timeout_seconds,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            codes = [refused.code for refused in error.recipients]
            raise _refusal(codes[0] if codes else 0) from error
        except aiosmtplib.SMTPResponseException as error:
            # A refused sign-in is the operator's to mend, not the mail's fault.
            kept = isinstance(error, aiosmtplib.SMTPAuthenticationError)
            raise _refusal(0 if kept else error.code) from error
        except MessageError as error:
            raise RefusedMailError("The mail cannot be written; its address is of no use.") from error
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise LaterMailError("The SMTP server could not be reached.") from error

    def _password(self) -> str | None:
        path = self._settings.smtp_password_file
        return Path(path).read_text(encoding="utf-8").strip() if path else None


def _refusal(code: int) -> MatineeError:
    if code in _PERMANENT:
        return RefusedMailError(f"The SMTP server refused the mail ({code}).")
    return LaterMailError(f"The SMTP server asked to try later ({code}).")
