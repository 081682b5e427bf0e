"""Talking to other systems: live look-ups under consent, verification, and linking up and down."""
