"""Clock, reminders and worker."""
