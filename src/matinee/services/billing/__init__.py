"""Plans, subscriptions, payments, invoices and the ledger behind them."""
