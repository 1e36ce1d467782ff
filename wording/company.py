"""The company as its emails and pages name it."""

import re
from dataclasses import dataclass

_HEX = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """The identity from the settings. Emails need an address and both links; pages show what there is.

    `name` is the public host where the settings give none. `color` is written "#rrggbb"; anything else: ValueError.
    """

    name: str
    address: str | None
    support_url: str | None
    privacy_url: str | None
    color: str

    def __post_init__(self) -> None:
        if not _HEX.fullmatch(self.color):
            raise ValueError(f"{self.color!r} is no colour: write it like #1f5eff")

    @property
    def imprint(self) -> str | None:
        """Return name and address in one line; many write the name at the head of the address already."""
        if self.address is None or self.address.startswith(self.name):
            return self.address
        return f"{self.name}, {self.address}"

    @property
    def ink(self) -> str:
        """The colour of text on `color`: black or white, whichever can be read better (WCAG 2, contrast ratio)."""
        red, green, blue = (_linear(int(self.color[at : at + 2], 16) / 255) for at in (1, 3, 5))
        luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
        return "#000000" if (luminance + 0.05) ** 2 > 0.05 * 1.05 else "#ffffff"


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
