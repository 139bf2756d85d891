"""The second front door: the use cases, which commands, pages and plugins call."""
