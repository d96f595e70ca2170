"""Which passwords are taken, addresses, letters, names of devices."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.services.identity.adapters.judging import ZxcvbnJudge
from matinee.services.identity.adapters.letters import KINDS, EnglishLetters
from matinee.services.identity.ports.addresses import checked_email, email_key
from matinee.services.identity.ports.errors import EmailError, WeakPasswordError
from matinee.services.identity.ports.records import Letter
from matinee.services.identity.service.devices import address_hint, user_agent_name
from matinee.services.identity.service.limits import address_group
from matinee.services.identity.service.passwords import Passwords

WORDS = ("ada.lovelace@example.org", "Ada Lovelace")


def check(password):
    Passwords(store=None, hashes=None, judge=ZxcvbnJudge(), limits=None, clock=None).check(password, words=WORDS)


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("short", "8 to 256"),
        ("x" * 257, "8 to 256"),
        ("password", "leaked most"),
        ("P@ssw0rd!", "leaked most"),
        ("iloveyou1", "leaked most"),
        ("lovelace1", "name or e-mail"),
        ("Ada.Lovelace", "name or e-mail"),
        ("matinee1", "name or e-mail"),
        ("aaaaaaaaaaaaaaaa", "repeats"),
        ("abcdefgh", "guessed"),
        ("01-02-1985", "date"),
    ],
)
def test_weak_passwords_are_refused_with_a_reason(password, reason):
    with pytest.raises(WeakPasswordError, match=reason):
        check(password)


@pytest.mark.parametrize(
    "password",
    ["violet tram umbrella", "k7#mQ2!v", "ワードプロセッサー春夏", "all lower case words", "three quiet boats " * 14],
)
def test_good_passwords_need_no_composition(password):
    check(password[:256])


@given(st.text(min_size=8, max_size=256))
def test_any_text_gets_an_answer_in_words(password):
    reason = ZxcvbnJudge().weakness(password, words=WORDS)
    assert reason is None or reason.startswith("This password is easily guessed. ")


def test_a_password_of_many_signs_is_judged_quickly():
    """Signs that may stand for letters are tried in every mix, which without a bound takes a second of everybody."""
    signs = "4@8({[<36!1|0$5+7%2"
    mixed = "".join(a + b for a, b in zip(signs * 4, "abegiloqstzx" * 10, strict=False))
    judge = ZxcvbnJudge()
    judge.weakness("warm up the lists", words=WORDS)
    for password in (signs * 4, mixed, mixed[:32], signs + "violet tram umbrella"):
        began = time.thread_time()
        assert judge.weakness(password, words=WORDS) is None
        assert time.thread_time() - began < 0.3
    assert judge.weakness("1234567890" * 3, words=WORDS) is not None


@pytest.mark.parametrize("email", ["a@b.org", "ada+films@sub.example.co", "ädä@example.org", " spaced@example.org "])
def test_addresses(email):
    assert checked_email(email) == email.strip()


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ada",
        "ada@localhost",
        "a@@b.org",
        "a b@c.org",
        "a@b.org\nBcc: c@d.org",
        "a@b.org,c@d.org",
        "<a@b.org>",
        "a@b..org",
        "a@b.org\u202e",
        "x" * 65 + "@example.org",
        "a@" + "b." * 126 + "org",
        '"a b"@example.org',
        "a@[127.0.0.1]",
        "a@1.2.3.4",
    ],
)
def test_no_addresses(email):
    with pytest.raises(EmailError):
        checked_email(email)


def test_addresses_are_compared_without_case_and_form():
    assert email_key("ADA@Example.ORG") == email_key("ada@example.org")
    assert email_key("A\u0308da@x.org") == email_key("ä" + "DA@X.ORG")


def test_every_letter_has_words_in_both_forms_and_escapes_them():
    writer = EnglishLetters("https://watch.example/")
    values = {"name": "<b>Eve</b> $x {{ 1 }}", "hours": "24", "minutes": "30", "address": "x@y.org", "what": "it"}
    for kind in KINDS:
        mail = writer.write(Letter(kind=kind, to="a@b.org", values=values, path="/p#token=t"), key="k")
        assert "<b>Eve" not in mail.html
        assert "&lt;b&gt;Eve&lt;/b&gt; $x {{ 1 }}" in mail.html
        assert "<b>Eve</b> $x {{ 1 }}" in mail.text
        assert "https://watch.example/p#token=t" in mail.text
        assert 'href="https://watch.example/p#token=t"' in mail.html
        assert mail.kind == kind


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/140.0 Mobile", "Chrome on Android"),
        ("Mozilla/5.0 (iPhone) Safari/604.1", "Safari on iPhone"),
        ("curl/8.0", "curl"),
        ("<script>alert(1)</script>", "Unknown device"),
        ("", "Unknown device"),
    ],
)
def test_devices_are_named_by_known_words(user_agent, name):
    assert user_agent_name(user_agent) == name


@pytest.mark.parametrize(
    ("address", "hint", "group"),
    [
        ("192.0.2.77", "192.0.2.x", "192.0.2.77"),
        ("::ffff:192.0.2.77", "192.0.2.x", "192.0.2.77"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::", "2001:db8:1:2::/64"),
        ("nonsense", "", "unknown"),
    ],
)
def test_addresses_of_devices(address, hint, group):
    assert address_hint(address) == hint
    assert address_group(address) == group
