"""The operational database: what was issued, what came back, who may see what, and who did."""
