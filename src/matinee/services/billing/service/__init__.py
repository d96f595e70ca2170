"""The rules of billing: plain functions over a book, and the service that keeps books and calls the processor."""
