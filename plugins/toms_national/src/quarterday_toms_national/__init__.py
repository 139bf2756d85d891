"""The National TOMs as data for Quarterday."""
