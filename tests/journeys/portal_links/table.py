"""What an agent is answered, for every customer of the seed and every page.

Each row: what is typed, what the answer says of the plan (or in its place), and its sentence for each page.
"""

from dataclasses import dataclass

PAGES = ("", "card", "cancel", "plan", "pause", "details")

FOUND = "found"
PICK_CUSTOMER = "2 customers match. Which one do you mean?"
PICK_SUBSCRIPTION = "They have several subscriptions, and that page is about one. Which one?"
ENDING = "This subscription is already set to cancel, so there's no page to cancel it again."
NOTHING_TO_PAUSE = "This subscription is paused or about to end, so there's nothing to pause."
CLASSIC = "This subscription is in Stripe's classic billing mode, which has no pause."
SEVERAL_PRICES = "This subscription has several prices, and Stripe's page can't change those."
DELETED = "That customer was deleted at Stripe, so there's no billing to open. No link was made."
NEVER = "No active subscription, so no link was made. They have never had a subscription."

SENTENCES = {
    "": "Found: an active customer, for the billing portal. No link exists yet.",
    "card": "Found: an active customer, for the page to change the card. No link exists yet.",
    "cancel": "Found: an active customer, for the page to cancel. No link exists yet.",
    "plan": "Found: an active customer, for the page to change the plan. No link exists yet.",
    "pause": "Found: an active customer, for the page to pause. No link exists yet.",
    "details": "Found: an active customer, for the page to change their details. No link exists yet.",
}
"""For FOUND, by page."""

DENIED = {
    "nobody": "Only a support agent or a manager can do this. Ask <@U0",
    "guest": "Guests of this workspace can't do this.",
    "outsider": "Only members of this company can do this, not people from other workspaces.",
}
"""Who may not hears this, whomever and whatever they ask for."""


@dataclass(frozen=True)
class Row:
    """One customer: `typed` is what the agent asks by, `told` the plan in the answer, the rest one sentence a page."""

    typed: str
    told: str
    home: str = FOUND
    card: str = FOUND
    cancel: str = FOUND
    plan: str = FOUND
    pause: str = FOUND
    details: str = FOUND

    def expected(self, page: str) -> str:
        """Return the sentence for a page; "" is the portal itself."""
        sentence: str = getattr(self, page or "home")
        return SENTENCES[page] if sentence == FOUND else sentence


def active(typed: str, told: str, **but: str) -> Row:
    return Row(typed, told, **but)


def same(typed: str, told: str, sentence: str) -> Row:
    return Row(typed, told, *[sentence] * len(PAGES))


def inactive(typed: str, standing: str) -> Row:
    return same(typed, "", f"No active subscription, so no link was made. Their last subscription: {standing}")


