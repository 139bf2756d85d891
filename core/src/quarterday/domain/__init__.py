"""The rules of social value as pure functions: no files, no database, no network, no clock."""
