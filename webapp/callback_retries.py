"""How long Twilio waits for the answer to a callback, and how long this program lets it wait.

Twilio reads its part in the fragment of the callback address, which it neither sends nor signs
(twilio.com/docs/usage/webhooks/webhooks-connection-overrides). docs/reference/http.md has these
numbers too.
"""

RETRIES = 5
"""The most that Twilio allows. It waits nothing between two attempts that we know of."""
CONNECT_MILLISECONDS = 5000
READ_MILLISECONDS = 3000
"""From the request to the answer."""
TOTAL_SECONDS = 15
"""All attempts together; Twilio allows no more."""

RETRY_FRAGMENT = f"#rc={RETRIES}&rp=all&ct={CONNECT_MILLISECONDS}&rt={READ_MILLISECONDS}"
"""Five retries of a callback after any failure."""

PATIENCE_SECONDS = 2.4
"""After this time a callback that is not durable is answered 503, never earlier.

So the 503 arrives before Twilio stops reading, and the attempts fill the 15 seconds: the event may
become durable meanwhile, and a repeat of it is harmless.
"""
