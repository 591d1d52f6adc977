"""The one path: intake → Command → decide → one transaction → outbox → deliver."""
