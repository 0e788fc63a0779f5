"""What a release is made to live through; a package, so that its account ends with its last test."""
