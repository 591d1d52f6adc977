"""A world in which channels fail: the product on a virtual clock, banks that misbehave by a seed, and payers."""
