"""Figures that say how near pictures come to the truth; pure functions of arrays, each with its source."""
