"""Offers as JSON: each is stored with its kind, as two kinds of offer may have the same fields."""

from typing import Annotated, Any

from pydantic import BeforeValidator, SerializerFunctionWrapHandler, WrapSerializer

from domain.winback.decision import Rejection
from domain.winback.offer import KINDS, kind_of
from domain.winback.terms import OfferTerms
from storage.database.column_types import adapter_of

_KIND = "kind"
_SHAPES: dict[str, Any] = {kind: shape for shape, kind in KINDS.items()}


def _name_kind(value: OfferTerms | Rejection, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
    written: dict[str, Any] = write(value)
    if value.offer is not None:
        written["offer"][_KIND] = kind_of(value.offer)
    return written


def _read_kind(stored: dict[str, Any]) -> dict[str, Any]:
    offer = stored["offer"]
    return stored if offer is None else stored | {"offer": adapter_of(_SHAPES[offer[_KIND]]).validate_python(offer)}


StoredTerms = Annotated[OfferTerms, BeforeValidator(_read_kind), WrapSerializer(_name_kind)]
StoredRejected = Annotated[Rejection, BeforeValidator(_read_kind), WrapSerializer(_name_kind)]
