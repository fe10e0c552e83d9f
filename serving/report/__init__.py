"""One report a month for analysts and head office: how many left, who and why, what is done, how far to trust it."""
