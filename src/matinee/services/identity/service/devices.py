"""How a device is named to its owner, without keeping more of it than that."""

import ipaddress
import re

from matinee.kit.paths import display_name

_NAME_CHARACTERS = 100
_IPV6_HINT_BITS = 48
_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android TV", "Android TV"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Tizen", "Samsung TV"),
    ("Web0S", "LG TV"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)
_PRODUCT = re.compile(r"[A-Za-z][A-Za-z0-9 ._-]{0,40}")


def device_name(name: str) -> str:
    """Return a name that a member gave, safe to show, empty when nothing is left of it."""
    return display_name(name, limit=_NAME_CHARACTERS) if name.strip() else ""


def user_agent_name(user_agent: str) -> str:
    """Return something like "Firefox on Linux"; only known words and one plain product name ever come out."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    if browser and system:
        return f"{browser} on {system}"
    if browser or system:
        return browser or system
    product = _PRODUCT.match(user_agent)
    return product.group(0) if product else "Unknown device"


def address_hint(address: str) -> str:
    """Return an address with its last part left out, enough to recognise one's own network."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is None:
            return str(ipaddress.ip_network((parsed, _IPV6_HINT_BITS), strict=False).network_address)
        parsed = parsed.ipv4_mapped
    return ".".join([*str(parsed).split(".")[:3], "x"])
