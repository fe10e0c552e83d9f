"""Who leaves more, what weighs on whom, and what followed when something changed: the analyst's half of drivers."""
