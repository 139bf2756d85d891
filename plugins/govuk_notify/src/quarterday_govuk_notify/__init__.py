"""Messages through GOV.UK Notify, and what it says of them."""
