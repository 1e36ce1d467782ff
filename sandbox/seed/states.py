"""Customers who differ by what happened to them: trials, failed payments, pauses, ends of every kind."""

from __future__ import annotations

from sandbox.seed.story import Seeded
from sandbox.stripe.account import Account
from sandbox.stripe.ledger import DAY, Json


def _fail_unpaid(account: Account, customer: Json, subscription: Json) -> None:
    for invoice in account.invoices.of(subscription, status="open"):
        invoice["next_payment_attempt"] = None
    account.cycle.set_status(subscription, "unpaid")


def _refund_some(account: Account, customer: Json, subscription: Json) -> None:
    account.refund(account.invoices.of(subscription, status="paid")[-1], 2000)


STATES = [
    Seeded("lea", "Lea Novak", "lea@novak-mail.com", "on trial", lambda s: s.joined("pro_eur", days=4, trial_days=14)),
    Seeded(
        "moe",
        "Moe Adler",
        "moe@adler-mail.com",
        "on trial without a card, which ends it",
        lambda s: s.joined("pro_usd", days=4, trial_days=14, has_card=False, without_card="cancel"),
    ),
    Seeded(
        "nora",
        "Nora Quist",
        "nora@quist-mail.com",
        "past due",
        lambda s: s.joined("pro_eur", months=6, days=4).then(
            6, lambda a, c, _: a.fail_payments(c, "insufficient_funds")
        ),
        "DK",
    ),
    Seeded(
        "otto",
        "Otto Brandt",
        "otto@brandt-mail.com",
        "unpaid",
        lambda s: (
            s.joined("pro_eur", months=6, days=16)
            .then(18, lambda a, c, _: a.fail_payments(c, "do_not_honor"))
            .then(1.5, _fail_unpaid)
        ),
        "DE",
    ),
    Seeded(
        "pia",
        "Pia Conti",
        "pia@conti-mail.com",
        "collection paused",
        lambda s: s.joined("pro_eur", months=6).then(9, lambda a, _, s: a.subscriptions.pause_collection(s, "void")),
        "IT",
    ),
    Seeded(
        "quin",
        "Quin Avery",
        "quin@avery-mail.com",
        "really paused",
        lambda s: s.joined("pro_usd", months=6).then(9, lambda a, _, s: a.subscriptions.pause(s)),
    ),
    Seeded(
        "rita",
        "Rita Sousa",
        "rita@sousa-mail.com",
        "first payment not confirmed",
        lambda s: s.joined("pro_eur", days=0.1, incomplete=True),
        "PT",
    ),
    Seeded(
        "sven",
        "Sven Holm",
        "sven@holm-mail.com",
        "canceled, too expensive",
        lambda s: s.joined("pro_eur", months=11, days=19).then(40, lambda a, _, s: a.portal_cancel(s, "too_expensive")),
        "SE",
    ),
    Seeded(
        "tara",
        "Tara Singh",
        "tara@singh-mail.com",
        "canceled without a reason",
        lambda s: s.joined("starter_gbp", months=3, days=18, flexible=False).then(
            25, lambda a, _, s: a.portal_cancel(s)
        ),
        "GB",
        consent=None,
    ),
    Seeded(
        "fred",
        "Fred Nowak",
        "fred@nowak-mail.com",
        "canceled after failed payments",
        lambda s: s.joined("pro_usd", months=5, days=26).then(28, lambda a, c, _: a.fail_payments(c, "expired_card")),
        consent=None,
    ),
    Seeded(
        "drew",
        "Drew Castle",
        "drew@castle-mail.com",
        "canceled after a dispute",
        lambda s: s.joined("pro_usd", months=2).then(6, lambda a, _, s: a.dispute(s)),
    ),
    Seeded(
        "ugo",
        "Ugo Ferri",
        "ugo@ferri-mail.com",
        "deleted",
        lambda s: s.joined("pro_eur", months=4).then(8, lambda a, c, _: a.delete_customer(c)),
        "IT",
    ),
    Seeded(
        "vera",
        "Vera Blom",
        "vera@blom-mail.com",
        "born with its end",
        lambda s: s.joined("pro_eur", months=2, ends_in_days=75),
        "NL",
    ),
    Seeded(
        "walt",
        "Walt Burke",
        "walt@burke-mail.com",
        "to end, classic billing",
        lambda s: s.joined("pro_usd", months=8, flexible=False).then(5, lambda a, _, s: a.portal_cancel(s, "unused")),
        consent=None,
    ),
    Seeded(
        "xena",
        "Xena Doukas",
        "xena@doukas-mail.com",
        "to end, flexible billing",
        lambda s: s.joined("pro_eur", months=8).then(
            3, lambda a, _, s: a.portal_cancel(s, "other", "We are closing our shop in spring.")
        ),
        "GR",
    ),
    Seeded(
        "mona",
        "Mona Berg",
        "mona@old-mail.com",
        "address changed two days ago to mona@berg-mail.com",
        lambda s: s.joined("pro_eur", months=9).then(2, lambda a, c, _: a.update_email(c, "mona@berg-mail.com")),
        "NO",
    ),
    Seeded(
        "nils",
        "Nils Dahl",
        "nils@dahl-mail.com",
        "no card, pays by transfer",
        lambda s: s.joined("pro_eur", months=9, has_card=False, collection_method="send_invoice"),
        "NO",
    ),
    Seeded(
        "stella",
        "Stella Frank",
        "stella@frank-mail.com",
        "led by a schedule, which ends it in three months",
        lambda s: s.joined("pro_eur", months=4).then(
            40, lambda a, _, s: a.schedule(s, ends_at=a.ledger.now + 130 * DAY)
        ),
        "DE",
    ),
    Seeded(
        "arno",
        "Arno Beck",
        "arno@beck-mail.com",
        "on a price that is not sold any more",
        lambda s: s.joined("pro_eur_old", months=8),
        "DE",
    ),
    Seeded(
        "remy",
        "Rémy Blanc",
        "remy@blanc-mail.com",
        "got $20 back",
        lambda s: s.joined("pro_usd", months=5).then(10, _refund_some),
    ),
    Seeded(
        "tessa",
        "Tessa Young",
        "tessa@young-mail.com",
        "left eight months ago, came back",
        lambda s: (
            s.joined("starter_usd", months=12)
            .then(240, lambda a, _, s: a.portal_cancel(s, "missing_features"))
            .joined("pro_usd", months=2)
        ),
    ),
    Seeded("lone", "Lone Jensen", "lone@jensen-mail.com", "never subscribed", lambda s: s.exists(), "DK"),
]
