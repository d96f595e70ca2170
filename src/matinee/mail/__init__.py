"""Mail: one port, a development mailbox and SMTP behind it."""
