"""What a portal link opens, in words."""

from domain.billing.portal_access import Purpose

OPENS = {
    Purpose.HOME: "your billing page, with your subscription, payment method and invoices",
    Purpose.CARD: "the page where you can change your payment method",
    Purpose.CANCEL: "the page where you can cancel your subscription",
    Purpose.PLAN: "the page where you can change your plan",
    Purpose.PAUSE: "the page where you can pause your subscription",
    Purpose.DETAILS: "the page where you can change your billing details",
}
"""What a link opens, in words that go on from "it opens"."""

OPENS_OFFER = "the page with the offer that you asked us for"
"""The same of a link to an offer's page."""

BUTTONS = {
    Purpose.HOME: "Open my billing page",
    Purpose.CARD: "Change my payment method",
    Purpose.CANCEL: "Look at cancelling",
    Purpose.PLAN: "Look at my plan",
    Purpose.PAUSE: "Look at pausing",
    Purpose.DETAILS: "Change my billing details",
}
"""The label of an email's button; pressing it changes nothing yet, and the label promises no more."""
