"""The counting rules, one pure function each (DOMAIN 4)."""
