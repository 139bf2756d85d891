"""Exchange with an external social value portal."""
