"""Whose failures are these? A sequential test of a candidate beside the stable fleet, without any AWS."""
