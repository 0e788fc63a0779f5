"""Tests of the Pulumi programs."""
