from matinee.testing.billing_door import Door

JOIN = {"plan_id": "standard", "currency": "EUR", "payment_method_token": "good-1", "trial": False}


async def test_plans_are_shown_to_everybody(door: Door):
    answer = await door.ask("GET", "/plans", by="", role="stranger")
    assert answer.status_code == 200
    assert [plan["plan_id"] for plan in answer.json()["items"]] == ["basic", "standard", "premium"]
    assert answer.json()["items"][1]["prices"]["EUR"] == 999


async def test_subscribe_pay_and_open_the_invoice(door: Door):
    before = (await door.ask("GET", "/billing/subscription")).json()
    assert before["state"] == "none"
    answer = await door.ask("POST", "/billing/subscription", body=JOIN)
    assert answer.status_code == 201, answer.text
    view = answer.json()
    assert (view["state"], view["price"], view["payment_method"]["last4"]) == ("active", 999, "4242")
    assert view["next_charge"]["amount"] == 999
    invoices = (await door.ask("GET", "/billing/invoices")).json()["items"]
    assert [one["number"] for one in invoices] == ["MT-2026-000001"]
    invoice = (await door.ask("GET", f"/billing/invoices/{invoices[0]['invoice_id']}")).json()
    assert (invoice["total"], invoice["tax"], invoice["subtotal"]) == (999, 160, 999)
    page = await door.ask("GET", f"/billing/invoices/{invoices[0]['invoice_id']}/html")
    assert "MT-2026-000001" in page.text
    pdf = await door.ask("GET", f"/billing/invoices/{invoices[0]['invoice_id']}/pdf")
    assert pdf.content.startswith(b"%PDF")


async def test_a_decline_says_which_and_a_better_card_pays_at_once(door: Door):
    answer = await door.ask("POST", "/billing/subscription", body={**JOIN, "payment_method_token": "hard-1"})
    assert answer.status_code == 402
    problem = answer.json()
    assert (problem["code"], problem["facts"]["decline_code"], problem["facts"]["hard"]) == (
        "payment-declined",
        "stolen-card",
        True,
    )
    assert (await door.ask("GET", "/billing/subscription")).json()["state"] == "incomplete"
    added = await door.ask("POST", "/billing/payment-methods", body={"token": "good-2"})
    assert added.status_code == 201
    assert (await door.ask("GET", "/billing/subscription")).json()["state"] == "active"
    assert len(door.bench.processor.taken) == 1


async def test_a_challenge_is_answered_with_where_to_go(door: Door):
    answer = await door.ask("POST", "/billing/subscription", body={**JOIN, "payment_method_token": "challenge-1"})
    assert answer.status_code == 202
    assert answer.json()["challenge_url"].startswith("http")
    assert (await door.ask("GET", "/billing/subscription")).json()["payment_pending"] is True


async def test_the_same_key_gets_the_same_answer_and_one_charge(door: Door):
    first = await door.ask("POST", "/billing/subscription", body=JOIN, key="once")
    second = await door.ask("POST", "/billing/subscription", body=JOIN, key="once")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert len(door.bench.processor.taken) == 1
    other = await door.ask("POST", "/billing/subscription", body={**JOIN, "plan_id": "basic"}, key="once")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")


async def test_a_kept_decline_is_told_again_under_its_key(door: Door):
    body = {**JOIN, "payment_method_token": "soft-1"}
    first = await door.ask("POST", "/billing/subscription", body=body, key="once")
    second = await door.ask("POST", "/billing/subscription", body=body, key="once")
    assert (first.status_code, second.status_code) == (402, 402)
    assert door.bench.processor.asked == 1


