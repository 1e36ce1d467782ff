"""Everything that starts by itself: workers and scheduled jobs."""
