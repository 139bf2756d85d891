"""The plugin's commands; each imports the ledger engine when it runs, not before."""
