"""What keeps an installation in order: its beginning, its checks, backups, secrets and seals."""
