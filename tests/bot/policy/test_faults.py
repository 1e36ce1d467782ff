"""Policy files that can never do what they say: each fault in plain words, by rule and key, with what to write."""

from pathlib import Path

import pytest

from bot.policy import PolicyError, read_policy
from bot.policy.parse import read_policy_file

RULE = '[[rules]]\nname = "one"\n'
STEP = f"{RULE}[[rules.steps]]\n"
FIVE_DOLLARS = 'offer = "discount"\namount = { usd = "5" }'
DISCOUNT = 'offer = "discount"\npercent = 20\n'
AFTER_END = f'{STEP}after_end = "14 days"\n{DISCOUNT}'


def faults(text: str) -> tuple[str, ...]:
    try:
        read_policy(text, zone=None, internal_domains=frozenset())
    except PolicyError as faulty:
        return faulty.faults
    return ()


def warnings(text: str) -> tuple[str, ...]:
    return read_policy(text, zone=None, internal_domains=frozenset()).warnings


def two_rules(first: str, second: str) -> str:
    return f'[[rules]]\nname = "first"\n{first}\n[[rules]]\nname = "second"\n{second}\n'


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        # misspelled words
        (
            '[limits]\nbudget_a_month = { eru = "500" }',
            'limits.budget_a_month: "eru" isn\'t a currency that Stripe charges in: did you mean eur?',
        ),
        (
            '[limits]\nbudget_a_month = { EUR = "500" }',
            'limits.budget_a_month: "EUR" must be in small letters: write eur.',
        ),
        (
            f'{RULE}monthly_min = {{ euro = "5" }}',
            'rule "one", monthly_min: "euro" isn\'t a currency that Stripe charges',
        ),
        (f'{RULE}countries = ["UK"]', 'rule "one", countries[1]: "UK" isn\'t a country\'s code: did you mean GB?'),
        (
            f'{RULE}countries = ["Germany"]',
            'rule "one", countries[1]: "Germany" isn\'t a country\'s code: did you mean DE?',
        ),
        ('[consent]\nnot_needed = ["UK"]', "consent.not_needed[1]: \"UK\" isn't a country's code: did you mean GB?"),
        ('[consent]\nnot_needed = ["EU"]', 'consent.not_needed[1]: "EU" isn\'t a country: list its countries, like '),
        (
            f'{STEP}after_end = "14 days"\noffer = "discount"\namount = {{ kwd = "4.905" }}',
            'rule "one", steps[1].amount: Stripe charges KWD only with 0 as the last decimal, like 49.500.',
        ),
        ("[limts]\npercent = 20", "limts: is an unknown key: did you mean limits?"),
        (
            f'{STEP}befor_end = "3 days"\n{DISCOUNT}',
            'rule "one", steps[1].befor_end: is an unknown key: did you mean before',
        ),
        (
            f'{RULE}kinds = ["payment_fail"]',
            'rule "one", kinds[1]: "payment_fail" isn\'t known here: did you mean payment_fai',
        ),
        # values of another type
        ("[limits]\ninvoices = true", "limits.invoices: isn't a whole number: write it without quotes, like 3."),
        ('[limits]\ninvoices = "3"', "limits.invoices: isn't a whole number: write it without quotes, like 3."),
        ("[limits]\ninvoices = 2.0", "limits.invoices: isn't a whole number: write it without quotes, like 3."),
        ("[limits]\npercent = true", "limits.percent: isn't a number: write it without quotes, like 20."),
        ("[limits]\npercent = nan", "limits.percent: isn't a number: write it without quotes, like 20."),
        (
            "[limits]\nsecond_discount = 1",
            "limits.second_discount: must be true or false, in small letters and without",
        ),
        (f'{RULE}words = "no"', 'rule "one", words: must be true or false, in small letters and without quotes.'),
        (
            f"{AFTER_END}invoices = true",
            'rule "one", steps[1].invoices: isn\'t a whole number: write it without quotes',
        ),
        (f"{AFTER_END}up_to = {{ invoices = true }}", 'rule "one", steps[1].up_to.invoices: isn\'t a whole number: '),
        (f"{AFTER_END}up_to = 25", 'rule "one", steps[1].up_to: must be a table: write it like { percent = 25 }.'),
        (
            f"{RULE}paid_months_min = true",
            'rule "one", paid_months_min: isn\'t a whole number: write it without quotes',
        ),
        (f'{RULE}reasons = "unused"', 'rule "one", reasons: must be a list in square brackets, like ["unused"].'),
        (
            f"{RULE}monthly_min = 100",
            'rule "one", monthly_min: isn\'t a table of amounts: write it like { eur = "500" }.',
        ),
        ("limits = 3", "limits: must be a table: write [limits], and its keys below it."),
        (
            "rules = 3",
            'rules: must be a list in square brackets, like ["…"] (rules and steps begin with [[rules]] and ',
        ),
        ('[hours]\nstart = "9:00"', 'hours.start: isn\'t a time of day: write it like "09:00".'),
        ("[hours]\nweekdays = []", 'hours.weekdays: is empty: name at least one, like ["mon"].'),
        (
            '[words]\nnever_contact.en = [" "]',
            "words.never_contact.en[1]: is empty: write something between the quotes",
        ),
        # times that never come
        (
            '[limits]\noffer_lifetime = "0 days"',
            'limits.offer_lifetime: must be longer than nothing: write it like "7 days".',
        ),
        (
            '[limits]\nproposal_lifetime = "0 hours"',
            "limits.proposal_lifetime: must be longer than nothing: write it like ",
        ),
        (
            '[limits]\noldest_case = "0 days"',
            'limits.oldest_case: must be longer than nothing: write it like "7 days".',
        ),
        (
            f'{STEP}before_end = "0 days"\n{DISCOUNT}',
            'rule "one", steps[1].before_end: must be longer than nothing: write',
        ),
        (
            f'[limits]\noldest_case = "30 days"\n{STEP}after_end = "60 days"\n{DISCOUNT}',
            'rule "one", steps[1].after_end: never comes, because limits.oldest_case ends all offers after 30 days; ',
        ),
        (
            f'[limits]\noldest_case = "14 days"\n{AFTER_END}',
            'rule "one", steps[1].after_end: never comes, because limits.oldest_case ends all offers after 14 days; ',
        ),
        (
            f'{RULE}kinds = ["payment_failed"]\n[[rules.steps]]\nafter = "130 days"\n{DISCOUNT}',
            'rule "one", steps[1].after: never comes, because limits.oldest_case ends all offers after 120 days; ',
        ),
        (
            f'{RULE}phases = ["ended"]\n[[rules.steps]]\nbefore_end = "3 days"\n{DISCOUNT}',
            'rule "one", steps[1].before_end: never comes, because the rule is for ended ones only; write after_end = ',
        ),
        (
            f'{RULE}kinds = ["payment_failed"]\n[[rules.steps]]\nbefore_end = "3 days"\n{DISCOUNT}',
            'rule "one", steps[1].before_end: never comes, because the rule is for ended ones only; write after_end = ',
        ),
        (
            f'{RULE}phases = ["pending"]\n[[rules.steps]]\nafter_end = "3 days"\n{DISCOUNT}',
            'rule "one", steps[1].after_end: never comes, because the rule isn\'t for ended ones; write before_end = ',
        ),
        (
            '[limits]\noffer_lifetime = "3 days"\nremind_before_end = "3 days"',
            "limits.remind_before_end: never comes, because limits.offer_lifetime is 3 days and a reminder keeps",
        ),
        (
            '[limits]\nremind_before_end = "20 days"',
            "limits.remind_before_end: never comes, because limits.offer_lifetime is 14 days",
        ),
        ("[limits]\nremind_before_end = 3", 'limits.remind_before_end: isn\'t a duration: write it like "2 hours"'),
        # offers that never happen
        (
            f'{RULE}kinds = ["payment_failed"]\n[[rules.steps]]\nafter = "1 day"\noffer = "pause"\nmonths = 2',
            'rule "one", steps[1].offer: pause isn\'t possible in a rule for these phases: ended.',
        ),
        (
            f'{RULE}kinds = ["payment_disputed"]\n[[rules.steps]]\nafter = "1 day"\n{DISCOUNT}',
            'rule "one", steps[1].offer: never happens: nobody who disputes a payment gets an offer; remove the step.',
        ),
        (
            f'{RULE}monthly_min = {{ eur = "50" }}\n[[rules.steps]]\nafter = "1 day"\n{FIVE_DOLLARS}',
            'rule "one", steps[1].amount: is in USD, but monthly_min lets in only customers who pay in EUR.',
        ),
        # cases that never come
        (
            f'{RULE}monthly_min = {{ eur = "100" }}\nmonthly_max = {{ eur = "50" }}',
            'rule "one", monthly_min: €100 is above monthly_max, which is €50, so no case fits; swap the two.',
        ),
        (
            f'{RULE}monthly_min = {{ eur = "100" }}\nmonthly_max = {{ usd = "500" }}',
            'rule "one", monthly_max: has no currency in common with monthly_min, so no case fits; ',
        ),
        (
            f"{RULE}paid_months_min = 12\npaid_months_max = 3",
            'rule "one", paid_months_min: is above paid_months_max: nobody has paid for 12 months and only 3.',
        ),
        (
            f'{RULE}kinds = ["payment_failed"]\nphases = ["pending"]',
            'rule "one", phases: no case fits: payment_failed ends a subscription at once; write phases = ["ended"]',
        ),
        (
            f'{RULE}reasons = ["none"]\nfeedback_options = ["moved"]',
            'rule "one", reasons: no case fits "none" and a feedback option: ',
        ),
        (
            two_rules("", 'reasons = ["unused"]'),
            'rule "second": never gets a case, because every case for it goes to the ',
        ),
        (
            two_rules("", ""),
            'rule "second": never gets a case, because every case for it goes to the rule "first" above',
        ),
        (
            two_rules('reasons = ["unused", "other"]', 'reasons = ["unused"]\nwords = true'),
            'rule "second": never gets a case',
        ),
        (two_rules('monthly_min = { eur = "10" }', 'monthly_min = { eur = "20" }'), 'rule "second": never gets a case'),
        (two_rules("paid_months_min = 3", "paid_months_min = 6"), 'rule "second": never gets a case'),
        (two_rules('phases = ["ended"]', 'kinds = ["payment_failed"]'), 'rule "second": never gets a case'),
        # `up_to` without effect
        (
            f"{AFTER_END}up_to = {{ percent = 10 }}",
            'rule "one", steps[1].up_to.percent: is below the step\'s own percent, which is 20',
        ),
        (
            f"{AFTER_END}up_to = {{ percent = 20 }}",
            'rule "one", steps[1].up_to.percent: is the same as the step\'s own percent, which is 20',
        ),
        (
            f"{AFTER_END}invoices = 3\nup_to = {{ invoices = 2 }}",
            'rule "one", steps[1].up_to.invoices: is below the step',
        ),
        (
            f"{AFTER_END}up_to = {{ months = 2 }}",
            'rule "one", steps[1].up_to.months: is of no use: discount has no months',
        ),
        (
            f'{STEP}after = "1 day"\noffer = "restart"\nup_to = {{ percent = 10 }}',
            'rule "one", steps[1].up_to.percent: is of no use: restart has no percent that a manager could',
        ),
        (
            f'{STEP}after = "1 day"\noffer = "pause"\nmonths = 3\nup_to = {{ months = 1 }}',
            'rule "one", steps[1].up_to.months: is below the step\'s own months, which is 3; write more, or remove it.',
        ),
        (
            f'{STEP}after = "1 day"\n{FIVE_DOLLARS}\nup_to = {{ amount = {{ eur = "9" }} }}',
            'rule "one", steps[1].up_to.amount: is of no use: the step\'s amount is in USD; write the same currency.',
        ),
        (
            f'{STEP}after = "1 day"\n{FIVE_DOLLARS}\nup_to = {{ amount = {{ usd = "9", eur = "9" }} }}',
            'rule "one", steps[1].up_to: amount must have one currency, like { amount = { eur = "10" } }.',
        ),
        (
            f'{AFTER_END}[[rules.steps]]\nafter_end = "14 days"\n{DISCOUNT}',
            'rule "one", steps[2]: is the same as steps[1]; change it, or remove it.',
        ),
        (
            f'[limits]\nbudget_a_month = {{ usd = "4" }}\n{STEP}after = "1 day"\n{FIVE_DOLLARS}',
            'rule "one", steps[1].amount: is never possible, because limits.budget_a_month is $4; offer less, or raise',
        ),
        # lists that would match everybody, and names that nobody can tell apart
        (f"{RULE}reasons = []", 'rule "one", reasons: is empty: name at least one, like ["unused"], or leave it out.'),
        (f"{RULE}countries = []", 'rule "one", countries: is empty: name at least one, like ["DE"], or leave it out.'),
        (f'{RULE}never = ["discounts"]', 'rule "one", never[1]: "discounts" isn\'t known here: did you mean discount?'),
        (
            f'{RULE}products = ["price_1"]',
            'rule "one": products has price_1, which is none of Stripe\'s products; write',
        ),
        (
            f'{RULE}prices = ["prod_1"]',
            'rule "one": prices has prod_1, which is none of Stripe\'s prices; write it under',
        ),
        ('[[rules]]\nname = "  "', "rule 1, name: is empty: write something between the quotes"),
        (
            '[[rules]]\nname = "one "',
            'rule "one", name: has spaces at an end or characters that nobody sees; write it ',
        ),
        ('[[rules]]\nname = "o\u200bne"', 'rule "one", name: has spaces at an end or characters that nobody sees'),
        (
            two_rules("", "").replace("second", "FIRST"),
            'The file: two rules are called "first"; give each its own name.',
        ),
        (
            '[[rules]]\nname = "caf\u00e9"\n[[rules]]\nname = "cafe\u0301"',
            'The file: two rules are called "caf\u00e9"; give each its own name.',
        ),
        # consent and words that contradict themselves
        ("[consent]\nyes = []", 'consent.yes: is empty: name at least one, like ["yes"].'),
        (
            '[consent]\nyes = ["No"]',
            'consent.yes: "No" can\'t mean yes: write what stands in the metadata of those who',
        ),
        (
            '[consent]\nkey = "a"\nsoft_opt_in = "a"',
            "consent: key and soft_opt_in are the same, so nobody could tell who agreed and who only bought; write two",
        ),
        (
            '[words]\nnever_contact.en = ["a"]',
            'words.never_contact.en[1]: "a" is in almost every comment; write a whole phrase, like ',
        ),
        (
            '[words]\nnever_contact.en = ["stop it"]\na_person_reads.en = ["Stop it"]',
            'words: a_person_reads has "Stop it", which is in never_contact too; ',
        ),
        # files that are hardly one
        ("a = " + "[" * 3000 + "]" * 3000, "It isn't a policy: its brackets are nested too deep."),
        ('"a\\nb" = 3', "a b: is an unknown key."),
        ('[hours]\nweekdays = ["Monday"]', 'hours.weekdays[1]: "Monday" isn\'t known here: did you mean mon?'),
        (
            '[hours]\nstart = "22:00"\nend = "06:00"',
            'hours: start must come before end, on the same day, like start = "09:00" and end = "18:00".',
        ),
        # limits that contradict each other
        ("[limits]\nholdout = 100", "limits.holdout: holds everybody out, so nobody ever gets an offer; "),
        (
            '[limits]\nbudget_a_month = { eur = "500" }\nbudget_per_approver_a_day = { eur = "600" }',
            "limits.budget_per_approver_a_day: €600 is more than a whole month's budget of €500, so it never limits",
        ),
    ],
)
def test_what_can_never_happen_is_named(text: str, fault: str) -> None:
    found = faults(text)

    assert any(each.startswith(fault) for each in found), found


