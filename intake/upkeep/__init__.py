"""What keeps an installation whole: its rows in portable form, archives, restoring, moving. The operator's door."""
