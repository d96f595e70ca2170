"""What an operator may set of mail."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta


class MailSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The `[mail]` table. Nothing leaves the machine unless `delivery` says so."""

    delivery: Annotated[
        Literal["mailbox", "smtp"], Meta(description="keep mails in the mailbox page, or send them by SMTP")
    ] = "mailbox"
    sender: Annotated[
        str, Meta(pattern=r"^[^\r\n]+@[^\r\n]+$", max_length=254, description="From, such as Matinee <no-reply@…>")
    ] = "Matinee <no-reply@localhost>"
    smtp_host: Annotated[str, Meta(max_length=253, description="host of the SMTP server")] = "127.0.0.1"
    smtp_port: Annotated[int, Meta(ge=1, le=65535, description="port of the SMTP server")] = 587
    smtp_security: Annotated[
        Literal["starttls", "tls", "none"], Meta(description="encryption towards the SMTP server")
    ] = "starttls"
    smtp_user: Annotated[str, Meta(max_length=254, description="user of the SMTP server; empty for none")] = ""
    smtp_password_file: Annotated[
        str, Meta(description="file that holds the SMTP password; the password itself is no setting")
    ] = ""
    smtp_timeout_seconds: Annotated[
        float, Meta(gt=0, le=300, description="seconds that handing over one mail may take")
    ] = 30.0
    keep_mails: Annotated[int, Meta(ge=10, le=100_000, description="mails that the mailbox keeps, the newest")] = 1_000
    give_up_seconds: Annotated[
        int, Meta(ge=60, le=30 * 86_400, description="seconds after which a mail that cannot be sent is given up")
    ] = 3 * 86_400
    poll_seconds: Annotated[
        float, Meta(gt=0, le=60, description="seconds between looks for mails that another process took")
    ] = 2.0