@pytest.mark.parametrize(
    "text",
    [
        f"{AFTER_END}up_to = {{ percent = 25, invoices = 2 }}",
        f'{AFTER_END}up_to = {{ amount = {{ eur = "9" }} }}',  # instead of a percentage
        two_rules('reasons = ["unused"]', ""),
        two_rules('reasons = ["unused"]\nwords = true', 'reasons = ["unused"]'),
        two_rules('kinds = ["payment_failed"]', 'phases = ["ended"]'),
        two_rules('monthly_min = { eur = "10" }', 'monthly_min = { eur = "20", usd = "20" }'),
        f'{RULE}monthly_min = {{ eur = "10" }}\nmonthly_max = {{ eur = "10" }}',
        f'{STEP}after = "130 days"\n{DISCOUNT}',  # of a yearly plan that ends much later
        '[limits]\ncooldown = "0 days"\nstep_gap = "0 days"',
        f'{RULE}countries = ["GB", "XK"]\n[consent]\nnot_needed = ["US"]\n[limits]\nbudget_a_month = {{ isk = "500" }}',
    ],
)
def test_what_can_happen_is_no_fault(text: str) -> None:
    assert faults(text) == ()


def test_every_fault_is_found_in_one_reading() -> None:
    text = (
        '[limits]\ninvoices = true\nbudget_a_month = { eru = "1", usd = "1,5" }\noffer_lifetime = "0 days"\n'
        '[consent]\nnot_needed = ["UK"]\n'
        f'{RULE}[[rules.steps]]\nafter = "1 day"\noffer = "discount"\npercent = 40\nup_to = {{ percent = 10 }}\n'
        f'{RULE}countries = ["UK"]\nkind = ["x"]\n'
    )

    found = "\n".join(faults(text))

    for part in (
        "limits.invoices: ",
        "did you mean eur?; write USD as a plain number",
        "limits.offer_lifetime: ",
        "consent.not_needed[1]: ",
        "countries[1]: ",
        "kind: is an unknown key: did you mean kinds?",
        "steps[1].percent: is above limits.percent",
        "steps[1].up_to.percent: is below",
        'two rules are called "one"',
    ):
        assert part in found


