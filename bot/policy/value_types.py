"""The types of the policy file's values, and the base of its tables."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from bot.policy.codes import country_fault, currency_fault
from domain.money import Money
from wording.money import NotAnAmount, typed_money
from wording.sanitize import one_line

_SPAN = re.compile(r"(\d{1,4}) (minute|hour|day|week)s?", re.ASCII)


def _span(value: Any) -> Any:
    found = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError('isn\'t a duration: write it like "2 hours", "3 days" or "2 weeks"')
    return timedelta(**{f"{found[2]}s": int(found[1])})


def _lasting(value: timedelta) -> timedelta:
    if not value:
        raise ValueError('must be longer than nothing: write it like "7 days"')
    return value


def _amounts(value: Any) -> Any:
    if not isinstance(value, dict):
        raise ValueError('isn\'t a table of amounts: write it like { eur = "500" }')  # noqa: TRY004  # pydantic gathers those
    amounts, wrong = {}, []
    for currency, text in value.items():
        fault = currency_fault(currency)
        if fault is None and not isinstance(text, str):
            fault = f'the amount of {currency} must be in quotes, like "49.50"'
        if fault is None:
            try:
                amounts[currency] = typed_money(text, currency)
            except NotAnAmount as error:
                fault = str(error)
        wrong += [fault] if fault else []
    if wrong:
        raise ValueError("; ".join(wrong))
    return amounts


def _decimal(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)) or not Decimal(str(value)).is_finite():
        raise ValueError("isn't a number: write it without quotes, like 20")
    return Decimal(str(value))


def _whole(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("isn't a whole number: write it without quotes, like 3")  # noqa: TRY004
    return value


def _yes_or_no(value: Any) -> Any:
    if not isinstance(value, bool):
        raise ValueError("must be true or false, in small letters and without quotes")  # noqa: TRY004
    return value


def _country(value: str) -> str:
    fault = country_fault(value)
    if fault is not None:
        raise ValueError(fault)
    return value


def _member(value: str) -> str:
    if not re.fullmatch(r"[UW][A-Z0-9]{2,20}", value):
        raise ValueError('isn\'t the Slack id of a person; write it like "U0123456789"')
    return value


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("is empty: write something between the quotes, or leave it out")
    return value


def _phrase(value: str) -> str:
    if len(value.strip()) == 1:
        raise ValueError(
            f'"{value.strip()}" is in almost every comment; write a whole phrase, like "do not contact me"'
        )
    return value


def _clean_name(value: str) -> str:
    if one_line(value) != value:
        raise ValueError(f'has spaces at an end or characters that nobody sees; write it like "{one_line(value)}"')
    return value


Duration = Annotated[timedelta, BeforeValidator(_span)]
Lifetime = Annotated[timedelta, BeforeValidator(_span), AfterValidator(_lasting)]
WholeNumber = Annotated[int, BeforeValidator(_whole)]
YesOrNo = Annotated[bool, BeforeValidator(_yes_or_no)]
AmountTable = Annotated[dict[str, Money], BeforeValidator(_amounts)]
Percent = Annotated[Decimal, BeforeValidator(_decimal), Field(ge=0, le=100)]
RuleName = Annotated[
    str,
    Field(min_length=1, max_length=60, pattern=r"^[^\r\n`*_~<>|]+$"),
    AfterValidator(_not_blank),
    AfterValidator(_clean_name),
]
ShortText = Annotated[str, Field(max_length=200), AfterValidator(_not_blank)]
Phrase = Annotated[ShortText, AfterValidator(_phrase)]
CountryCode = Annotated[str, AfterValidator(_country)]
MemberId = Annotated[str, AfterValidator(_member)]
ReasonCode = Literal[
    "too_expensive", "unused", "missing_features", "switched_service", "customer_service", "too_complex", "low_quality",
    "other", "none",
]  # fmt: skip
CancellationKind = Literal["cancellation_requested", "payment_failed", "payment_disputed", "trial_ended"]
TimeOfDay = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class Schema(BaseModel):
    """A table of the file; a misspelt key is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, defer_build=True)
