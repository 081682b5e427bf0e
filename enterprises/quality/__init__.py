"""How good the data is: daily figures, alarms and conflicts between sources."""
