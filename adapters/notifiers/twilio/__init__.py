"""SMS through Twilio's Messages API."""

from adapters.notifiers.twilio.adapter import TwilioSms

__all__ = ["TwilioSms"]
