"""The ways to the other side: an exchange folder, or its interface on the web."""
