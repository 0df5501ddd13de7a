"""Frozen values that every room may know: notes, cards, decks, reviews, exchange data, errors."""
