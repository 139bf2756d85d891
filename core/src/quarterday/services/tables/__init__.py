"""The tables that plugins have in the record's database: what they say of them, and how these stand."""
