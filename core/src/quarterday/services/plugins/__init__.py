"""Plugins at work for an authority: what they were set to, under seal, and their sinks in a process of their own."""
