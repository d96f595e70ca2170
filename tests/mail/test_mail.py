"""Mails are taken once, kept or sent, and never lost."""

import asyncio
import contextlib
import email
import email.policy
import stat
from collections.abc import AsyncIterator

import pytest

from matinee.mail.opened import open_mailer
from matinee.mail.port import Mail, MailError, MailNotFoundError
from matinee.mail.settings import MailSettings
from matinee.mail.smtp import LaterMailError, RefusedMailError, SmtpDelivery, composed
from matinee.testing.clock import ManualClock

SENDING = MailSettings(delivery="smtp", smtp_security="none", sender="Matinee <no-reply@watch.example>")


def mail(key="one", **more):
    fields = {"to": "ada@example.org", "subject": "Hello", "text": "Hi.\n", "kind": "greeting"}
    return Mail(key=key, **{**fields, **more})


class Delivered:
    """Takes mails, or fails in the way it is told to."""

    def __init__(self):
        self.taken = []
        self.failure = None
        self.tried = 0

    async def deliver(self, one):
        self.tried += 1
        if self.failure is not None:
            raise self.failure
        self.taken.append(one)


async def until(condition):
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


async def test_nothing_is_sent_by_default(tmp_path):
    delivered = Delivered()
    async with open_mailer(tmp_path, MailSettings(), clock=ManualClock(), delivery=delivered) as mailer:
        await mailer.send(mail(html="<p>Hi</p>", attachments={"invoice.pdf": b"%PDF"}))
        assert not await mailer.pump_once()
        (kept,) = await mailer.newest(limit=5)
        assert (kept.state, kept.html, kept.attachments) == ("kept", "<p>Hi</p>", ("invoice.pdf",))
        assert await mailer.read(kept.mail_id) == kept
        with pytest.raises(MailNotFoundError):
            await mailer.read(99)
    assert delivered.taken == []


async def test_a_key_is_taken_once_and_survives_a_restart(tmp_path):
    for subject in ("first", "second"):
        async with open_mailer(tmp_path, MailSettings(), clock=ManualClock()) as mailer:
            await mailer.send(mail(subject=subject))
            await mailer.send(mail(subject=subject))
    async with open_mailer(tmp_path, MailSettings(), clock=ManualClock()) as mailer:
        assert [one.subject for one in await mailer.newest(limit=5)] == ["first"]


async def test_the_mailbox_keeps_the_newest(tmp_path):
    async with open_mailer(tmp_path, MailSettings(keep_mails=10), clock=ManualClock()) as mailer:
        for number in range(25):
            await mailer.send(mail(key=str(number), subject=str(number)))
        kept = await mailer.newest(limit=100)
        assert [one.subject for one in kept] == [str(number) for number in range(24, 14, -1)]


async def test_the_file_is_for_this_user_alone(tmp_path):
    async with open_mailer(tmp_path, MailSettings(), clock=ManualClock()) as mailer:
        await mailer.send(mail())
        for path in tmp_path.glob("mail.db*"):
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


async def test_sent_mails_are_forgotten_but_not_their_keys(tmp_path):
    delivered = Delivered()
    async with open_mailer(tmp_path, SENDING, clock=ManualClock(), delivery=delivered) as mailer:
        await mailer.send(mail(text="a secret link"))
        await until(lambda: delivered.taken)
        await mailer.send(mail(text="a secret link"))
        assert not await mailer.pump_once()
        assert len(delivered.taken) == 1
        (kept,) = await mailer.newest(limit=5)
        assert (kept.state, kept.text) == ("sent", "")


async def test_what_cannot_go_now_goes_later_with_growing_waits(tmp_path):
    delivered, clock = Delivered(), ManualClock()
    delivered.failure = LaterMailError("away")
    settings = MailSettings(delivery="smtp", poll_seconds=60)
    async with open_mailer(tmp_path, settings, clock=clock, delivery=delivered) as mailer:
        await mailer.send(mail())
        waits = []
        for _ in range(4):
            waited = 0
            while not await mailer.pump_once():
                clock.advance(1)
                waited += 1
                await asyncio.sleep(0)
            waits.append(waited)
        # The first try may have been the pump's own; the waits after it are 10, 20, 40 seconds and so on.
        assert waits[-2:] in ([20, 40], [40, 80])
        delivered.failure = None
        clock.advance(3600)
        assert await mailer.pump_once()
        assert len(delivered.taken) == 1


async def test_a_refused_mail_is_given_up_at_once_and_an_old_one_in_the_end(tmp_path):
    delivered, clock = Delivered(), ManualClock()
    async with open_mailer(tmp_path, SENDING, clock=clock, delivery=delivered) as mailer:
        delivered.failure = RefusedMailError("no such box")
        await mailer.send(mail(key="refused"))
        await _state(mailer, "refused", "failed", 1)
        delivered.failure = LaterMailError("away")
        await mailer.send(mail(key="old"))
        await _tried(mailer, clock)
        (old, _) = await mailer.newest(limit=5)
        assert old.state == "failed"


async def _state(mailer, key, state, mail_id):
    async with asyncio.timeout(10):
        while (await mailer.read(mail_id)).state != state:
            await asyncio.sleep(0.01)


async def _tried(mailer, clock):
    async with asyncio.timeout(10):
        while (await mailer.read(2)).state == "waiting":
            clock.advance(3600)
            await mailer.pump_once()
            await asyncio.sleep(0.001)


