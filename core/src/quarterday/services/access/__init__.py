"""Who is there: links to sign in with, sessions, the second factor."""
