"""The acknowledgement that all clicks share."""

from slack_bolt.async_app import AsyncAck


async def acknowledge(ack: AsyncAck) -> None:
    """Do nothing but acknowledge: after it a listener must not raise, so all else is lazy work."""
    await ack()
