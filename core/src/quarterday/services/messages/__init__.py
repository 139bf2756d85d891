"""Messages to people: their templates, what goes into each, and what a mail sink needs to send them once."""
