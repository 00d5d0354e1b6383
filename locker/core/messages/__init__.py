"""What the core is asked, shown and answers."""
