"""The record: tables, the unit of work, the outbox and the audit trail, on SQLite and PostgreSQL alike."""
