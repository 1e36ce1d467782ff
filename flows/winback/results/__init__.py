"""What came of offers: outcomes, reports, profiles."""
