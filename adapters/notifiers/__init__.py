"""Ways to reach one person outside the group: SMS, service notice, outbound call."""
