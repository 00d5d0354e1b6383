"""People around the cabinet: residents, couriers, staff, tokens of machines, and how they sign in."""
