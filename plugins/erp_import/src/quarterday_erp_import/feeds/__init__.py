"""Spend files that come in: by themselves from folders and servers, or by hand; each is kept, then read."""
