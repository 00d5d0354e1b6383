"""The panel of the people who look after the cabinet."""
