"""The machine door: /api/v1/ for banks, departments and connected platforms."""
