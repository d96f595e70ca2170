"""From sign-up to sign-out, through HTTP and the mail."""

PASSWORD = "violet tram umbrella"


async def test_join_verify_refresh_and_sign_out(room):
    browser = room.browser()
    joining = {"email": "Ada@Example.org", "password": PASSWORD, "name": "Ada", "territory": "NL", "plan_id": "basic"}
    assert (await browser.post("/accounts", joining)).status_code == 202
    assert (await browser.get("/session")).json()["role"] == "stranger"
    token = await room.token("verification")
    mail = room.mail.of("verification")[0]
    assert mail.to == "Ada@Example.org"
    assert f"https://watch.example/verify#token={token}&plan=basic" in mail.text
    view = (await browser.post("/accounts/verification", {"token": token, "password": PASSWORD})).json()
    assert view["account"]["email"] == "Ada@Example.org"
    assert view["account"]["territory"] == "NL"
    assert (view["role"], view["account"]["verified"], view["methods"]["password"]) == ("member", True, True)
    assert (await browser.get("/session")).json()["account"]["name"] == "Ada"
    before = dict(browser.cookies)
    room.clock.advance(301)
    assert (await browser.get("/session")).json()["role"] == "stranger"
    assert (await browser.post("/session/refresh")).status_code == 200
    assert browser.cookies["matinee_refresh"] != before["matinee_refresh"]
    assert (await browser.get("/session")).json()["role"] == "member"
    session = browser.session_id
    assert (await browser.delete("/session")).status_code == 204
    assert browser.cookies == {}
    assert session in (await room.core.identity.ended_sessions()).sessions
    assert (await browser.post("/session/refresh")).json()["code"] == "session-ended"
    assert (await browser.post("/session", {"email": "ada@EXAMPLE.org", "password": PASSWORD})).status_code == 200
