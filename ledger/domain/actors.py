"""Who acts where no person does; a person acts under a user's id."""

SENDER = "sender"
TWILIO = "twilio"
