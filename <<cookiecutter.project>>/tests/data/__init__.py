"""What data/ promises."""
