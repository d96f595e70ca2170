"""What members do with their own account."""

import msgspec
import pytest

from matinee.contracts.identity import AccountChanged, AccountErased
from matinee.kit.ids import ProfileId
from matinee.services.identity.jobs import send_events, sweep
from matinee.testing.titles import RecordedEvents

PASSWORD = "violet tram umbrella"
OTHER = "seven quiet lamps"


async def sign_in(browser, password, email="ada@example.org"):
    return await browser.post("/session", {"email": email, "password": password})


def proven(token):
    return {"token": token, "password": PASSWORD}


async def test_a_link_opened_elsewhere_wants_the_password(room):
    """Somebody signs up with an address that is not theirs, and its owner opens the link: that makes no account."""
    await room.browser(address="198.51.100.1").post("/accounts", {"email": "ada@example.org", "password": OTHER})
    token = await room.token("verification")
    owner = room.browser()
    answer = await owner.post("/accounts/verification", {"token": token})
    assert (answer.status_code, answer.json()["code"]) == (403, "join-password-needed")
    answer = await owner.post("/accounts/verification", proven(token))
    assert (answer.status_code, answer.json()["code"]) == (401, "credentials")
    assert (await owner.get("/session")).json()["role"] == "stranger"
    # The link is not used up by tries: whoever knows the password may go on.
    assert (await owner.post("/accounts/verification", {"token": token, "password": OTHER})).status_code == 200


async def test_the_browser_of_the_sign_up_needs_no_password(room):
    browser, secret = room.browser(), "s" * 43
    await browser.post("/accounts", {"email": "ada@example.org", "password": PASSWORD, "browser": secret})
    token = await room.token("verification")
    foreign = await browser.post("/accounts/verification", {"token": token, "browser": "t" * 43})
    assert foreign.json()["code"] == "join-password-needed"
    assert (await browser.post("/accounts/verification", {"token": token, "browser": secret})).status_code == 200


@pytest.mark.parametrize("secret", ["short", "a" * 65, "ü" * 30, "a b" * 10])
async def test_a_browser_secret_has_a_form(room, secret):
    body = {"email": "ada@example.org", "password": PASSWORD, "browser": secret}
    assert (await room.browser().post("/accounts", body)).status_code == 400


async def test_a_link_works_once_and_expires(room):
    browser = room.browser()
    await browser.post("/accounts", {"email": "ada@example.org", "password": PASSWORD})
    token = await room.token("verification")
    assert (await browser.post("/accounts/verification", proven(token))).status_code == 200
    assert (await room.browser().post("/accounts/verification", proven(token))).json()["code"] == "link"
    late = room.browser()
    await late.post("/accounts", {"email": "late@example.org", "password": PASSWORD})
    token = await room.token("verification")
    room.clock.advance(86_400)
    assert (await late.post("/accounts/verification", proven(token))).json()["code"] == "link"


async def test_each_sign_up_has_its_own_password(room):
    """Whoever signs up with an address that is not theirs gains nothing from its owner's own sign-up."""
    thief, owner = room.browser(address="198.51.100.1"), room.browser()
    await owner.post("/accounts", {"email": "ada@example.org", "password": PASSWORD})
    token = await room.token("verification")
    await thief.post("/accounts", {"email": "ada@example.org", "password": OTHER})
    await room.post_mail()
    assert (await owner.post("/accounts/verification", proven(token))).status_code == 200
    assert (await sign_in(thief, OTHER)).json()["code"] == "credentials"
    stolen = room.mail.token("verification")
    assert (await thief.post("/accounts/verification", {"token": stolen})).json()["code"] == "link"


async def test_resending_needs_no_password_and_helps_only_those_who_wait(room):
    browser = room.browser()
    await browser.post("/accounts", {"email": "ada@example.org", "password": PASSWORD})
    await room.post_mail()
    for email in ("ada@example.org", "nobody@example.org"):
        assert (await browser.post("/accounts/verification/resend", {"email": email})).status_code == 202
    token = await room.token("verification")
    assert [mail.to for mail in room.mail.mails] == ["ada@example.org"] * 2
    assert (await browser.post("/accounts/verification", proven(token))).status_code == 200