TABLE = {
    "kenji": active("kenji@mori-mail.com", "*Pro* · ¥7,500 a month · active"),
    "velma": active("velma@lorenz-mail.com", "*Pro* · €49 a month, tax included · active"),
    "clara": active("clara@hahn-mail.com", "*Pro* · €49 a month (€39.20 a month) · active"),
    "iris": active(
        "iris@fontaine-mail.com", "*Pro + 1 more* · €49 a month + €9 a month (€48.20 a month)", plan=SEVERAL_PRICES
    ),
    "hosting": active(
        "hosting@agency-mail.com",
        "15 of 23 are listed.",
        cancel=PICK_SUBSCRIPTION,
        plan=PICK_SUBSCRIPTION,
        pause=PICK_SUBSCRIPTION,
    ),
    "stella": active(
        "stella@frank-mail.com", "*Pro* · €49 a month · active, ends on", cancel=ENDING, pause=NOTHING_TO_PAUSE
    ),
    "arno": active("arno@beck-mail.com", "*Pro* · €39 a month · active"),
    "inga": active("inga@jonsdottir-mail.com", "*Pro* · ISK\N{NO-BREAK SPACE}6,900 a month · active"),
    "okello": active(
        "okello@mukasa-mail.com",
        "*Pro* · UGX\N{NO-BREAK SPACE}180,000 a month (UGX\N{NO-BREAK SPACE}90,000 a month) · active",
    ),
    "noor": active(
        "noor@hamad-mail.com", "*Pro* · KWD\N{NO-BREAK SPACE}14.500 a month (KWD\N{NO-BREAK SPACE}13 a month) · active"
    ),
    "saki": active("saki@saki-mail.com", "*Scale × 30* · 30 × tiered price a month (¥39,700 a month) · active"),
    "zita": active(
        "zita@horn-mail.com", "*Pro + 1 more* · $49 a month + 0 × $12 a month ($49 a month)", plan=SEVERAL_PRICES
    ),
    "helga": active("helga@sommer-mail.com", "*Pro* · €49 a month, tax included · active"),
    "ruben": active("ruben@visser-mail.com", "*Pro* · €49 a month + tax · active"),
    "toni": active("toni@rossi-mail.com", "*Pro* · €49 a month · active"),
    "ulla": active("ulla@sand-mail.com", "*Pro* · €49 a month · active"),
    "lars": active(
        "lars@moen-mail.com", "*Pro + 1 more* · €49 a month + €120 a year (€58 a month)", plan=SEVERAL_PRICES
    ),
    "edda": active("edda@falk-mail.com", "*Pro* · €890 every 2 years (€37.08 a month) · active"),
    "dora": active("dora@klein-mail.com", "*Credits* · €1 a day (€30.42 a month) · active"),
    "anton": active("anton@weiss-mail.com", "€11 a month (€115 a month) · active", plan=SEVERAL_PRICES),
    "dana": active("dana@acme-mail.com", "*Pro* · €49 a month · active"),
    "bob": active("bob@lindqvist-mail.com", "*Pro* · $49 a month · active"),
    "carol": active("carol@whitfield-mail.com", "*Starter* · £8 a month · active", pause=CLASSIC),
    "dave": active("dave@okafor-mail.com", "*Pro* · €490 a year (€40.83 a month) · active"),
    "erin": active("erin@fischer-mail.com", "*Team × 25* · 25 × $12 a month ($300 a month) · active"),
    "quentin": active("quentin@roy-mail.com", "*Pro* · $139 every 3 months ($46.33 a month) · active"),
    "wendy": active("wendy@sato-mail.com", "*Starter* · €2.90 a week (€12.57 a month) · active"),
    "gus": active("gus@hale-mail.com", "*API calls* · usage-based · active"),
    "hana": active("hana@kim-mail.com", "*Pro + 1 more* · $49 a month + usage-based", plan=SEVERAL_PRICES),
    "ivan": active("ivan@marek-mail.com", "*Scale × 70* · 70 × tiered price a month ($520 a month) · active"),
    "jana": active("jana@vogel-mail.com", "*Bulk × 240* · 240 × tiered price a month (€92 a month) · active"),
    "kai": active("kai@moana-mail.com", "*Credits × 250* · 250 × $15 per 100 a month ($45 a month) · active"),
    "cleo": active("cleo@duarte-mail.com", "*Messages × 9,999* · 9,999 × €0.005 a month (€50 a month) · active"),
    "yuki": active("yuki@takahashi-mail.com", "*Pro* · ¥6,900 a month · active"),
    "khalid": active("khalid@sabah-mail.com", "*Pro* · KWD\N{NO-BREAK SPACE}14.500 a month · active"),
    "bela": active("bela@nagy-mail.com", "*Pro* · HUF\N{NO-BREAK SPACE}18,900 a month · active"),
    "fay": active("fay@laurent-mail.com", "*Pro* · €49 a month (€39.20 a month) · active"),
    "rhea": active("rhea@costa-mail.com", "*Pro* · €49 a month (€36.75 a month) · active"),
    "greta": active("greta@lang-mail.com", "*Pro* · €49 a month + tax · active"),
    "hugo": active("hugo@kern-mail.com", "*Pro* · €490 a year (€32.67 a month) + tax · active"),
    "olga": active("olga@winter-mail.com", "*Pro* · €49 a month · active"),
    "maya": same("maya@studio-mail.com", "", PICK_CUSTOMER),
    "mayacase": same("Maya@Studio-Mail.com", "", PICK_CUSTOMER),
    "sam": same("sam@petrov-mail.com", "", PICK_CUSTOMER),
    "samtwo": active("cus_SeedSamtwo", "*Starter* · $9 a month · active"),
    "yara": active(
        "yara@haddad-mail.com",
        "*Starter* · €9 a month · active",
        cancel=PICK_SUBSCRIPTION,
        plan=PICK_SUBSCRIPTION,
        pause=PICK_SUBSCRIPTION,
    ),
    "rex": active("rex@malone-mail.com", "*Pro* · $49 a month · active"),
    "rosa": active("rosa@malone-mail.com", "*Starter* · $9 a month · active"),
    "rolf": active("rolf@malone-mail.com", "*Starter* · $9 a month · active"),
    "bobby": active("bobby@tables-mail.com", "*Pro* · $49 a month · active"),
    "layla": active("layla@haddad-mail.com", "*Pro* · €49 a month · active"),
    "lorenz": active("lorenz@verpackung-mail.com", "*Pro* · €49 a month · active"),
    "sunny": active("sunny@cafe-mail.com", "*Starter* · €9 a month · active"),
    "noah": active("cus_SeedNoah", "*Pro* · $49 a month · active"),
    "lea": active("lea@novak-mail.com", "*Pro* · €49 a month (€0 now, would be €49 a month) · in trial until"),
    "moe": active("moe@adler-mail.com", "*Pro* · $49 a month ($0 now, would be $49 a month) · in trial until"),
    "nora": active("nora@quist-mail.com", "*Pro* · €49 a month · payment overdue"),
    "otto": inactive("otto@brandt-mail.com", "unpaid."),
    "pia": active(
        "pia@conti-mail.com",
        "*Pro* · €49 a month (€0 now, would be €49 a month) · active, payments paused",
        pause=NOTHING_TO_PAUSE,
    ),
    "quin": inactive("quin@avery-mail.com", "paused."),
    "rita": inactive("rita@sousa-mail.com", "first payment not finished."),
    "sven": inactive("sven@holm-mail.com", "canceled on"),
    "tara": inactive("tara@singh-mail.com", "canceled on"),
    "fred": inactive("fred@nowak-mail.com", "canceled on"),
    "drew": inactive("drew@castle-mail.com", "canceled on"),
    "ugo": same("cus_SeedUgo", "", DELETED),
    "vera": active(
        "vera@blom-mail.com", "*Pro* · €49 a month · active, ends on", cancel=ENDING, pause=NOTHING_TO_PAUSE
    ),
    "walt": active(
        "walt@burke-mail.com", "*Pro* · $49 a month · active, ends on", cancel=ENDING, pause=NOTHING_TO_PAUSE
    ),
    "xena": active(
        "xena@doukas-mail.com", "*Pro* · €49 a month · active, ends on", cancel=ENDING, pause=NOTHING_TO_PAUSE
    ),
    "mona": active("mona@berg-mail.com", "*Careful:* Their address on file changed"),
    "nils": active("nils@dahl-mail.com", "*Pro* · €49 a month · active"),
    "remy": active("remy@blanc-mail.com", "*Pro* · $49 a month · active"),
    "tessa": active("tessa@young-mail.com", "*Pro* · $49 a month · active"),
    "lone": same("lone@jensen-mail.com", "", NEVER),
}
