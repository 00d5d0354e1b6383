"""What people do around the doors, told from the journal."""
