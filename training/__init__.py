"""From a book to a model one may use."""
