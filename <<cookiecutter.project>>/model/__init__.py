"""The science: what is predicted, from what, and how well. Knows nothing of AWS."""
