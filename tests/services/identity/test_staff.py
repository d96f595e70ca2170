"""Staff and the operator look after accounts, and leave a trace."""

import asyncio

PASSWORD = "violet tram umbrella"


async def test_roles_are_given_and_audited(room):
    member = await room.joined()
    operator = room.browser(role="operator", address="203.0.113.9")
    answer = await operator.post(f"/admin/accounts/{member.account_id}/role", {"role": "editor"})
    assert answer.json()["role"] == "editor"
    assert (await member.post("/session/refresh")).json()["code"] == "session-ended"
    (entry,) = (await operator.get("/admin/audit")).json()["items"]
    assert entry.pop("entry_id")
    assert entry.pop("at")
    assert entry == {
        "actor": "operator",
        "role": "operator",
        "action": "role-set",
        "subject": member.account_id,
        "facts": {"before": "member", "after": "editor"},
        "address": "203.0.113.9",
    }


async def test_the_last_admin_stays(room):
    admin = await room.with_role("admin", "boss@example.org")
    for path, body in (("role", {"role": "member"}), ("close", None)):
        answer = await admin.post(f"/admin/accounts/{admin.account_id}/{path}", body)
        assert answer.json()["code"] == "last-admin"
    assert (await admin.delete("/account", {"password": PASSWORD})).json()["code"] == "last-admin"
    second = await room.with_role("admin", "second@example.org")
    assert (await second.post(f"/admin/accounts/{admin.account_id}/role", {"role": "member"})).status_code == 200


async def test_two_admins_cannot_demote_each_other_at_once(room):
    one = await room.with_role("admin", "one@example.org")
    two = await room.with_role("admin", "two@example.org")
    answers = await asyncio.gather(
        one.post(f"/admin/accounts/{two.account_id}/role", {"role": "member"}),
        two.post(f"/admin/accounts/{one.account_id}/role", {"role": "member"}),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_support_reads_and_signs_out_but_changes_no_roles(room):
    support = await room.with_role("support", "help@example.org")
    admin = await room.with_role("admin", "boss@example.org")
    member = await room.joined()
    seen = (await support.get(f"/admin/accounts/{member.account_id}")).json()
    assert seen["account"]["email"] == "ada@example.org"
    assert seen["sessions"][0]["current"] is False
    assert (await support.post(f"/admin/accounts/{member.account_id}/sign-out")).json() == {"ended": 1}
    assert (await support.post(f"/admin/accounts/{member.account_id}/reset")).status_code == 202
    assert await room.token("reset")
    for path, body in (("role", {"role": "admin"}), ("close", None), ("reopen", None)):
        assert (await support.post(f"/admin/accounts/{member.account_id}/{path}", body)).status_code == 403
    assert (await support.post(f"/admin/accounts/{admin.account_id}/sign-out")).json()["code"] == "role"
    assert (await support.get("/admin/audit")).status_code == 403
    assert (await support.get("/mailbox")).status_code == 403


async def test_accounts_are_found_in_pages(room):
    operator = room.browser(role="operator")
    for number in range(5):
        room.clock.advance(1)
        role = "editor" if number == 2 else "member"
        body = {"email": f"m{number}@example.org", "name": f"Zoë {number}%", "role": role}
        assert (await operator.post("/admin/accounts", body)).status_code == 201
    seen, cursor = [], ""
    while cursor is not None:
        page = (await operator.get(f"/admin/accounts?limit=2{'&cursor=' + cursor if cursor else ''}")).json()
        seen += [one["email"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert seen == [f"m{number}@example.org" for number in (4, 3, 2, 1, 0)]
    found = (await operator.get("/admin/accounts?q=ZO%C3%8B+3%25")).json()["items"]
    assert [one["email"] for one in found] == ["m3@example.org"]
    editors = (await operator.get("/admin/accounts?role=editor")).json()["items"]
    assert [one["email"] for one in editors] == ["m2@example.org"]
    assert (await operator.get("/admin/accounts?cursor=nonsense")).json()["code"] == "cursor"


async def test_a_made_account_chooses_its_password_by_mail(room):
    operator = room.browser(role="operator")
    made = (await operator.post("/admin/accounts", {"email": "eve@example.org", "role": "admin"})).json()
    again = await operator.post("/admin/accounts", {"email": "EVE@example.org"})
    assert again.json()["code"] == "email-taken"
    browser, token = room.browser(), await room.token("reset")
    body = {"token": token, "password": PASSWORD}
    assert (await browser.post("/password/reset/complete", body)).status_code == 204
    signed_in = await browser.post("/session", {"email": "eve@example.org", "password": PASSWORD})
    assert (signed_in.json()["role"], browser.account_id) == ("admin", made["account_id"])


async def test_audit_is_paged_and_filtered(room):
    operator = room.browser(role="operator")
    ids = []
    for number in range(3):
        room.clock.advance(1)
        made = await operator.post("/admin/accounts", {"email": f"m{number}@example.org"})
        ids.append(made.json()["account_id"])
    page = (await operator.get("/admin/audit?limit=2")).json()
    rest = (await operator.get(f"/admin/audit?limit=2&cursor={page['next_cursor']}")).json()
    assert [entry["subject"] for entry in page["items"] + rest["items"]] == ids[::-1]
    assert rest["next_cursor"] is None
    one = (await operator.get(f"/admin/audit?account_id={ids[1]}")).json()["items"]
    assert [entry["subject"] for entry in one] == [ids[1]]


async def test_unknown_accounts(room):
    operator = room.browser(role="operator")
    for path in ("role", "close", "reopen", "sign-out", "reset"):
        body = {"role": "member"} if path == "role" else None
        assert (await operator.post(f"/admin/accounts/nobody/{path}", body)).json()["code"] == "account-not-found"
    assert (await operator.get("/admin/accounts/nobody")).json()["code"] == "account-not-found"


async def test_set_up_makes_one_admin_once(room):
    browser = room.browser()
    assert (await browser.get("/setup")).json() == {"claimed": False}
    body = {"token": room.keyring.setup_token().lower(), "email": "boss@example.org", "password": PASSWORD, "name": "B"}
    answer = await browser.post("/setup", body)
    assert (answer.status_code, answer.json()["role"]) == (200, "admin")
    assert (await browser.get("/admin/audit")).json()["items"][0]["action"] == "claimed"
    assert (await room.browser().get("/setup")).json() == {"claimed": True}
    again = await room.browser().post("/setup", {**body, "email": "other@example.org"})
    assert again.json()["code"] == "claim"
