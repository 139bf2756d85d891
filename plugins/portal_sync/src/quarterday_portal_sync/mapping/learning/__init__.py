"""Drafting a mapping from an example of what a portal gives out."""
