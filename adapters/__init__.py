"""Foreign protocols, one folder each. Named only by the composition root."""
