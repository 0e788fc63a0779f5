"""What serving/ promises."""
