"""Pages read as their reader does, and their one button pressed."""

import re
from html import unescape

import httpx2


def said(answer: httpx2.Response) -> str:
    """Read a page as its reader does."""
    body = answer.text.partition("<body>")[2]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).split())


def agreed(answer: httpx2.Response) -> dict[str, str]:
    found = re.search(r'<input type="hidden" name="agreed" value="([0-9a-f]{64})">', answer.text)
    assert found, answer.text
    return {"agreed": found[1]}


def button(answer: httpx2.Response) -> str:
    """Return the words on a page's main button."""
    found = re.findall(r"<button>([^<]*)</button>", answer.text)
    assert len(found) == 1
    return unescape(found[0])


async def accepted(client: httpx2.AsyncClient, path: str) -> httpx2.Response:
    """Open the page and press its button."""
    return await client.post(path, data=agreed(await client.get(path)))
