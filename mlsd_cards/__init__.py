"""Daily review of question-and-answer cards for machine-learning system-design interviews."""

__version__ = "0.1.0"
