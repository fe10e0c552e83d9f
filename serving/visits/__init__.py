"""Which line of a list is met on which day, and which does not fit."""
