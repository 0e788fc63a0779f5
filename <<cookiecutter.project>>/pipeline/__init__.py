"""The machine: one module per verb. Decisions are pure functions, actions sit at the edge."""
