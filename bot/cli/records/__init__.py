"""Commands that read or change what is stored about customers."""
