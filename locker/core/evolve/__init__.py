"""What each event does to the site: the only place where state changes."""
