"""The commands of `delivery-ledger`: where each is, and what the list of commands says of it."""

from webapp.cli.lazy import LazyCommand

COMMANDS = {
    "audit": LazyCommand(
        "webapp.cli.audit:audit",
        "Every event, or those that the WORDS describe, in the order of seq.",
    ),
    "backup": LazyCommand(
        "webapp.cli.backing_up:backup",
        "Back up ledger and accounts into one encrypted file, while everything runs, and prove it.",
    ),
    "campaign": LazyCommand(
        "webapp.cli.campaigns:campaign",
        "Launch, look at and act on campaigns.",
    ),
    "checkpoint": LazyCommand(
        "webapp.cli.proof:checkpoint",
        "Sign the size and the root of the ledger as it is now.",
    ),
    "compare": LazyCommand(
        "webapp.cli.comparing:compare",
        "What changed from one moment to another, or to now.",
    ),
    "contact": LazyCommand(
        "webapp.cli.contacts:contact",
        "Look at contacts, opt them out or in, decide on possible opt-outs, forget, or keep data.",
    ),
    "decision": LazyCommand(
        "webapp.cli.decisions:decision",
        "Texts that may have been sent: send them again, or let them be.",
    ),
    "draft": LazyCommand(
        "webapp.cli.drafts:draft",
        "Campaigns that are being written: save, list, launch and discard them.",
    ),
    "export": LazyCommand(
        "webapp.cli.proof:export",
        "Write a bundle that an auditor can check without this program.",
    ),
    "keys": LazyCommand(
        "webapp.cli.keys:keys",
        "Change the master key, or say that there is a backup of it.",
    ),
    "ledger": LazyCommand(
        "webapp.cli.ledgers:ledger",
        "The ledgers of this installation: one for each district, for example.",
    ),
    "list": LazyCommand(
        "webapp.cli.contact_lists:contact_list",
        "Contact lists: files of contacts that are kept for several campaigns.",
    ),
    "make-workbooks": LazyCommand(
        "webapp.cli.workbooks:make_workbooks",
        "Make the workbooks that wait in the list of a page; servers do it by themselves.",
    ),
    "migrate": LazyCommand(
        "webapp.cli.migrating:migrate",
        "Move the ledger's tables to this program's revision; stop all its processes first.",
    ),
    "numbers": LazyCommand(
        "webapp.cli.numbers:numbers",
        "Numbers that cannot be reached: list them, and mark those that were corrected.",
    ),
    "office": LazyCommand(
        "webapp.cli.offices:office",
        "Offices, such as schools of one district: each sees its own campaigns and people.",
    ),
    "permalink": LazyCommand(
        "webapp.cli.permalinks:permalink",
        "Addresses that show one page of the past without signing in.",
    ),
    "rebuild": LazyCommand(
        "webapp.cli.views:rebuild",
        "Derive all views again from the first event.",
    ),
    "receive": LazyCommand(
        "webapp.cli.running:receive",
        "Take Twilio's callbacks without the pages, at a higher rate.",
    ),
    "reconcile": LazyCommand(
        "webapp.cli.reconciling:reconcile",
        "Ask Twilio about every text that is neither delivered nor failed.",
    ),
    "restore": LazyCommand(
        "webapp.cli.restoring:restore_command",
        "Prove a backup and put it into an empty place; nothing is sent until Twilio was asked.",
    ),
    "retention": LazyCommand(
        "webapp.cli.retention:retention",
        "How long personal data is kept, and who is forgotten when.",
    ),
    "scrub": LazyCommand(
        "webapp.cli.scrubbing:scrub_command",
        "Remove what forgettings left in the database's files; on PostgreSQL pages wait meanwhile.",
    ),
    "send": LazyCommand(
        "webapp.cli.sender:send",
        "Send what is due, and go on doing so.",
    ),
    "sending": LazyCommand(
        "webapp.cli.sending:sending",
        "Stop all sending at once, let it go on, and see the account that sends.",
    ),
    "serve": LazyCommand(
        "webapp.cli.running:serve",
        "Serve the pages and take Twilio's callbacks.",
    ),
    "serve-pages": LazyCommand("webapp.cli.running:serve_pages"),
    "simulate": LazyCommand(
        "webapp.cli.simulating:simulate",
        "Stand in for Twilio on this machine; see docs/reference/stand-in.md.",
    ),
    "stamp": LazyCommand(
        "webapp.cli.stamps:stamp",
        "Have a stamping authority confirm when a checkpoint existed.",
    ),
    "tlog-proof": LazyCommand(
        "webapp.cli.proof:tlog_proof",
        "Prove that one event, given by its number, is in the ledger.",
    ),
    "template": LazyCommand(
        "webapp.cli.templates:template",
        "Templates: messages that staff choose in the form of a new campaign.",
    ),
    "token": LazyCommand(
        "webapp.cli.tokens:token",
        "Let programs use the API: make their tokens, list them, and end them.",
    ),
    "up": LazyCommand(
        "webapp.cli.running:up",
        "Run everything in one command: pages, callbacks, sender and projections.",
    ),
    "user": LazyCommand(
        "webapp.cli.users:user",
        "Let staff sign in to the pages, and say what they may do there.",
    ),
    "verify": LazyCommand(
        "webapp.cli.proof:verify",
        "Recompute everything, and name every event that was changed.",
    ),
    "webhook": LazyCommand(
        "webapp.cli.webhooks:webhook",
        "Send messages to other programs about what is recorded.",
    ),
    "witness": LazyCommand(
        "webapp.cli.witnessing:witness",
        "Cosign checkpoints of ledgers, of each one history only.",
    ),
}
