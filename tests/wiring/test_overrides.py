"""What the parts of a service are told because of how the whole is put together."""

from matinee.services.gateway.filters.answers import Origins, page_policy
from matinee.services.gateway.settings import GatewaySettings
from matinee.wiring.overrides import overrides_for
from matinee.wiring.settings import ServiceSettings


def policy(processor: str) -> str:
    computed = overrides_for("gateway", ServiceSettings(), "all", processor=processor)
    settings = GatewaySettings(connect_origins=computed["connect_origins"], script_origins=computed["script_origins"])
    return page_policy(Origins(connect=settings.connect_origins, scripts=settings.script_origins))


def test_pages_may_speak_to_the_processor_of_the_house_alone():
    assert "js.stripe.com" not in policy("sandbox")
    assert "connect-src 'self' http://127.0.0.1:8419;" in policy("sandbox")
    assert "script-src 'self' https://js.stripe.com;" in policy("stripe")
    assert "8419" not in policy("stripe")


def test_browsers_are_sent_to_a_name_because_passkeys_want_one():
    assert ServiceSettings().browser_url == "http://localhost:8400"
    assert ServiceSettings(address="192.0.2.1").browser_url == "http://192.0.2.1:8400"
    assert ServiceSettings(public_url="https://films.example").browser_url == "https://films.example"
