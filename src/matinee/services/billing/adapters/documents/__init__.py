"""Invoices as pages and PDF, and the words of billing's mail."""

from matinee.services.billing.adapters.documents.invoices import InvoiceDocuments, page_policy
from matinee.services.billing.adapters.documents.letters import BillingLetters

__all__ = ["BillingLetters", "InvoiceDocuments", "page_policy"]
