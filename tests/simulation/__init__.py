"""Many small groups live through three days and what follows; an auditor who knows only the written rules looks on."""
