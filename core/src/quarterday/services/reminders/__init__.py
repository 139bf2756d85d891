"""Reminders: who is to be told what about a return, and when."""
