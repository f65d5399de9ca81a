"""The setting of a plugin that shows a card."""

from __future__ import annotations

from drone_plugin.settings import Settings, setting


class CardSettings(Settings):
    """Base of the settings of a plugin that shows a card at its end."""

    card_template: str = setting(
        "",
        "Address of the Adaptive Card template of this step's card on Drone. The browser of whoever looks at "
        "the build fetches it, so it must be reachable from there and allow other origins. Without it there "
        "is no card.",
        example="https://ci.example.com/cards/summary.json",
        pin=True,
        pattern=r"^(https?://\S+)?$",
        max_length=1000,
    )
