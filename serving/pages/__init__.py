"""The pages people sign in to, made on the server; a phone keeps the signed list for where there is no network."""
