"""The doors of consent: the firm's own, and those of the institutions it has trusted."""
