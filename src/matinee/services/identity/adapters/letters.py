"""Letters in English, as text and as HTML, from the same sentences."""

from string import Template
from typing import Final

import msgspec
from jinja2 import DictLoader, Environment, StrictUndefined, select_autoescape

from matinee.mail.port import Mail
from matinee.services.identity.ports.records import Letter


class _Words(msgspec.Struct, frozen=True, kw_only=True):
    """A letter's words. Sentences may hold `$values`; the button, when there is one, is the link."""

    subject: str
    sentences: tuple[str, ...]
    button: str = ""


_IGNORE = "If this was not you, nothing happens unless somebody opens the link. You need not do anything."
_NOT_JOINED = (
    "Whoever signed up with this address has chosen a password. If that was not you, do not open the link: "
    "it would begin an account whose password somebody else knows. Without it, nothing happens."
)
_NOT_YOU = "If this was not you, set a new password at once and sign all devices out on the page “Devices”."
_WORDS: Final[dict[str, _Words]] = {
    "verification": _Words(
        subject="Confirm your e-mail address",
        sentences=(
            "Hello $name,",
            "Open this link to confirm your address and begin. It works once, for $hours hours.",
            _NOT_JOINED,
        ),
        button="Confirm my address",
    ),
    "already-member": _Words(
        subject="You already have an account",
        sentences=(
            "Hello $name,",
            (
                "Somebody, probably you, entered this address although it has an account already. Just sign in; "
                "if you forgot the password, the sign-in page sends you a link for a new one."
            ),
            "If this was not you, you need not do anything. Nobody was told that you have an account.",
        ),
        button="Sign in",
    ),
    "reset": _Words(
        subject="Choose a new password",
        sentences=(
            "Hello $name,",
            "Open this link to choose a new password. It works once, for $minutes minutes.",
            _IGNORE,
        ),
        button="Choose a new password",
    ),
    "password-changed": _Words(
        subject="Your password was changed",
        sentences=(
            "Hello $name,",
            "The password of your account was changed, and other devices were signed out.",
            "If this was not you, ask for a new password on the sign-in page at once.",
        ),
    ),
    "email-change": _Words(
        subject="Confirm your new e-mail address",
        sentences=(
            "Hello $name,",
            "Open this link to use this address for your account. It works once, for $hours hours.",
            _IGNORE,
        ),
        button="Use this address",
    ),
    "email-notice": _Words(
        subject="Your e-mail address is about to change",
        sentences=(
            "Hello $name,",
            (
                "Somebody who is signed in to your account asked to use the address $address instead of this one. "
                "It changes when the link sent there is opened."
            ),
            _NOT_YOU,
        ),
    ),
    "email-changed": _Words(
        subject="Your e-mail address was changed",
        sentences=(
            "Hello $name,",
            "Your account uses another e-mail address from now on. This is the last mail to this one.",
            "If this was not you, ask the people who run the service for help at once.",
        ),
    ),
    "security-changed": _Words(
        subject="The way into your account was changed",
        sentences=("Hello $name,", "$what", _NOT_YOU),
    ),
    "erased": _Words(
        subject="Your account was erased",
        sentences=(
            "Hello $name,",
            (
                "Your account is gone, and with it your profiles, devices and history. Invoices are kept as long as "
                "the law asks for. Thank you for having been here."
            ),
        ),
    ),
}
_HTML = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ subject }}</title>
<meta name="viewport" content="width=device-width"></head>
<body style="margin:0;background:#f4f2ee;color:#1c1b1a;font:16px/1.5 system-ui,sans-serif">
<main style="max-width:34rem;margin:2rem auto;padding:2rem;background:#fff;border-radius:12px">
<h1 style="font-size:1.3rem;margin:0 0 1rem">{{ subject }}</h1>
{% for sentence in sentences %}<p style="margin:0 0 1rem">{{ sentence }}</p>
{% endfor %}{% if link %}<p style="margin:1.5rem 0"><a href="{{ link }}" style="background:#8a1c2c;color:#fff;\
padding:.75rem 1.25rem;border-radius:8px;text-decoration:none">{{ button }}</a></p>
<p style="margin:0;font-size:.85rem;word-break:break-all">{{ link }}</p>
{% endif %}<p style="margin:1.5rem 0 0">Matinee</p>
</main></body></html>
"""
KINDS = frozenset(_WORDS)


class EnglishLetters:
    """Writes letters.

    Args:
        public_url: what every link begins with; never anything from a request.
    """

    def __init__(self, public_url: str) -> None:
        self._public_url = public_url.rstrip("/")
        self._html = Environment(
            loader=DictLoader({"html": _HTML}), autoescape=select_autoescape(default=True), undefined=StrictUndefined
        )

    def write(self, letter: Letter, *, key: str) -> Mail:
        """Return the mail."""
        words = _WORDS[letter.kind]
        values = {name: _one_line(value) for name, value in letter.values.items()}
        link = f"{self._public_url}{letter.path}" if letter.path else ""
        sentences = [Template(sentence).substitute(values) for sentence in words.sentences]
        facts = {
            "subject": words.subject,
            "sentences": sentences,
            "button": words.button,
            "link": link,
        }
        return Mail(
            key=key,
            to=letter.to,
            subject=words.subject,
            text="\n\n".join([*sentences, *([f"{words.button}:\n{link}"] if link else []), "Matinee\n"]),
            html=self._html.get_template("html").render(facts),
            kind=letter.kind,
        )


def _one_line(value: str) -> str:
    return " ".join(value.split())
