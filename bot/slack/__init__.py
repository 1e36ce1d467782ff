"""Slack's API: client, connections, requests, permissions, posting."""
