"""Usable but not visible: questions, bank models and overlaps judged inside; only the outcome leaves."""