async def test_two_processes_send_a_mail_once(tmp_path):
    """The second finds the first one's lease, until that has run out."""
    clock, slow = ManualClock(), asyncio.Event()

    class Slow(Delivered):
        async def deliver(self, one):
            await slow.wait()
            await super().deliver(one)

    one, two = Slow(), Delivered()
    async with (
        open_mailer(tmp_path, SENDING, clock=clock, delivery=one) as first,
        open_mailer(tmp_path, SENDING, clock=clock, delivery=two) as second,
    ):
        await first.send(mail())
        for _ in range(3):
            await second.pump_once()
        slow.set()
        await until(lambda: one.taken or two.taken)
        for _ in range(3):
            await second.pump_once()
    assert len(one.taken) + len(two.taken) == 1


async def test_a_broken_file_is_a_mail_error(tmp_path):
    (tmp_path / "mail.db").write_bytes(b"this is no database" * 100)
    with pytest.raises(MailError):
        async with open_mailer(tmp_path, MailSettings(), clock=ManualClock()):
            pytest.fail("opened")


@pytest.mark.parametrize("line", ["a@b.org\nBcc: all@example.org", "x\r\n\r\nbody"])
def test_no_header_is_smuggled_into_a_mail(line):
    """The struct refuses it where messages are decoded, and the composer where they are not."""
    with pytest.raises(ValueError):
        composed(mail(to=line), sender=SENDING.sender, clock=ManualClock())
    with pytest.raises(ValueError):
        composed(mail(subject=line), sender=SENDING.sender, clock=ManualClock())


class Server:
    """An SMTP server that keeps what it takes."""

    def __init__(self):
        self.messages = []
        self.answers = {}
        self.port = 0
        self.serving = set()

    async def _serve(self, reader, writer):
        self.serving.add(asyncio.current_task())
        try:
            await self._talk(reader, writer)
        except ConnectionError:
            return
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _talk(self, reader, writer):
        async def say(line):
            writer.write(line.encode() + b"\r\n")
            await writer.drain()

        await say("220 here")
        while line := (await reader.readline()).decode().strip():
            verb = line.split(":")[0].split()[0].upper()
            if verb == "DATA" and "DATA" not in self.answers:
                await say("354 go on")
                lines = []
                while (part := await reader.readline()) != b".\r\n":
                    lines.append(part)
                self.messages.append(b"".join(lines))
            await say(self.answers.get(verb, "221 bye" if verb == "QUIT" else "250 fine"))
            if verb == "QUIT":
                break

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Server"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield self
        for task in self.serving:
            task.cancel()
        await asyncio.gather(*self.serving, return_exceptions=True)


async def test_mails_go_over_smtp_whole(tmp_path):
    async with Server().running() as server:
        settings = MailSettings(delivery="smtp", smtp_security="none", smtp_port=server.port, sender=SENDING.sender)
        async with open_mailer(tmp_path, settings, clock=ManualClock()) as mailer:
            await mailer.send(mail(html="<p>Grüße</p>", text="Grüße\n", attachments={"invoice.pdf": b"%PDF-1"}))
            await until(lambda: server.messages)
    message = email.message_from_bytes(server.messages[0], policy=email.policy.default)
    assert message["From"] == "Matinee <no-reply@watch.example>"
    assert (message["To"], message["Subject"]) == ("ada@example.org", "Hello")
    assert message["Message-ID"].endswith("@watch.example>")
    assert message.get_body(("plain",)).get_content().strip() == "Grüße"
    assert message.get_body(("html",)).get_content().strip() == "<p>Grüße</p>"
    (attached,) = message.iter_attachments()
    assert (attached.get_filename(), attached.get_content()) == ("invoice.pdf", b"%PDF-1")


async def test_attack_13_an_address_that_is_an_encoded_word_stops_no_other_mail():
    """Whoever signs up chooses the address; a mail that cannot even be written must not end the sending of mails."""
    with pytest.raises(RefusedMailError):
        await SmtpDelivery(SENDING, ManualClock()).deliver(mail(to="=?x?q?=0a?=@example.org"))


async def test_whatever_a_delivery_raises_the_next_mail_goes(tmp_path):
    delivered = Delivered()
    delivered.failure = KeyError("a defect")
    async with open_mailer(tmp_path, SENDING, clock=ManualClock(), delivery=delivered) as mailer:
        await mailer.send(mail())
        await until(lambda: delivered.tried)
        delivered.failure = None
        await mailer.send(mail(key="two"))
        await until(lambda: [one.key for one in delivered.taken] == ["two"])


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ({"RCPT": "550 no such box"}, RefusedMailError),
        ({"RCPT": "451 later"}, LaterMailError),
        ({"DATA": "554 no"}, RefusedMailError),
        ({"MAIL": "421 too busy"}, LaterMailError),
    ],
)
async def test_a_servers_refusals_are_told_apart(answers, error):
    async with Server().running() as server:
        server.answers = answers
        settings = MailSettings(delivery="smtp", smtp_security="none", smtp_port=server.port)
        with pytest.raises(error):
            await SmtpDelivery(settings, ManualClock()).deliver(mail())


async def test_no_server_or_no_password_file_means_later(free_port, tmp_path):
    for more in ({}, {"smtp_user": "me", "smtp_password_file": str(tmp_path / "missing")}):
        settings = MailSettings(delivery="smtp", smtp_security="none", smtp_port=free_port, **more)
        with pytest.raises(LaterMailError):
            await SmtpDelivery(settings, ManualClock()).deliver(mail())


async def test_a_server_without_encryption_gets_nothing_when_it_is_asked_for():
    async with Server().running() as server:
        settings = MailSettings(delivery="smtp", smtp_security="starttls", smtp_port=server.port)
        with pytest.raises(LaterMailError):
            await SmtpDelivery(settings, ManualClock()).deliver(mail())
        assert server.messages == []
