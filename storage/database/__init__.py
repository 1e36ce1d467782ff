"""Engine, column types, migrations, locks and errors."""
