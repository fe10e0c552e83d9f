"""The hold-out: who is left out of the lists by lot, so that it can be known whether being listed helps."""
