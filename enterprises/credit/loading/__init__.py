"""The bulk loaders: delivered file to staged rows to records, registry and features, set-based. Called by the actions only."""
