"""Results of offers: outcomes, reports and profiles."""
