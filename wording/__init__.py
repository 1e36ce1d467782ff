"""How it is said, once for Slack, web and mail. Pure: values in, plain words out, never markup."""
