"""The web interface: routes, answers, and the one shape of every error."""
