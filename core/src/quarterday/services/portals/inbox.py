"""The inbox: what came from a portal and matches nothing here, until somebody matches it or sets it aside."""