async def test_a_known_address_gets_a_reminder(room):
    await room.joined()
    answer = await room.browser().post("/accounts", {"email": "ADA@example.org", "password": OTHER})
    assert answer.status_code == 202
    await room.post_mail()
    assert room.mail.mails[-1].kind == "already-member"
    assert "https://watch.example/sign-in" in room.mail.mails[-1].text


async def test_reset_sets_the_password_and_ends_all_sessions(room):
    browser = await room.joined()
    assert (await room.browser().post("/password/reset", {"email": "ada@example.org"})).status_code == 202
    token = await room.token("reset")
    weak = await room.browser().post("/password/reset/complete", {"token": token, "password": "password"})
    assert weak.json()["code"] == "weak-password"
    done = await room.browser().post("/password/reset/complete", {"token": token, "password": OTHER})
    assert done.status_code == 204
    again = await room.browser().post("/password/reset/complete", {"token": token, "password": OTHER})
    assert again.json()["code"] == "link"
    assert (await browser.post("/session/refresh")).json()["code"] == "session-ended"
    assert (await sign_in(browser, PASSWORD)).status_code == 401
    assert (await sign_in(browser, OTHER)).status_code == 200
    await room.post_mail()
    assert room.mail.mails[-1].kind == "password-changed"


async def test_other_reset_links_die_with_the_first_that_is_used(room):
    await room.joined()
    tokens = []
    for _ in range(2):
        await room.browser().post("/password/reset", {"email": "ada@example.org"})
        tokens.append(await room.token("reset"))
    for token, status in zip(tokens, (204, 410), strict=True):
        answer = await room.browser().post("/password/reset/complete", {"token": token, "password": OTHER})
        assert answer.status_code == status


async def test_changing_the_password_keeps_this_session_only(room):
    here, there = await room.joined(), room.browser()
    await sign_in(there, PASSWORD)
    wrong = {"current_password": "wrong wrong", "new_password": OTHER}
    assert (await here.post("/account/password", wrong)).json()["code"] == "credentials"
    room.clock.advance(601)
    await here.post("/session/refresh")
    assert (await here.post("/account/password", {"new_password": OTHER})).json()["code"] == "confirm-needed"
    right = {"current_password": PASSWORD, "new_password": OTHER}
    assert (await here.post("/account/password", right)).status_code == 204
    assert (await here.post("/session/refresh")).status_code == 200
    assert (await there.post("/session/refresh")).status_code == 401
    assert (await sign_in(there, OTHER)).status_code == 200


async def test_the_address_changes_when_the_new_one_answers(room):
    browser = await room.joined()
    assert (await browser.post("/account/email", {"email": "New@example.org"})).status_code == 202
    token = await room.token("email-change")
    assert room.mail.of("email-change")[0].to == "New@example.org"
    assert room.mail.of("email-notice")[0].to == "ada@example.org"
    assert (await browser.get("/session")).json()["account"]["email"] == "ada@example.org"
    assert (await room.browser().post("/account/email/complete", {"token": token})).status_code == 204
    assert (await browser.get("/session")).json()["account"]["email"] == "New@example.org"
    await room.post_mail()
    assert room.mail.of("email-changed")[0].to == "ada@example.org"
    assert (await sign_in(browser, PASSWORD, "new@example.org")).status_code == 200
    assert (await sign_in(browser, PASSWORD)).status_code == 401


async def test_a_taken_address_is_told_to_its_owner_alone(room):
    await room.joined("bob@example.org")
    browser = await room.joined()
    answer = await browser.post("/account/email", {"email": "bob@example.org"})
    free = await browser.post("/account/email", {"email": "free@example.org"})
    assert (answer.status_code, answer.content) == (free.status_code, free.content)
    await room.post_mail()
    assert room.mail.of("already-member")[-1].to == "bob@example.org"
    assert [mail.to for mail in room.mail.of("email-change")] == ["free@example.org"]


async def test_facts_change_and_the_token_follows(room):
    browser = await room.joined()
    change = {"name": " Ada\nL. ", "territory": "DE", "language": "pt-BR", "time_zone": "Europe/Berlin"}
    account = (await browser.patch("/account", change)).json()["account"]
    assert {name: account[name] for name in change} == {**change, "name": "Ada L."}
    assert (await browser.claims()).ter == "DE"
    assert (await browser.patch("/account", {"name": "Ada"})).json()["account"]["territory"] == "DE"


