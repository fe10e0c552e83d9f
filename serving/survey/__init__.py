"""The exit survey: who is asked, what was said, and what may be told of it."""
