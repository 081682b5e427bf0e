"""What a firm says of itself under a signed commitment."""
