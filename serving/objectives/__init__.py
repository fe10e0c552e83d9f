"""What the institution set itself to reach, and where it stands."""
