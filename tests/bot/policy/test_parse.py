"""Reading a policy file: the built-in one, every fault by rule and key, and parts that belong together."""

from datetime import time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from bot.policy import PolicyError, PolicyFile, built_in, read_policy
from bot.policy.rule_texts import audience_text, never_text, step_text
from domain.money import Money
from domain.winback.offer import DiscountOffer, SwitchPlan

HEAD = '[[rules]]\nname = "one"\n'


def read(text: str, **settings: object) -> PolicyFile:
    zone = settings.get("zone")
    assert zone is None or isinstance(zone, ZoneInfo)
    return read_policy(text, zone=zone, internal_domains=frozenset())


def faults(text: str) -> tuple[str, ...]:
    with pytest.raises(PolicyError) as faulty:
        read(text)
    return faulty.value.faults


def step(text: str, *, head: str = HEAD) -> str:
    return f"{head}[[rules.steps]]\n{text}\n"


def test_built_in_policy_matches_its_text() -> None:
    policy = read(built_in()).policy

    assert [rule.name for rule in policy.rules][:3] == ["disputed", "payment failed", "too expensive"]
    dear = policy.rule("too expensive")
    assert dear is not None
    assert [each.offer for each in dear.steps] == [
        SwitchPlan(price_id=None),
        DiscountOffer(percent=Decimal(20), amount=None, invoices=3),
    ]
    assert (policy.limits.percent, policy.limits.cooldown, policy.limits.holdout) == (
        Decimal(30), timedelta(days=90), Decimal(0),
    )  # fmt: skip
    assert (policy.limits.hours.start, sorted(policy.limits.hours.weekdays)) == (time(9), [0, 1, 2, 3, 4])
    assert "never contact me" in policy.no_contact_phrases["en"]
    assert policy.consent.not_needed == frozenset()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (step('offer = "restart"'), 'rule "one", steps[1]: needs exactly one of after, before_end and after_end.'),
        (
            step('after = "2 hours"\noffer = "gift"'),
            'rule "one", steps[1].offer: "gift" isn\'t known here: write one of discount, ',
        ),
        (step('after = 2\noffer = "restart"'), 'rule "one", steps[1].after: isn\'t a duration: write it like '),
        (step('after = "2 hours"\noffer = "pause"'), 'rule "one", steps[1]: pause needs months.'),
        (step('after = "2 hours"\noffer = "restart"\ndays = 3'), 'rule "one", steps[1]: restart takes no days.'),
        (
            step('after = "2 hours"\noffer = "discount"\npercent = 40'),
            'rule "one", steps[1].percent: is above limits.percent, which is 30%.',
        ),
        (
            step('after = "2 hours"\noffer = "discount"\npercent = 20\nup_to = { percent = 50, invoices = 9 }'),
            'rule "one", steps[1].up_to.percent: is above limits.percent, which is 30%.',
        ),
        (
            step('after = "2 hours"\noffer = "free_months"\nmonths = 4'),
            'rule "one", steps[1].months: is above limits.invoices, which is 3.',
        ),
        (
            step('after_end = "2 days"\noffer = "pause"\nmonths = 1'),
            'rule "one", steps[1].after_end: pause isn\'t possible after the subscription has ended.',
        ),
        (
            step('after = "2 hours"\noffer = "extend_trial"\ndays = 7', head=f'{HEAD}phases = ["pending"]\n'),
            'rule "one", steps[1].offer: extend_trial isn\'t possible in a rule for these phases: pending.',
        ),
        (
            step('after = "2 hours"\noffer = "restart"\nsubject = "For {{ name }}"'),
            'rule "one", steps[1].subject: name cannot be named there; what can: company, plan, offer, expires.',
        ),
        (step('after = "2 hours"\noffer = "restart"\ntext = "{{ 7 * }}"'), 'rule "one", steps[1].text: line 1: '),
        (f'{HEAD}reasons = ["too dear"]', 'rule "one", reasons[1]: '),
        (
            f'{HEAD}never = ["pause"]\n[[rules.steps]]\nafter = "1 day"\noffer = "pause"\nmonths = 1',
            'rule "one": offers ',
        ),
        (f"{HEAD}{HEAD}", 'The file: two rules are called "one"; give each its own name.'),
        ("[[rules]]\n", 'rule 1, name: is missing: write it like name = "too expensive".'),
        ('[hours]\nstart = "18:00"\nend = "09:00"', "hours: start must come before end, on the same day, like "),
        ('[hours]\nweekdays = ["monday"]', "hours.weekdays[1]: "),
        ("[consent]\nnot_needed = ['usa']", "consent.not_needed[1]: "),
        ("[portal]\nreasons = ['none']", "portal.reasons: can't contain none: Stripe has no such reason."),
        ("[limits]\npercent = 120", "limits.percent: must be at most 100."),
    ],
)
def test_a_fault_is_named_by_rule_and_key(text: str, fault: str) -> None:
    assert any(each.startswith(fault) for each in faults(text)), faults(text)


@pytest.mark.parametrize("amount", ["5,00", "5.000", "-5", "1e9", "0", "5.0", "€5", ""])
def test_ambiguous_money_is_a_fault(amount: str) -> None:
    (fault,) = faults(f'[limits]\nbudget_a_month = {{ eur = "{amount}" }}')

    assert fault.startswith("limits.budget_a_month: ")
    assert "49.50" in fault


def test_money_is_read_to_the_minor_unit() -> None:
    limits = read('[limits]\nbudget_a_month = { eur = "500", jpy = "4900", kwd = "1.500" }').policy.limits

    assert limits.budget_a_month == {"eur": Money(50000, "eur"), "jpy": Money(4900, "jpy"), "kwd": Money(1500, "kwd")}


def test_all_faults_come_at_once() -> None:
    text = "[hours]\nstart = 'nine'\n[[rules]]\nnmae = 'x'\n" + step(
        'after = "2 hours"\noffer = "discount"\npercent = 40\ntext = "{{ who }}"'
    )

    assert [each.partition(": ")[0] for each in faults(text)] == [
        "hours.start",
        "rule 1, name",
        "rule 1, nmae",
        'rule "one", steps[1].percent',
        'rule "one", steps[1].text',
    ]


def test_digest_depends_on_content_and_zone() -> None:
    plain = read(HEAD).policy.digest

    assert read(f"# a remark\n\n{HEAD}").policy.digest == plain
    assert read(f"{HEAD}words = true").policy.digest != plain
    assert read(HEAD, zone=ZoneInfo("Europe/Berlin")).policy.digest != plain


def test_a_rule_is_said_in_words() -> None:
    text = (
        '[[rules]]\nname = "rich"\nreasons = ["unused", "none"]\ntags = ["Export"]\ncountries = ["DE", "FR", "US"]\n'
        'phases = ["pending"]\nwords = false\nmonthly_min = { eur = "100", usd = "120" }\npaid_months_max = 12\n'
        'never = ["discount"]\n[[rules.steps]]\nafter = "36 hours"\noffer = "pause"\nmonths = 1\n'
        "up_to = { months = 3 }\n"
    )

    (rule,) = read(text).policy.rules

    assert audience_text(rule.match) == (
        "who says: nothing or doesn't use it enough; who asked for: export; whose country is DE, FR or US; "
        "whose subscription is still paid up; without words of their own; worth €100 or $120 a month at least; "
        "who paid for 12 months at most"
    )
    assert step_text(rule.steps[0]) == (
        "36 hours after they asked: a pause of 1 month (a manager may go up to 3 months)"
    )
    assert never_text(rule) == "a discount"
