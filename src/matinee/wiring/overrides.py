"""What a room's settings must be because of how the whole is put together; file and environment still win."""

from typing import Any

from matinee.wiring.settings import ServiceSettings, built_web

_STRIPE_CALLED = ("https://api.stripe.com", "https://js.stripe.com", "https://hooks.stripe.com")
_STRIPE_SCRIPTS = ("https://js.stripe.com",)


def overrides_for(room: str, service: ServiceSettings, process: str, *, processor: str = "sandbox") -> dict[str, Any]:
    """Return computed settings by name; those that a room does not have are dropped by the caller.

    Args:
        processor: who takes payments, `sandbox` or `stripe`: pages may speak to that one and to no other.
    """
    stripe = processor == "stripe"
    edges = tuple(service.edge_url(number) for number in range(service.edges))
    names = tuple(service.edge_name(number) for number in range(service.edges))
    sandbox = f"http://127.0.0.1:{service.sandbox_port}"
    common: dict[str, Any] = {"data_folder": str(service.data), "edge_urls": edges}
    by_room: dict[str, dict[str, Any]] = {
        "billing": {
            "public_url": service.browser_url,
            "sandbox_url": sandbox,
        },
        "edge": {"name": process, "data_folder": str(service.data / process)},
        "identity": {"public_url": service.browser_url},
        "gateway": {
            "web_folder": str(built_web(service)),
            "edge_origins": edges,
            "connect_origins": _STRIPE_CALLED if stripe else (sandbox,),
            "script_origins": _STRIPE_SCRIPTS if stripe else (),
        },
        "playback": {"edge_names": names, "public_url": service.public_url},
        "ingest": {"import_folders": (str(service.data / "import"), str(service.data / "demo"))},
    }
    return {**common, **by_room.get(room, {})}
