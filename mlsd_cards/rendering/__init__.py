"""Turns note types and notes into the HTML of cards, and HTML into text. Pure: strings in, strings out."""
