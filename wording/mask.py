"""Names and addresses so that their owner recognises them and a stranger learns little."""

from domain.billing.subscription import Customer
from wording.sanitize import ELLIPSIS, one_line

_WORDS = 3


def mask_customer(customer: Customer) -> tuple[str | None, str | None]:
    """Mask a customer's name and address; None for what is not on file."""
    return (
        mask_name(customer.name) or None if customer.name else None,
        mask_address(customer.email) if customer.email else None,
    )


def mask_address(address: str) -> str:
    """Mask an e-mail address: "dana@acme.com" becomes "d…a@a…e.com". What is no address is masked as one word."""
    local, at, domain = one_line(address).rpartition("@")
    if not at:
        return _word(domain)
    host, dot, ending = domain.rpartition(".")
    return f"{_word(local)}@{_word(host)}{dot}{ending}" if dot else f"{_word(local)}@{_word(domain)}"


def mask_name(name: str) -> str:
    """Mask a name by its words' first letters: "Dana Scully" becomes "D… S…"; at most three words."""
    return " ".join(word[0] + ELLIPSIS for word in one_line(name).split()[:_WORDS])


def _word(word: str) -> str:
    """Keep the first and the last of four and more characters, the first of two or three, else nothing."""
    if len(word) < 2:
        return ELLIPSIS
    return word[0] + ELLIPSIS + (word[-1] if len(word) > 3 else "")