@pytest.mark.parametrize(
    "change", [{"territory": "de"}, {"time_zone": "Mars/Base"}, {"time_zone": "../../etc/passwd"}, {"language": "é"}]
)
async def test_facts_that_do_not_exist_are_refused(room, change):
    browser = await room.joined()
    answer = await browser.patch("/account", change)
    assert (answer.status_code, answer.json()["code"]) == (400, "field")


async def test_export_holds_everything_but_secrets(room):
    browser = await room.joined()
    answer = await browser.get("/account/export")
    assert answer.headers["content-disposition"].startswith("attachment")
    body = answer.json()
    assert body["account"]["email"] == "ada@example.org"
    assert body["sessions"][0]["session_id"] == browser.session_id
    assert {line["kind"] for line in body["activity"]} == {"signed-in", "joined"}  # of one moment, so in any order
    assert "argon2" not in answer.text
    assert "salt" not in answer.text


async def test_erasure_takes_everything_and_tells_other_rooms(room):
    browser = await room.joined()
    account_id, session_id = browser.account_id, browser.session_id
    profiles = tuple(ProfileId(one["profile_id"]) for one in (await browser.get("/profiles")).json()["items"])
    room.clock.advance(601)
    await browser.post("/session/refresh")
    assert (await browser.delete("/account", {})).json()["code"] == "confirm-needed"
    assert (await browser.delete("/account", {"password": "wrong wrong"})).json()["code"] == "credentials"
    assert (await browser.delete("/account", {"password": PASSWORD})).status_code == 204
    assert browser.cookies == {}
    events = RecordedEvents()
    assert await send_events(room.store, events) == 2
    values = [msgspec.json.decode(event.value, type=AccountChanged | AccountErased) for _, event in events.appended]
    assert values[0].account.account_id == account_id
    assert values[1] == AccountErased(account_id=account_id, profiles=profiles)
    assert len(profiles) == 1
    assert {(topic, event.key) for topic, event in events.appended} == {("identity.accounts", account_id)}
    assert session_id in (await room.core.identity.ended_sessions()).sessions
    async with room.store.reading() as tx:
        assert await tx.accounts.get(account_id) is None
        assert await tx.accounts.password(account_id) is None
        assert await tx.sessions.get(session_id) is None
        assert await tx.logs.activity(account_id, limit=10) == ()
    await room.post_mail()
    assert room.mail.mails[-1].kind == "erased"
    assert (await sign_in(browser, PASSWORD)).json()["code"] == "credentials"
    again = await room.joined()
    assert again.account_id != account_id


async def test_events_wait_while_the_log_is_away(room):
    await room.joined()
    events = RecordedEvents()
    events.away = True
    with pytest.raises(Exception, match="away"):
        await send_events(room.store, events)
    events.away = False
    assert await send_events(room.store, events) == 1
    assert await send_events(room.store, events) == 0


async def test_mails_wait_while_mail_is_away_and_go_once(room):
    room.mail.away = True
    await room.browser().post("/accounts", {"email": "ada@example.org", "password": PASSWORD})
    for _ in range(2):
        with pytest.raises(Exception, match="away"):
            await room.post_mail()
    room.mail.away = False
    await room.post_mail()
    await room.post_mail()
    assert len(room.mail.mails) == 1


async def test_the_sweep_keeps_what_counts(room):
    browser = await room.joined()
    await room.browser().post("/accounts", {"email": "bob@example.org", "password": PASSWORD})
    token = await room.token("verification")
    await sweep(room.store, room.core.limits, room.clock)
    assert (await room.browser().post("/accounts/verification", proven(token))).status_code == 200
    assert (await browser.post("/session/refresh")).status_code == 200
    room.clock.advance(61 * 86_400)
    await sweep(room.store, room.core.limits, room.clock)
    async with room.store.reading() as tx:
        assert await tx.sessions.get(browser.session_id) is None


async def test_everybody_may_ask_who_they_are(room):
    assert (await room.browser().get("/session")).json() == {
        "role": "stranger",
        "session_id": None,
        "account": None,
        "profile": None,
        "profiles": [],
        "expires_at": None,
        "confirmed_at": None,
        "methods": {"password": False, "totp": False, "passkeys": 0, "oidc": []},
    }
    assert (await room.browser(role="operator").get("/session")).json()["role"] == "operator"
