"""What is known about a client on a date."""
