"""Updates: a new version is judged by its doors, and so is the old one when it comes back."""
