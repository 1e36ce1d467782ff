"""The sandbox's Slack: a workspace with people, channels and one installed app, spoken to over Slack's own wire."""
