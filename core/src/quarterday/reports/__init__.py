"""What is reported, and the folder sink."""
