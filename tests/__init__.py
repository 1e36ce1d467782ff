"""Mirrors the rooms; `journeys` tells whole stories."""
