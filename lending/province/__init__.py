"""A believable province for demonstrations and journeys: made up from a seed, delivered and lived through the station's own doors.

Nothing here is real: names, codes and numbers come from word lists and a seeded generator, identity numbers carry the
province's own code (which no person's number does), and the same seed and day give the same rows in any database.
"""
