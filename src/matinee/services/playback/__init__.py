"""May this play here now: grants, licences and keys."""
