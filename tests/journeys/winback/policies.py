"""The policies of the stories: emails go out at any hour, and nobody is held out, which would be by chance."""

TWENTY_BEFORE_THE_END = """
[limits]
percent = 40
second_discount = true
holdout = 0

[hours]
start = "00:00"
end = "23:59"
weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

[[rules]]
name = "too expensive"
reasons = ["too_expensive"]

  [[rules.steps]]
  before_end = "3 days"
  offer = "discount"
  percent = 20
  invoices = 3
  up_to = { percent = 25 }

  [[rules.steps]]
  after_end = "14 days"
  offer = "discount"
  percent = 10
  invoices = 1
"""
"""The policy of most stories: nobody is held out, and emails go out at any hour."""


AT_ONCE = """
own_site_code = true

[limits]
percent = 40
holdout = 0

[hours]
start = "00:00"
end = "23:59"
weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

[[rules]]
name = "too expensive"
reasons = ["too_expensive"]

  [[rules.steps]]
  after = "0 minutes"
  offer = "discount"
  percent = 20
  invoices = 3

  [[rules.steps]]
  before_end = "3 days"
  offer = "restart"
"""
"""A policy by which a proposal is there at once: for stories that begin with one."""
