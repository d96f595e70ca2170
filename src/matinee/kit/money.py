"""Money: whole minor units with an ISO 4217 currency, never floating point.

Every division says how it rounds: half away from zero, so that a share and its reversal have the same size.
"""

from typing import Annotated, Final

from msgspec import Meta

Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$", description="ISO 4217")]
MAX_AMOUNT: Final = 10**12
Amount = Annotated[int, Meta(ge=0, le=MAX_AMOUNT, description="minor units")]
PER_CENT: Final = 100
BASIS_POINTS: Final = 10_000

# ISO 4217: digits after the point, for currencies that do not have two.
_DIGITS: Final = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "BHD": 3, "JOD": 3, "KWD": 3, "OMR": 3, "TND": 3}


def share(amount: int, part: int, whole: int) -> int:
    """Return `amount` times `part` over `whole`, rounded half away from zero; ValueError unless `whole` is positive."""
    if whole <= 0:
        raise ValueError("A whole is positive.")
    product = amount * part
    size = (2 * abs(product) + whole) // (2 * whole)
    return size if product >= 0 else -size


def tax_inside(gross: int, basis_points: int) -> int:
    """Return the tax that a gross amount holds, at a rate of `basis_points` (1,900 is 19 %) on its net part."""
    return share(gross, basis_points, BASIS_POINTS + basis_points)


def tax_on_top(net: int, basis_points: int) -> int:
    """Return the tax to add to a net amount."""
    return share(net, basis_points, BASIS_POINTS)


def display(amount: int, currency: str) -> str:
    """Return an amount for people, such as `12.99 EUR` or `-0.05 USD`."""
    digits = _DIGITS.get(currency, 2)
    sign, size = ("-" if amount < 0 else ""), abs(amount)
    if not digits:
        return f"{sign}{size} {currency}"
    whole, rest = divmod(size, 10**digits)
    return f"{sign}{whole}.{rest:0{digits}d} {currency}"
