"""The sandbox opens on the port it is asked for, or says which other one it took."""

import socket

import httpx2

from sandbox.seed import CUSTOMERS
from tests.sandboxes import running


async def test_a_port_in_use_makes_it_take_another() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        async with running(seed=False) as sandbox:
            await sandbox.stop()
            await sandbox.start(port=port)
            assert sandbox.port not in {0, port}
            async with httpx2.AsyncClient(trust_env=False) as client:
                answer = await client.get(f"{sandbox.stripe_api_url}/v1/customers")
            assert answer.status_code == 401


async def test_without_a_seed_it_is_empty() -> None:
    async with running(seed=False) as sandbox:
        assert sandbox.stripe.ledger.all("customer") == []


def test_handles_are_single_words_and_ids_are_their_own() -> None:
    assert all(handle.isalpha() and handle.islower() for handle in CUSTOMERS)
    assert len({seeded.id for seeded in CUSTOMERS.values()}) == len(CUSTOMERS) >= 40
