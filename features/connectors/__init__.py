"""The only readers: everything that turns foreign data into canonical tables."""
