"""What readers learn about notices: the kinds that a person can choose."""

from collections.abc import Mapping

NOTICE_KINDS: Mapping[str, str] = {
    "campaign_paused": "A campaign was paused by itself",
    "no_callbacks": "No callbacks come from Twilio",
    "high_failure_share": "A quarter of a campaign's contacts failed, and at least 20",
    "opt_outs_due": "Possible opt-outs must be decided within two days",
    "daily_failures": "Each morning: how many contacts failed since the last digest",
    "checkpoint": "Each morning: the newest checkpoint, for the auditor to keep",
    "webhook_off": "A webhook endpoint was switched off",
    "key_backup_missing": "Each week: the master key has no backup",
    "proof_failed": "The verification of the ledger found faults",
}
"""Kind of a notice → when it comes."""
