"""Places outside with files: a folder of this machine, an SFTP server, a bucket, each reached alike."""
