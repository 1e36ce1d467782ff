"""Form encoding as Stripe's API speaks it: `items[0][price]=price_1` becomes nested hashes and arrays of strings."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

from sandbox.stripe.errors import Refusal

KEY = re.compile(r"[^\[\]]+(\[[^\[\]]*\])*")


def parse(encoded: str) -> dict[str, Any]:
    """Read a query string or a form body; every leaf is a string.

    Raises:
        Refusal: a key's brackets do not fit one another.
    """
    root: dict[str, Any] = {}
    for key, value in parse_qsl(encoded, keep_blank_values=True):
        if not KEY.fullmatch(key):
            raise Refusal(f"Invalid request parameter: {key}", param=key)
        name, *rest = key.replace("]", "").split("[")
        here = root
        for step in rest:
            deeper = here.setdefault(name, {})
            if not isinstance(deeper, dict):
                raise Refusal(f"Invalid request parameter: {key}", param=key)
            here, name = deeper, step or str(len(deeper))
        here[name] = value
    return {key: _with_arrays(value) for key, value in root.items()}


def _with_arrays(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {key: _with_arrays(child) for key, child in value.items()}
    if inner and all(key.isdigit() for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner
