"""Codes of currencies and countries, and which one a misspelled code probably meant."""

from collections.abc import Iterable
from difflib import SequenceMatcher

from babel import Locale
from babel.core import get_global

from wording.sanitize import cut

# Stripe: "Supported currencies" (https://docs.stripe.com/currencies), those that customers can be charged in.
_CHARGED_IN = (
    "eur usd gbp chf aud cad jpy sek nok dkk pln czk nzd aed afn all amd ang aoa ars awg azn bam bbd bdt bgn bhd bif "
    "bmd bnd bob brl bsd bwp byn bzd cdf clp cny cop crc cve djf dop dzd egp etb fjd fkp gel gip gmd gnf gtq gyd hkd "
    "hnl htg huf idr ils inr isk jmd jod kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt "
    "mop mur mvr mwk mxn myr mzn nad ngn nio npr omr pab pen pgk php pkr pyg qar ron rsd rub rwf sar sbd scr sgd shp "
    "sle sos srd std szl thb tjs tnd top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd xcg xof xpf yer zar "
    "zmw"
)
CURRENCIES = tuple(_CHARGED_IN.split())
"""Currencies that Stripe charges in, the most common ones first."""

_NO_COUNTRIES = frozenset({"EU", "EZ", "UN", "QO", "ZZ", "XA", "XB", "CP", "CQ", "DG", "EA", "IC"})
"""Regions and place-holders that CLDR lists among the countries."""
_HABITS = {"EL": "GR", "EN": "GB", "SP": "ES", "JA": "JP"}
"""Codes that people write by habit: of the VAT, of a language, of the road."""

COUNTRIES = tuple(
    code
    for code in sorted(Locale("en").territories)
    if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRIES  # ISO 3166-1 alpha-2
)

_ALIKE = 0.6
_MOST_QUOTED = 80


def currency_fault(code: str) -> str | None:
    """Return what is wrong with a currency's code, or None."""
    if code in CURRENCIES:
        return None
    code = cut(code, _MOST_QUOTED)
    if code.lower() in CURRENCIES:
        return f'"{code}" must be in small letters: write {code.lower()}'
    meant = closest(code.lower()[:3], CURRENCIES)
    return f'"{code}" isn\'t a currency that Stripe charges in' + (
        f": did you mean {meant}?" if meant else ": write it like eur"
    )


def country_fault(code: str) -> str | None:
    """Return what is wrong with a country's code, or None."""
    if code in COUNTRIES:
        return None
    code = cut(code, _MOST_QUOTED)
    if code.upper() == "EU":
        return '"EU" isn\'t a country: list its countries, like ["DE", "FR"]'
    official = get_global("territory_aliases").get(code.upper(), [])
    meant = next(
        (each for each in [code.upper(), _HABITS.get(code.upper()), *official] if each in COUNTRIES), None
    ) or _named(code)
    hint = f"did you mean {meant}?" if meant else "write its two capital letters, like DE"
    return f"\"{code}\" isn't a country's code: {hint}"


def closest(written: str, known: Iterable[str]) -> str | None:
    """Return the known word that is most like what was written, or None; the same letters in another order win."""
    choices = tuple(known)

    def likeness(choice: str) -> float:
        same_letters = sorted(choice) == sorted(written)
        return same_letters + SequenceMatcher(None, written, choice).ratio()

    best = max(choices, key=likeness, default=None)
    return best if best is not None and likeness(best) >= _ALIKE else None


def _named(name: str) -> str | None:
    """Return the code of a country by its English name: "Germany"."""
    names = Locale("en").territories
    return next((code for code in COUNTRIES if names[code].casefold() == name.casefold()), None)
