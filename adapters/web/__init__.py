"""Pages and doors over HTTP: the cashier, the payment hooks, health."""
