"""Settings of the service as a whole: where it keeps its data and where it listens."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Port = Annotated[int, Meta(ge=1, le=65535)]


class ServiceSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The `[service]` table."""

    data_folder: Annotated[str, Meta(description="Folder for everything that must survive a restart")] = "data"
    address: Annotated[str, Meta(description="Address that the gateway and the edges listen on")] = "127.0.0.1"
    port: Annotated[Port, Meta(description="Port of the gateway: browse, studio and API")] = 8400
    edge_port: Annotated[Port, Meta(description="Port of the first edge; further ones follow")] = 8411
    room_port: Annotated[Port, Meta(description="Port of the first room when each runs in a process of its own")] = 8421
    sandbox_port: Annotated[Port, Meta(description="Port of the sandbox payment processor, on loopback")] = 8419
    edges: Annotated[int, Meta(ge=1, le=16, description="Edge appliances that `matinee up` starts")] = 2
    blobs: Annotated[str, Meta(description="Object store URL; empty means a folder below the data folder")] = ""
    web_folder: Annotated[str, Meta(description="Built web client; empty means web/dist of the checkout")] = ""
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="Least severe log line shown")
    ] = "info"
    public_url: Annotated[str, Meta(description="Base URL that browsers use; empty means address and port")] = ""

    @property
    def data(self) -> Path:
        """The data folder as an absolute path."""
        return Path(self.data_folder).expanduser().resolve()

    @property
    def browser_url(self) -> str:
        """What a person types. On this machine a name, because browsers keep passkeys for names only."""
        host = "localhost" if self.address == "127.0.0.1" else self.address
        return self.public_url or f"http://{host}:{self.port}"

    def edge_name(self, number: int) -> str:
        """Return the name of the edge with this number, from 0: edge-a, edge-b and so on."""
        return f"edge-{chr(ord('a') + number)}"

    def edge_url(self, number: int) -> str:
        """Return the base URL of the edge with this number."""
        return f"http://{self.address}:{self.edge_port + number}"


def built_web(settings: ServiceSettings) -> Path:
    """Return the folder of the built web client; it may not exist."""
    if settings.web_folder:
        return Path(settings.web_folder).resolve()
    return Path(__file__).resolve().parents[3] / "web" / "dist"
