"""A supplier's return from the first draft to the council's decision."""