async def test_steps_and_quotes(door: Door):
    quoted = (await door.ask("POST", "/billing/quote", body={"plan_id": "premium", "currency": "USD"})).json()
    assert (quoted["due_now"], quoted["next_charge"]["amount"]) == (0, 1599)
    await door.ask("POST", "/billing/subscription", body={**JOIN, "trial": True})
    assert (await door.ask("POST", "/billing/subscription/cancel")).json()["cancel_at_period_end"] is True
    assert (await door.ask("POST", "/billing/subscription/resume")).json()["cancel_at_period_end"] is False
    refused = await door.ask("POST", "/billing/subscription/pause")
    assert (refused.status_code, refused.json()["code"]) == (409, "subscription-state")
    changed = await door.ask("POST", "/billing/subscription/change", body={"plan_id": "premium"})
    assert changed.json()["plan"]["plan_id"] == "premium"
    assert (await door.ask("DELETE", "/billing/subscription/change")).status_code == 409
    assert (await door.ask("POST", "/billing/subscription/unpause")).status_code == 409
    assert (await door.ask("POST", "/billing/subscription/pay")).status_code == 409


async def test_payment_methods_are_listed_preferred_and_removed(door: Door):
    first = (await door.ask("POST", "/billing/payment-methods", body={"token": "good-1"})).json()
    second = (await door.ask("POST", "/billing/payment-methods", body={"token": "good-2"})).json()
    await door.ask("POST", f"/billing/payment-methods/{first['method_id']}/default")
    listed = (await door.ask("GET", "/billing/payment-methods")).json()["items"]
    assert {one["method_id"]: one["preferred"] for one in listed} == {
        first["method_id"]: True,
        second["method_id"]: False,
    }
    assert (await door.ask("DELETE", f"/billing/payment-methods/{first['method_id']}")).status_code == 204
    assert (await door.ask("GET", "/billing/payment-methods")).json()["items"][0]["preferred"] is True
    await door.ask("POST", "/billing/subscription", body={**JOIN, "payment_method_token": None})
    kept = await door.ask("DELETE", f"/billing/payment-methods/{second['method_id']}")
    assert (kept.status_code, kept.json()["code"]) == (409, "payment-method-in-use")
    assert (await door.ask("POST", "/billing/payment-methods", body={"token": "bad-1"})).status_code == 400


async def test_gifts_are_made_by_staff_and_spent_before_the_card(door: Door):
    made = await door.staff("POST", "/admin/gifts", {"amount": 600, "currency": "EUR", "count": 1})
    code = made.json()["codes"][0]
    redeemed = await door.ask("POST", "/billing/gifts/redeem", body={"code": code.lower().replace("-", " ")})
    assert redeemed.json()["gift_balance"] == 600
    again = await door.ask("POST", "/billing/gifts/redeem", body={"code": code})
    assert (again.status_code, again.json()["code"]) == (409, "gift-redeemed")
    await door.ask("POST", "/billing/subscription", body=JOIN)
    assert [request.amount for request in door.bench.processor.taken.values()] == [399]
    assert (await door.ask("GET", "/billing/subscription")).json()["gift_balance"] == 0


async def test_staff_change_plans_coupons_and_refund(door: Door):
    created = await door.staff(
        "POST",
        "/admin/plans",
        {
            "plan_id": "mini",
            "name": "Mini",
            "prices": {"EUR": 299},
            "max_height": 480,
            "streams": 1,
            "download_devices": 0,
        },
    )
    assert created.status_code == 201, created.text
    assert (await door.staff("POST", "/admin/plans", created.json() | {"x": 1})).status_code == 400
    changed = await door.staff("PATCH", "/admin/plans/mini", {"prices": {"EUR": 349}})
    assert (changed.json()["version"], changed.json()["prices"]) == (2, {"EUR": 349})
    assert (await door.staff("PATCH", "/admin/plans/mini", {"prices": {"USD": 349}})).status_code == 422
    coupon = await door.staff(
        "POST", "/admin/coupons", {"code": "half", "percent": 50, "periods": 1, "max_redemptions": 1}
    )
    assert coupon.status_code == 201, coupon.text
    joined = await door.ask("POST", "/billing/subscription", body={**JOIN, "coupon": "HALF"})
    assert joined.status_code == 201, joined.text
    late = await door.ask("POST", "/billing/subscription", by="bob", body={**JOIN, "coupon": "half"})
    assert (late.status_code, late.json()["code"]) == (409, "coupon-used-up")
    billing = (await door.staff("GET", "/admin/accounts/ann/billing", role="support")).json()
    payment = billing["payments"][0]
    assert payment["amount"] == 499
    back = await door.staff(
        "POST", f"/admin/payments/{payment['payment_id']}/refund", {"amount": 200, "reason": "late"}
    )
    assert (back.status_code, back.json()["state"]) == (201, "succeeded")
    more = await door.staff(
        "POST", f"/admin/payments/{payment['payment_id']}/refund", {"amount": 300, "reason": "late"}
    )
    assert (more.status_code, more.json()["code"]) == (409, "refund-too-large")
    ledger = (await door.staff("GET", "/admin/ledger/balance")).json()
    assert ledger["balanced"]
    assert {"ledger": "cash", "currency": "EUR", "amount": 299} in ledger["balances"]
    assert (await door.staff("GET", "/admin/invariants")).json() == {"items": []}
    actions = [line["action"] for line in (await door.staff("GET", "/admin/billing/audit")).json()["items"]]
    assert sorted(actions) == ["coupon-created", "plan-changed", "plan-created", "refund-started"]
    numbers = [one["number"] for one in (await door.ask("GET", "/billing/invoices")).json()["items"]]
    assert sorted(numbers) == ["MT-2026-000001", "MTC-2026-000001"]


