"""What a room's settings must be because of how the whole is put together; file and environment still win."""

from typing import Any

from matinee.wiring.settings import ServiceSettings, built_web


def overrides_for(room: str, service: ServiceSettings, process: str) -> dict[str, Any]:
    """Return computed settings by name; those that a room does not have are dropped by the caller."""
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
        "gateway": {"web_folder": str(built_web(service)), "edge_origins": edges, "connect_origins": (sandbox,)},
        "playback": {"edge_names": names, "public_url": service.public_url},
        "ingest": {"import_folders": (str(service.data / "import"), str(service.data / "demo"))},
    }
    return {**common, **by_room.get(room, {})}
