"""What people are told: which notice an event asks for, its words, and its way out."""
