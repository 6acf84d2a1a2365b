"""Learners, training, scoring, evaluation, and the choice of features."""
