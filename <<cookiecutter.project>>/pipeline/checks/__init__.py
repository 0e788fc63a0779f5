"""What `pipeline doctor` looks at: a module per concern, with pure judgements and a function that looks."""
