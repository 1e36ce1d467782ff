"""The letters that customers get, as plain text and as HTML that says the same."""

import re
from datetime import tzinfo

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from domain.letter import Letter, LinkLetter
from domain.subscription import Customer
from wording.company import Company
from wording.cut import cut, one_line
from wording.dates import day_and_time
from wording.locale import locale_of
from wording.ordinal import count
from wording.purpose import button, opens

_NAME_LENGTH = 60
# A "name" with these may be an address in disguise, which mail programs would turn into a link.
_NO_NAME = re.compile(r"[/\\:@<>\[\]]|www|\.\w", re.IGNORECASE)


class Letters:
    """Writes letters in the company's name (the port `LetterWriter`); times are said in `zone`.

    Nothing that a customer wrote comes into a subject; in the text it is one short line.
    """

    def __init__(self, company: Company, *, zone: tzinfo) -> None:
        self._company = company
        self._zone = zone
        self._templates = Environment(
            loader=PackageLoader("wording"),
            autoescape=select_autoescape(("html.j2",)),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )

    def link(self, content: LinkLetter, *, message_id: str) -> Letter:
        """Write the letter with a portal link; a customer without an address on file raises ValueError."""
        return self._letter(
            "link",
            customer=content.customer,
            subject=f"Your link to your billing page at {self._name}",
            message_id=message_id,
            words={
                "url": content.url,
                "opens": opens(content.purpose),
                "button": button(content.purpose),
                "agent": cut(one_line(content.agent), _NAME_LENGTH),
                "until": day_and_time(content.expires_at, zone=self._zone, locale=locale_of(content.customer)),
                "times": count(content.openings, "time"),
            },
        )

    def code(self, *, customer: Customer, code: str, minutes: int, message_id: str) -> Letter:
        """Write the letter with a six-digit code; a customer without an address on file raises ValueError."""
        return self._letter(
            "code",
            customer=customer,
            subject=f"Your code for your billing page at {self._name}",
            message_id=message_id,
            words={"code": code, "minutes": count(minutes, "minute")},
        )

    @property
    def _name(self) -> str:
        return one_line(self._company.name)

    def _letter(
        self, template: str, *, customer: Customer, subject: str, message_id: str, words: dict[str, str]
    ) -> Letter:
        if not customer.email:
            raise ValueError(f"{customer.id} has no e-mail address on file")
        shown = {**words, "subject": subject, "greeting": _greeting(customer), "company": self._company}
        return Letter(
            to=customer.email,
            subject=subject,
            text=self._templates.get_template(f"{template}.txt.j2").render(shown),
            html=self._templates.get_template(f"{template}.html.j2").render(shown),
            message_id=message_id,
        )


def _greeting(customer: Customer) -> str:
    name = one_line(customer.name or "")
    return f"Hello {name}," if name and len(name) <= _NAME_LENGTH and not _NO_NAME.search(name) else "Hello,"
