"""The types of the policy file's values, and the base of its tables."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from domain.money import Money
from wording.money import typed_money

_SPAN = re.compile(r"(\d{1,4}) (minute|hour|day|week)s?", re.ASCII)


def _span(value: Any) -> Any:
    found = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError('isn\'t a duration: write it like "2 hours", "3 days" or "2 weeks"')
    return timedelta(**{f"{found[2]}s": int(found[1])})


def _amounts(value: Any) -> Any:
    if not isinstance(value, dict):
        raise ValueError('isn\'t a table of amounts: write it like { eur = "500" }')  # noqa: TRY004  # pydantic gathers those
    amounts = {}
    for currency, text in value.items():
        if not re.fullmatch(r"[a-z]{3}", currency):
            raise ValueError(f'"{currency}" isn\'t a currency: write it like eur')
        if not isinstance(text, str):
            raise ValueError(f'the amount of {currency} must be in quotes, like "49.50"')  # noqa: TRY004
        amounts[currency] = typed_money(text, currency)
    return amounts


def _decimal(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        raise ValueError("isn't a number")  # noqa: TRY004  # pydantic gathers ValueErrors
    return Decimal(str(value))


Duration = Annotated[timedelta, BeforeValidator(_span)]
AmountTable = Annotated[dict[str, Money], BeforeValidator(_amounts)]
Percent = Annotated[Decimal, BeforeValidator(_decimal), Field(ge=0, le=100)]
RuleName = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\r\n`*_~<>|]+$")]
ShortText = Annotated[str, Field(min_length=1, max_length=200)]
CountryCode = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
ReasonCode = Literal[
    "too_expensive", "unused", "missing_features", "switched_service", "customer_service", "too_complex", "low_quality",
    "other", "none",
]  # fmt: skip
CancellationKind = Literal["cancellation_requested", "payment_failed", "payment_disputed", "trial_ended"]
TimeOfDay = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class Schema(BaseModel):
    """A table of the file; a misspelt key is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, defer_build=True)
