"""Who there is: authorities with their calendars and definitions of “local”, suppliers, people."""