@pytest.mark.parametrize(
    ("limit", "first", "second", "why"),
    [
        ("", 'before_end = "7 days"', 'before_end = "3 days"', "limits.step_gap is 10 days"),
        (
            'step_gap = "90 days"\noldest_case = "60 days"',
            'before_end = "7 days"',
            'after_end = "14 days"',
            "limits.step_gap",
        ),
        (
            'offer_lifetime = "200 days"',
            'after_end = "7 days"',
            'after_end = "14 days"',
            "limits.offer_lifetime is 200 days",
        ),
    ],
)
def test_a_step_without_room_is_a_warning(limit: str, first: str, second: str, why: str) -> None:
    text = f'[limits]\n{limit}\n{STEP}{first}\n{DISCOUNT}\n[[rules.steps]]\n{second}\noffer = "switch_plan"\n'

    (warning,) = [each for each in warnings(text) if "only comes if" in each]

    assert warning.startswith('rule "one", steps[2]: only comes if steps[1] isn\'t sent: ')
    assert why in warning


def test_byte_order_mark_is_accepted(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(RULE, encoding="utf-8-sig")

    found = read_policy_file(file, zone=None, internal_domains=frozenset())

    assert [rule.name for rule in found.policy.rules] == ["one"]


@pytest.mark.parametrize(
    ("text", "on", "warned"),
    [("Type {{ code }}.", False, True), ("Type {{ code }}.", True, False), ("Hello {{ name }}.", False, False)],
)
def test_a_code_that_nobody_gets_is_a_warning(text: str, *, on: bool, warned: bool) -> None:
    found = warnings(f"own_site_code = {str(on).lower()}\n{AFTER_END}text = '{text}'")
    assert any("steps[1]: its text uses code, which stays empty" in each for each in found) == warned


def test_a_misspelt_word_in_a_list_is_one_fault() -> None:
    assert len(faults('[hours]\nweekdays = ["Monday"]')) == 1
    assert len(faults(f'{RULE}never = ["discounts"]')) == 1
    assert len(faults(f'{RULE}reasons = ["to_expensive"]')) == 1


def test_another_encoding_is_named(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text('[[rules]]\nname = "caf\u00e9"', encoding="latin-1")

    with pytest.raises(PolicyError, match=r"policy.toml: it isn't in UTF-8; save it with that encoding\."):
        read_policy_file(file, zone=None, internal_domains=frozenset())


@pytest.mark.parametrize("breaks", ["\r\n", "\r"])
def test_line_breaks_of_other_systems_are_accepted(tmp_path: Path, breaks: str) -> None:
    file = tmp_path / "policy.toml"
    file.write_bytes(AFTER_END.replace("\n", breaks).encode())

    assert len(read_policy_file(file, zone=None, internal_domains=frozenset()).policy.rules) == 1


@pytest.mark.parametrize("key", ["reasons", "kinds", "countries", "never", "name"])
def test_what_was_written_is_quoted_in_short(key: str) -> None:
    long = "x" * 100_000
    for value in (f'"{long}"', f'["{long}"]'):
        found = faults(f'[[rules]]\nname = "one"\n{key} = {value}' if key != "name" else f"[[rules]]\nname = {value}")
        assert found
        assert all(len(fault) < 300 for fault in found)
