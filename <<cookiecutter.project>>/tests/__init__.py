"""What each room promises, checked."""