async def test_credit_is_given_and_export_holds_what_is_kept(door: Door):
    body = {"amount": 100, "currency": "EUR", "reason": "sorry"}
    assert (await door.staff("POST", "/admin/accounts/ann/billing/credit", body)).status_code == 204
    await door.ask("POST", "/billing/subscription", body=JOIN)
    exported = (await door.ask("GET", "/billing/export")).json()
    assert exported["customer"]["email"] == "ann@example.org"
    assert exported["invoices"][0]["paid_by"][0] == {"description": "Credit", "amount": 100}
    assert "method_ref" not in str(exported)


async def test_invoices_come_in_pages(door: Door):
    await door.ask("POST", "/billing/subscription", body=JOIN)
    for _ in range(2):
        door.bench.clock.advance(31 * 86_400)
        await door.bench.renewals.run()
    first = (await door.ask("GET", "/billing/invoices?limit=2")).json()
    assert len(first["items"]) == 2
    rest = (await door.ask("GET", f"/billing/invoices?limit=2&cursor={first['next_cursor']}")).json()
    assert (len(rest["items"]), rest["next_cursor"]) == (1, None)
    foreign = await door.ask("GET", f"/billing/invoices?cursor={first['next_cursor']}", by="bob")
    assert (foreign.status_code, foreign.json()["code"]) == (400, "cursor")


async def test_times_without_zone_or_beyond_calendars_are_refused(door: Door):
    for moment in ("2030-01-31T00:00:00", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00Z"):
        body = {"code": "SOON", "percent": 10, "expires_at": moment}
        assert (await door.staff("POST", "/admin/coupons", body)).status_code == 400
    made = await door.staff(
        "POST", "/admin/coupons", {"code": "SOON", "percent": 10, "expires_at": "2030-01-31T00:00:00Z"}
    )
    assert made.status_code == 201
    ended = await door.staff("PATCH", "/admin/coupons/SOON", {"active": False})
    assert (ended.json()["active"], ended.json()["expires_at"]) == (False, "2030-01-31T00:00:00Z")
    assert (await door.staff("GET", "/admin/coupons")).json()["items"][0]["code"] == "SOON"
    assert (await door.staff("PATCH", "/admin/coupons/NEVER", {"active": False})).status_code == 404


async def test_a_plan_changed_meanwhile_is_not_overwritten(door: Door):
    passed = await door.client.request(
        "PATCH",
        "/api/v1/admin/plans/basic",
        headers={**door.headers("boss", "admin"), "If-Match": '"1"'},
        json={"name": "Small"},
    )
    late = await door.client.request(
        "PATCH",
        "/api/v1/admin/plans/basic",
        headers={**door.headers("boss", "admin"), "If-Match": '"1"'},
        json={"name": "Tiny"},
    )
    assert (passed.status_code, late.status_code, late.json()["code"]) == (200, 409, "changed-meanwhile")
