"""What texts cost: of each text, and of each campaign."""
