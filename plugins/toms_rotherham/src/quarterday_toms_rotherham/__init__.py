"""Rotherham's measures as an overlay on the national catalogue."""
