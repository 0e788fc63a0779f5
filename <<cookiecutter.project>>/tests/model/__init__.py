"""What model/ promises."""
