"""The only room that knows the collection's tables."""
