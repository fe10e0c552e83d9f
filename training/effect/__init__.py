"""Does it help? The effect of being listed, measured against clients left out by lot."""
