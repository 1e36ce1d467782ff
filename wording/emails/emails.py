"""The emails that customers get, as plain text and as HTML that says the same."""

import re
from collections.abc import Mapping
from datetime import tzinfo

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from domain.billing.subscription import Customer
from domain.email import ConfirmationEmail, Email, LinkEmail, OfferEmail, RestartEmail
from wording.accept_page import caption, remarks
from wording.by_invoice import first_invoice, how_they_pay, invoice_sentence
from wording.company import Company
from wording.emails import default_text
from wording.emails.custom_template import fill_subject, fill_text, paragraphs
from wording.grammar import count
from wording.offer_for_customer import in_full, offered
from wording.price_steps import plus_tax, tax_sentence
from wording.purpose import BUTTONS, OPENS
from wording.reader import Reader
from wording.reason import feedback
from wording.sanitize import cut, one_line
from wording.schedule import FirstPayment, schedule

_NAME_LENGTH = 60
# A "name" with these may be an address in disguise, which mail programs would turn into a link.
_NO_NAME = re.compile(r"[/\\:@<>\[\]]|www|\.\w", re.IGNORECASE)


class Emails:
    """Writes emails in the company's name (the port `EmailWriter`); times are said in `zone`.

    Nothing that a customer wrote gets into a subject; in the text it is one short line.
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

    def link(self, content: LinkEmail, *, message_id: str) -> Email:
        """Write the email with a portal link; a customer without an address on file raises ValueError."""
        return self._email(
            "link",
            customer=content.customer,
            subject=f"Your link to your billing page at {self._name}",
            message_id=message_id,
            words={
                "url": content.url,
                "opens": OPENS[content.purpose],
                "button": BUTTONS[content.purpose],
                "agent": cut(one_line(content.agent), _NAME_LENGTH),
                "until": self._reader(content.customer).moment(content.expires_at),
                "times": count(content.openings, "time"),
                "unasked_url": content.unasked_url,
            },
        )

    def code(self, *, customer: Customer, code: str, minutes: int, unasked_url: str, message_id: str) -> Email:
        """Write the email with a six-digit code; a customer without an address on file raises ValueError.

        `unasked_url` is the page of *I didn't ask for this*.
        """
        return self._email(
            "code",
            customer=customer,
            subject=f"Your code at {self._name}",
            message_id=message_id,
            words={"code": code, "minutes": count(minutes, "minute"), "unasked_url": unasked_url},
        )

    def offer(self, content: OfferEmail, *, message_id: str) -> Email:
        """Write a win-back email; a customer without an address on file raises ValueError, and so does a call.

        A rule's own words replace ours; the offer's terms, its link and the footer are always ours. A rule's template
        that can't be filled raises `custom_template.UnusableTemplate`.
        """
        reader = self._reader(content.customer)
        values, note = self._values(content, reader), paragraphs(content.note or "")
        if content.subject is not None:
            subject = fill_subject(content.subject, values)
        else:
            subject = default_text.subject(content, company=self._name, reader=reader)
        if content.reminds_of is not None:
            subject = f"Reminder: {subject}"
            own: tuple[str, ...] = (default_text.reminder(content, reader=reader),)
        elif content.text is not None:
            own = (*fill_text(content.text, values), *note)
        else:
            own = (default_text.happened(content), *note, default_text.can_do(content))
        return self._email(
            "offer",
            customer=content.customer,
            subject=subject,
            message_id=message_id,
            unsubscribe_url=content.unsubscribe_url,
            words={
                "paragraphs": own,
                "terms": (
                    *in_full(content.terms, reader=reader),
                    *filter(None, (first_invoice(content.terms, first=None, reader=reader),)),
                ),
                "paid_by": how_they_pay(content.terms),
                "tax": tax_sentence(content.terms.tax),
                "steps_told": bool(content.terms.steps),
                "url": content.offer_url,
                "button": default_text.button(content.terms),
                "until": values["expires"],
                "code": content.code,
                "ended": content.terms.phase == "ended",
                "reminder": content.reminds_of is not None,
                "unsubscribe_url": content.unsubscribe_url,
            },
        )

    def confirmation(self, content: ConfirmationEmail, *, message_id: str) -> Email:
        """Write the email that repeats what was accepted; a customer without an address on file raises ValueError."""
        reader, terms = self._reader(content.customer), content.terms
        first = FirstPayment.agreed(content.first_due, terms)
        back = terms.way == "checkout"
        return self._email(
            "confirmation",
            customer=content.customer,
            subject=f"Welcome back to {self._name}" if back else f"Your subscription at {self._name} goes on",
            message_id=message_id,
            words={
                "plan": content.plan,
                "back": back,
                "trial": terms.phase == "trialing",
                "offered": offered(terms, reader=reader),
                "caption": caption(terms),
                "invoiced": first_invoice(terms, first=first, reader=reader),
                "payments": schedule(terms, first=first, reader=reader),
                "conditions": remarks(terms, first=first, reader=reader),
                "undo_url": content.undo_url,
                "undo_until": reader.moment(content.undo_until) if content.undo_until is not None else None,
            },
        )

    def restart(self, content: RestartEmail, *, message_id: str) -> Email:
        """Write the email before billing restarts; a customer without an address on file raises ValueError."""
        reader = self._reader(content.customer)
        return self._email(
            "restart",
            customer=content.customer,
            subject=f"Your pause at {self._name} is about to end",
            message_id=message_id,
            words={
                "plan": content.plan,
                "day": reader.day(content.restarts_at),
                "first": _restarts(content, reader),
                "tax": tax_sentence(content.tax),
                "url": content.portal_url,
            },
        )

    def _values(self, content: OfferEmail, reader: Reader) -> Mapping[str, str]:
        """Return what a rule's own words may name."""
        return {
            "company": self._name,
            "plan": content.plan,
            "offer": offered(content.terms, reader=reader),
            "expires": reader.moment(content.expires_at),
            "name": _name_of(content.customer) or "",
            "reason": feedback(content.reason) if content.reason is not None else "",
            "code": content.code or "",
        }

    def _reader(self, customer: Customer) -> Reader:
        return Reader.of(customer, zone=self._zone)

    @property
    def _name(self) -> str:
        return one_line(self._company.name)

    def _email(
        self,
        template: str,
        *,
        customer: Customer,
        subject: str,
        message_id: str,
        words: Mapping[str, object],
        unsubscribe_url: str | None = None,
    ) -> Email:
        if not customer.email:
            raise ValueError(f"{customer.id} has no email address on file")
        shown = {**words, "subject": subject, "greeting": _greeting(customer), "company": self._company}
        return Email(
            to=customer.email,
            subject=subject,
            text=self._templates.get_template(f"{template}.txt.j2").render(shown),
            html=self._templates.get_template(f"{template}.html.j2").render(shown),
            message_id=message_id,
            unsubscribe_url=unsubscribe_url,
        )


def _restarts(content: RestartEmail, reader: Reader) -> str:
    """Return what is paid first after a pause."""
    amount = plus_tax(reader.amount(content.amount), content.tax)
    if not content.pays_by_invoice:
        return f"The next payment is {amount}."
    return invoice_sentence(amount, content.restarts_at, days=content.days_until_due, reader=reader)


def _greeting(customer: Customer) -> str:
    name = _name_of(customer)
    return "Hello," if name is None else f"Hello {name},"


def _name_of(customer: Customer) -> str | None:
    """Return a customer's name, if it can be used in an email."""
    name = one_line(customer.name or "")
    return name if name and len(name) <= _NAME_LENGTH and not _NO_NAME.search(name) else None
