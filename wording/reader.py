"""The reader of an email or a page: how amounts, days and times are written for them."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton

from domain.billing.subscription import Customer
from domain.money import Money
from wording.dates import DAY_FIRST, day_and_time, full_day
from wording.money import money


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """One reader. `locale` is an English one; of a reader whose country is not known, the one with the day first."""

    zone: tzinfo
    locale: str = DAY_FIRST

    @classmethod
    def of(cls, customer: Customer, *, zone: tzinfo) -> "Reader":
        """Write as in a customer's country."""
        return cls(zone=zone, locale=locale_of(customer))

    def amount(self, amount: Money) -> str:
        """Write an amount: "€49"; where the day comes first, still "$49", as that locale's "US$49" is of no use."""
        return money(amount, locale="en" if self.locale == DAY_FIRST else self.locale)

    def day(self, moment: datetime) -> str:
        """Write a day with its year: "3 Dec 2026"."""
        return full_day(moment, zone=self.zone, locale=self.locale)

    def moment(self, moment: datetime) -> str:
        """Write a moment so that nobody can mistake it: "Thu, 3 Dec 2026, 14:05 UTC"."""
        return day_and_time(moment, zone=self.zone, locale=self.locale)

    def spoken_day(self, moment: datetime, *, now: datetime) -> str:
        """Write a day to go on after a verb: "today", "on 3 December", "on 3 January 2027"."""
        date, today = moment.astimezone(self.zone).date(), now.astimezone(self.zone).date()
        if date == today:
            return "today"
        if date.year != today.year:
            return f"on {format_date(date, 'long', locale=self.locale)}"
        return f"on {format_skeleton('MMMMd', moment, tzinfo=self.zone, locale=self.locale)}"


def locale_of(customer: Customer) -> str:
    """Return the English of a customer's preferred locale or country, e.g. "en_US" or "en_DE"; unknown: day first."""
    for tag in (customer.locale, customer.country and f"en-{customer.country}"):
        if tag and tag.lower().startswith("en-") and (known := _known(tag)):
            return known
    return DAY_FIRST


def _known(tag: str) -> str | None:
    try:
        return str(Locale.parse(tag, sep="-", resolve_likely_subtags=False))
    except (ValueError, UnknownLocaleError):
        return None
