"""The Pulumi programs, and the policies that they share."""
