"""What people see, and what comes back."""
